"""What people did with personal data, as the admin's history tells it: who saw what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from django.contrib.admin.models import LogEntry
from django.db.models import Q, QuerySet

from eventlog.zones.wall import day_of, midnight
from visn_whatsapp.explained import Labelled

WEEK = timedelta(days=7)


class Deed(Labelled):
    """What was done."""

    REVEALED = "revealed", "Revealed"
    DOWNLOADED = "downloaded", "Downloaded"
    EXPORTED = "exported", "Exported"
    REPLAYED = "replayed", "Replayed or repaired"
    ERASED = "erased", "Erased"
    SEARCHED = "searched", "Searched by the end of a number"


# How the words of each begin, in the history.
BEGINNINGS: Mapping[Deed, tuple[str, ...]] = {
    Deed.REVEALED: ("Revealed ",),
    Deed.DOWNLOADED: ("Downloaded ",),
    Deed.EXPORTED: ("Exported ",),
    Deed.REPLAYED: ("Replay of ", "Repair of "),
    Deed.ERASED: ("Erased ",),
    Deed.SEARCHED: ("Searched ",),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which deeds; what is not said is all."""

    deed: Deed | None = None  # without one, all but searches: they would hide the others
    user: int | None = None  # who did it
    week: date | None = None  # its Monday
    zone: tzinfo = UTC  # whose Monday it is
    model: int | None = None  # the content type of what it was done with
    row: str = ""  # and its key

    @property
    def condition(self) -> Q:
        """For a query of the history."""
        others = [each for each in Deed if each is not Deed.SEARCHED]
        deeds = others if self.deed is None else [self.deed]
        condition = Q(pk__in=())
        for each in deeds:
            for beginning in BEGINNINGS[each]:
                condition |= Q(change_message__startswith=beginning)
        if self.user is not None:
            condition &= Q(user=self.user)
        if self.model is not None:
            condition &= Q(content_type=self.model)
        if self.row:
            condition &= Q(object_id=self.row)
        if self.week is not None:
            start, end = (midnight(day, self.zone) for day in (self.week, self.week + WEEK))
            condition &= Q(action_time__gte=start, action_time__lt=end)
        return condition


def deeds(wanted: Wanted) -> QuerySet[LogEntry]:
    """The entries of the history, the newest first."""
    rows = LogEntry.objects.filter(wanted.condition).select_related("user", "content_type")
    return rows.order_by("-action_time", "-pk")


def deed_of(entry: LogEntry) -> Deed:
    """What an entry that `deeds` has found tells of."""
    said = entry.change_message
    return next(deed for deed, words in BEGINNINGS.items() if said.startswith(words))


def monday(moment: datetime, zone: tzinfo = UTC) -> date:
    """The beginning of a moment's week."""
    day = day_of(moment, zone)
    return day - timedelta(days=day.weekday())
