"""The names that drivers had before, and undoing what was no change of name."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from eventlog.admin.log_list import LogChangeList
from eventlog.admin.read_only import ReadOnlyAdmin
from eventlog.admin.site import site
from eventlog.links import isolated, link
from eventlog.pages.aliases import PERMISSION, undo_all
from eventlog.questions.known_as import Standing, standings
from eventlog.questions.masking import MASKED
from eventlog.templatetags.event_log import briefly, clock
from webhooks.alias import Alias
from webhooks.models import Event
from webhooks.whatsapp.items import Person

WHY_ENDED = "the old number has come with somebody else’s user id"


class AliasList(LogChangeList):
    """The list of aliases: what has become of each is asked for a whole page at once."""

    def get_results(self, request: HttpRequest) -> None:
        """Reads one page, with what has become of each."""
        super().get_results(request)
        _note_standings(self.result_list)


@admin.register(Alias, site=site)
class AliasAdmin(ReadOnlyAdmin):
    """Which name of a driver has become which, as WhatsApp said so."""

    about = "Drivers whose number or user id changed, as WhatsApp said so: one person, two names."
    appears = "As soon as WhatsApp says that a driver has another number or user id, it appears."
    list_display = ("changed", "previous_name", "new_name", "lease", "standing")
    fields = ("previous_name", "new_name", "lease", "changed", "noted", "told_by", "standing")
    readonly_fields = fields
    actions = ("undo_selected",)

    def has_undo_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may say that the two are two people."""
        return request.user.has_perm(PERMISSION)

    @admin.action(description="Undo: the two are two people", permissions=["undo"])
    def undo_selected(self, request: HttpRequest, rows: QuerySet[Alias]) -> None:
        """Undoes them, and keeps in the history of each who did."""
        undo_all(request, list(rows.values_list("pk", flat=True)))

    @admin.display(description="changed at")
    def changed(self, row: Alias) -> SafeString | str:
        """Meta's time."""
        return clock(row.changed_at)

    @admin.display(description="noted at")
    def noted(self, row: Alias) -> SafeString | str:
        """When it was written down."""
        return clock(row.noted_at)

    @admin.display(description="wrote as")
    def previous_name(self, row: Alias) -> SafeString:
        """Who they were."""
        return _name(row.previous)

    @admin.display(description="writes as")
    def new_name(self, row: Alias) -> SafeString:
        """Who they are."""
        return _name(row.person)

    @admin.display(description="lease number")
    def lease(self, row: Alias) -> SafeString:
        """For which alone it counts, in the smallest of its spellings."""
        return isolated(row.lease_number)

    @admin.display(description="told by")
    def told_by(self, row: Alias) -> SafeString:
        """The event that said so, or its delivery where retention has deleted the event."""
        event = Event.objects.filter(delivery=row.delivery_id, position=row.position).first()
        return link(event or row.delivery)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Names the list that knows what has ended."""
        return AliasList

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Alias | None:
        """The alias of a page, with what has become of it."""
        row: Alias | None = super().get_object(request, object_id, from_field)
        _note_standings([row] if row is not None else [])
        return row

    @admin.display(description="standing")
    def standing(self, row: Alias) -> SafeString | str:
        """Whether it counts, and if not, since when and why."""
        known: Standing | None = getattr(row, "known", None)
        if known is None or known.counts:
            return "Counts"
        if known.undone is None:
            return format_html("Ended, since {}: {}", clock(known.ended_at), WHY_ENDED)
        words = f"Undone by {known.undone.undone_by_name}"
        if known.undone == row:
            return words
        return format_html("{}, as it was told at {}", words, clock(known.undone.changed_at))


def _note_standings(rows: Sequence[Alias]) -> None:
    known = standings(rows)
    for row in rows:
        row.known = known[row.pk]  # type: ignore[attr-defined]  # for this page alone


def _name(person: Person) -> SafeString:
    words = (MASKED.number(person.number), MASKED.user_id(person.user_id))
    return isolated(briefly(" ".join(filter(None, words))))
