"""The events of a filter as a list reads them: a page of them, how many there are, how far back.

A filter of several states or words is read in parts, each in the order of the list from an index of
its own.
What no index finds is looked for among the newest of what one finds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, QuerySet

from eventlog.questions.filters import EventFilter, matching
from eventlog.questions.newest import reach_of
from eventlog.questions.windows import NEWEST_FIRST, OLDEST_FIRST
from webhooks.conditions import COMMON, COMMON_REASONS, COMMON_WORDS
from webhooks.models import Event
from webhooks.outcomes import OPEN, State
from webhooks.whatsapp.items import Kind

COUNTED_AT_MOST = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Hits:
    """How many events a list has."""

    count: int  # COUNTED_AT_MOST and one: more than that
    at_least: bool = False  # only the newest were looked through

    @property
    def words(self) -> str:
        """In words: `More than 1,000 events`, `At least 312 events`, `1 event`."""
        if self.count > COUNTED_AT_MOST:
            return f"More than {COUNTED_AT_MOST:,} events"
        number = f"{self.count:,} event{'' if self.count == 1 else 's'}"
        return f"At least {number}" if self.at_least else number


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """What a list shows of a filter at a moment. `whole` and `listing` make it."""

    wanted: EventFilter
    now: datetime
    parts: Sequence[QuerySet[Event]]  # without events in common
    since: datetime | None = None  # before which nothing is looked for; None: all is

    @property
    def events(self) -> QuerySet[Event]:
        """All events of the filter, also those that are not looked for."""
        return self.parts[0] if len(self.parts) == 1 else matching(self.wanted, now=self.now)

    def page(self, cut: Q, *, limit: int, backwards: bool = False) -> list[Event]:
        """The first so many of those that `cut` leaves: the newest, or the oldest, first."""
        order = OLDEST_FIRST if backwards else NEWEST_FIRST
        # One that is settled between two queries is in both: as the second one has it.
        found = {
            event.pk: event
            for rows in self.parts
            for event in rows.filter(cut & _from(self.since)).order_by(*order)[:limit]
        }
        by_age = sorted(found.values(), key=lambda event: (event.received_at, event.pk))
        return (by_age if backwards else by_age[::-1])[:limit]

    def hits(self) -> Hits:
        """How many there are: what several things are asked of, of the newest of one of them."""
        asked = parts(self.wanted)
        since = self.since or (
            reach(self.wanted, now=self.now)
            if asked != [narrowest(each) for each in asked]
            else None
        )
        count = self.count(_from(since), at_most=COUNTED_AT_MOST + 1)
        return Hits(count=count, at_least=since != self.since)

    def count(self, cut: Q, *, at_most: int) -> int:
        """How many `cut` leaves, as far as that is counted.

        In the order of the list, so that it is read from the index that a page is read from.
        """
        count = 0
        for rows in self.parts:
            left = rows.filter(cut & _from(self.since)).order_by(*NEWEST_FIRST).values("pk")
            count += left[: at_most - count].count() if count < at_most else 0
        return count


def whole(wanted: EventFilter, *, now: datetime) -> Listing:
    """The list of a filter, however far back that is."""
    rows = [matching(part, now=now) for part in parts(wanted)]
    return Listing(wanted=wanted, now=now, parts=rows)


def listing(wanted: EventFilter, *, now: datetime) -> Listing:
    """The list of a filter. Asks how far back it reaches where it has to be looked through."""
    found = whole(wanted, now=now)
    return replace(found, since=reach(wanted, now=now)) if wanted.is_walked else found


def _from(since: datetime | None) -> Q:
    return Q(received_at__gte=since) if since else Q()


def reach(wanted: EventFilter, *, now: datetime) -> datetime | None:
    """Since when the newest came of what an index finds; None: these are all. A query each part."""
    asked = dict.fromkeys(each for part in parts(wanted) for each in parts(narrowest(part)))
    found = (reach_of(matching(each, now=now)) for each in asked)
    return max((moment for moment in found if moment), default=None)


def parts(wanted: EventFilter) -> Sequence[EventFilter]:
    """Filters that have no event in common and are this one together, each for one index."""
    if len(wanted.codes) > 1:
        return [replace(wanted, codes=(code,)) for code in wanted.codes]
    if len(wanted.reasons) > 1:
        reasons = [each for each in wanted.reasons if each.state in (wanted.states or State)]
        return [replace(wanted, reasons=(reason,)) for reason in reasons]
    if len(wanted.words) > 1 and any(map(_is_found, wanted.words)):
        walked = tuple(word for word in wanted.words if not _is_found(word))
        found = ((word,) for word in wanted.words if _is_found(word))
        return [replace(wanted, words=words) for words in (walked, *found) if words]
    if len(wanted.states) > 1 and not wanted.reasons:
        still_open = tuple(state for state in wanted.states if state in OPEN)
        settled = ((state,) for state in wanted.states if state not in OPEN)
        return [replace(wanted, states=states) for states in (still_open, *settled) if states]
    if len(wanted.kinds) > 1 and not wanted.states and COMMON.isdisjoint(wanted.kinds):
        return [replace(wanted, kinds=(kind,)) for kind in wanted.kinds]
    return [wanted]


def _is_found(word: str) -> bool:
    """Whether an index finds it: one of rare words, or that of its kind."""
    return word not in COMMON_WORDS or (Kind.known(word) or Kind.STATUS) not in COMMON


def narrowest(part: EventFilter) -> EventFilter:
    """The one thing that it asks for whose index finds least, with the window; or that alone."""
    window = EventFilter(span=part.span, zone=part.zone, window=part.window)
    rare_words = () if {*COMMON_WORDS}.intersection(part.words) else part.words
    rare_reasons = () if COMMON_REASONS.intersection(part.reasons) else part.reasons
    rare_states = () if State.PROCESSED in part.states else part.states
    rare_kinds = () if COMMON.intersection(part.kinds) else part.kinds
    asked = (
        replace(window, delivery=part.delivery),
        replace(window, same=part.same[:1]),
        replace(window, open_for=part.open_for),
        replace(window, codes=part.codes),
        replace(window, reasons=rare_reasons),
        replace(window, words=rare_words),
        replace(window, unseen=part.unseen),
        replace(window, states=rare_states),
        replace(window, kinds=rare_kinds),
    )
    return next((each for each in asked if each != window), window)
