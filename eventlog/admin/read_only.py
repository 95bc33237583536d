"""What all lists of the log have in common: nobody changes a row, and no list counts them all."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import ModelAdmin, ShowFacets
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from eventlog.admin.choice_filter import ChoiceFilter
from eventlog.admin.log_list import LogChangeList
from eventlog.admin.saved_views import with_saved_views
from eventlog.links import named
from eventlog.pages.telling import tell
from eventlog.saved_views.held import Held
from eventlog.saved_views.lists import List


class NewestFirst(ModelAdmin):  # type: ignore[type-arg]
    """The history of a row begins with its end; Django's begins with its beginning."""

    def get_paginator(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> "Paginator[Any]":
        """Turns the history round, and nothing else that has pages."""
        rows = queryset.reverse() if queryset.model is LogEntry else queryset
        return super().get_paginator(request, rows, *args, **kwargs)


class ReadOnlyAdmin(NewestFirst):
    """A list and a page of each row, for reading."""

    # When a first row does, for whoever sees the empty list.
    appears = "As soon as there is one, it appears here."
    # What it means that none is like that, for whoever has narrowed the list too far.
    none_such = "There are some, and none of them is like that."
    about = ""  # what the list is of, above it
    list_per_page = 50
    show_full_result_count = False
    sortable_by = ()
    show_facets = ShowFacets.NEVER  # each would count the table

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Names the list that turns its pages by key."""
        return LogChangeList

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only what happens makes a row."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody rewrites the log."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only retention deletes."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Shows the list with the saved views of whoever looks."""
        response = super().changelist_view(request, extra_context)
        if not isinstance(response, TemplateResponse) or "cl" not in (response.context_data or {}):
            return response  # such as an action's, which shows a page of its own
        changelist = (response.context_data or {})["cl"]
        tell(request, changelist.misread(request.GET))
        page = List.known(f"{self.opts.app_label}_{self.opts.model_name}")
        if page is None:
            return response
        return with_saved_views(request, response, page, lambda: self.held(request, changelist))

    def held(self, request: HttpRequest, changelist: ChangeList) -> Held:
        """What a saved view holds of the filters of a list: choices alone. Raises NotHeld."""
        filters = (each for each in changelist.filter_specs if isinstance(each, ChoiceFilter))
        chosen = [(str(each.parameter_name), value) for each in filters if (value := each.value())]
        return Held(query=urlencode(chosen))


class PageAdmin(ReadOnlyAdmin):
    """A list whose rows have a page of their own making, in place of Django's form."""

    page_template = ""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who revealed the row and when, the newest first."""
        row = self.get_object(request, unquote(object_id))
        more = {"title": "Who revealed this", "named": named(row) if row else ""}
        return super().history_view(request, object_id, more | (extra_context or {}))

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the page of a row shows."""
        raise NotImplementedError

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Shows the row."""
        row = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            **self.page_context(request, row),
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.page_template, context)
