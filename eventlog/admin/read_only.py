"""What all lists of the log have in common: nobody changes a row, and no list counts them all."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import ModelAdmin, ShowFacets, SimpleListFilter
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import Combinable
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from eventlog.admin.saved_views import with_saved_views
from eventlog.links import named
from eventlog.moments import read_moment
from eventlog.questions.windows import (
    MOMENT,
    NEWER,
    NEWEST_FIRST,
    OLDER,
    newer_than,
    older_than,
)
from eventlog.saved_views.held import Held
from eventlog.saved_views.lists import List
from eventlog.zones.names import own_zone
from eventlog.zones.wall import twin_of

ZONE = "zone"  # whose days a filter means
TURNS = (OLDER, NEWER, MOMENT)
ABOVE = 10  # rows that came after the moment at which a list is opened
Key = tuple[datetime | None, Any]  # of a row: when it was received, for rows that are; its key


class LogChangeList(ChangeList):
    """A list by key: each page begins where the last one ended, however deep one reads."""

    newer_query = ""  # the address of the newer page, empty on the newest
    older_query = ""
    moment: datetime | None = None  # at which it is opened
    place: Any = None  # the key of the first row that came by then
    twin: datetime | None = None  # at which clocks show the same
    twin_query = ""

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """What the filters of the list are asked for, and nothing else that an address says.

        Django takes any field: `previous_number__startswith=447` would tell what the list masks.
        """
        asked = {
            each.parameter_name
            for each in self.list_filter
            if isinstance(each, type) and issubclass(each, SimpleListFilter)
        }
        given = super().get_filters_params(params)
        return {name: value for name, value in given.items() if name in asked}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = str(self.opts.verbose_name_plural).capitalize()

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str | Combinable]:
        """Newest first: by receipt where a row has one, otherwise by the key."""
        return list(NEWEST_FIRST) if self._is_received else ["-pk"]

    def get_results(self, request: HttpRequest) -> None:
        """Reads one page, and says whether there are others."""
        self.moment = read_moment(request.GET.get(MOMENT)) if self._is_received else None
        found, newer, older = self._around(self.moment) if self.moment else self._page(request)
        self._turn(found, newer=newer, older=older)
        self.result_list = found
        self.result_count = self.full_result_count = len(found)
        self.show_full_result_count = self.show_admin_actions = bool(found)
        self.can_show_all = self.multi_page = False
        self.paginator = Paginator(found, self.list_per_page)

    def _page(self, request: HttpRequest) -> tuple[list[Any], bool, bool]:
        """One page, by one row more than it has; whether there is a newer and an older one."""
        older, newer = (self._key(request, word) for word in (OLDER, NEWER))
        cut, backwards = Q(), newer is not None and older is None
        if newer is not None and backwards:
            cut = self._after(newer)
        elif older is not None:
            cut = self._before(older)
        found = self.read(cut, limit=self.list_per_page + 1, backwards=backwards)
        more, found = len(found) > self.list_per_page, found[: self.list_per_page]
        if backwards:
            found.reverse()
        return found, more if backwards else older is not None, backwards or more

    def _around(self, moment: datetime) -> tuple[list[Any], bool, bool]:
        """Some rows that came after a moment, and the rest of a page of those that came by then."""
        many = self.list_per_page - ABOVE
        after = self.read(Q(received_at__gt=moment), limit=ABOVE + 1, backwards=True)
        by_then = self.read(Q(received_at__lte=moment), limit=many + 1, backwards=False)
        self.place = by_then[0].pk if by_then else None
        self.twin = twin_of(moment, own_zone())
        if self.twin is not None:
            self.twin_query = self.get_query_string({MOMENT: self.twin.isoformat()}, [*TURNS])
        found = [*reversed(after[:ABOVE]), *by_then[:many]]
        return found, len(after) > ABOVE, len(by_then) > many

    def read(self, cut: Q, *, limit: int, backwards: bool) -> list[Any]:
        """The first so many of the rows that `cut` leaves: the newest, or the oldest, first."""
        rows = self.queryset.filter(cut)
        return list((rows.reverse() if backwards else rows)[:limit])

    def _turn(self, found: Sequence[Model], *, newer: bool, older: bool) -> None:
        if found and newer:
            self.newer_query = self.get_query_string({NEWER: self._name(found[0])}, [*TURNS])
        if found and older:
            self.older_query = self.get_query_string({OLDER: self._name(found[-1])}, [*TURNS])

    @property
    def _is_received(self) -> bool:
        return any(field.name == "received_at" for field in self.lookup_opts.concrete_fields)

    def _before(self, key: Key) -> Q:
        moment, pk = key
        return older_than(moment, pk) if moment else Q(pk__lt=pk)

    def _after(self, key: Key) -> Q:
        moment, pk = key
        return newer_than(moment, pk) if moment else Q(pk__gt=pk)

    def _name(self, row: Any) -> str:
        """How an address names the row at which a page begins or ends."""
        return f"{row.received_at.isoformat()}_{row.pk}" if self._is_received else str(row.pk)

    def _key(self, request: HttpRequest, word: str) -> Key | None:
        words, _, name = request.GET.get(word, "").rpartition("_")
        moment = read_moment(words)
        if self._is_received != (moment is not None):
            return None
        try:
            return moment, self.lookup_opts.pk.to_python(name)
        except (ValueError, ValidationError):
            return None


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
        page = List.known(f"{self.opts.app_label}_{self.opts.model_name}")
        if page is None or not isinstance(response, TemplateResponse):
            return response
        if "cl" not in (response.context_data or {}):
            return response  # to an action, which shows a page of its own
        changelist = (response.context_data or {})["cl"]
        return with_saved_views(request, response, page, lambda: self.held(request, changelist))

    def held(self, request: HttpRequest, changelist: ChangeList) -> Held:
        """What a saved view holds of the filters of a list: choices alone. Raises NotHeld."""
        filters = (each for each in changelist.filter_specs if isinstance(each, SimpleListFilter))
        chosen = [
            (str(each.parameter_name), value)
            for each in filters
            if (value := each.value()) in {str(choice) for choice, _ in each.lookup_choices}
        ]
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
