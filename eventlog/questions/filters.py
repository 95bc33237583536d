"""Which events are wanted: what the address of a list says, and the query that it means.

An address never holds a number or a message id. It says "of the same driver as event 123". It
means the same to whoever opens it: its moments have an offset; the zone of a day, or of a time
without one, it names, or it is UTC.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import reduce
from operator import or_
from typing import Self, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict

from eventlog.moments import read_moment
from eventlog.questions.lasting import had_to_wait, open_since, took_at_least, tried_at_least
from eventlog.questions.lengths import read_length, write_length
from eventlog.questions.masking import MASKED
from eventlog.questions.same import CONDITIONS, NOTHING, Same
from eventlog.questions.windows import Span, Window, received_in, window_of
from eventlog.zones.names import zone_named
from visn_whatsapp.untrusted import uuid, whole_number
from webhooks.conditions import (
    COMMON,
    COMMON_REASONS,
    COMMON_WORDS,
    IS_OPEN,
    RARE,
    RARE_REASON,
    RARE_WORD,
    UNAPPLIED,
    UNSEEN,
)
from webhooks.models import Event
from webhooks.outcomes import OPEN, Reason, State
from webhooks.whatsapp.failures import CODE_DIGITS
from webhooks.whatsapp.items import Kind
from webhooks.whatsapp.limits import NAME_LENGTH

ROW_ID_DIGITS = 18
TRIES_DIGITS = 2
AT_ONCE = 30  # of one thing: more than there are states, reasons or kinds
Read = TypeVar("Read")


@dataclass(frozen=True, kw_only=True, slots=True)
class EventFilter:
    """Which events are wanted. Empty fields ask for nothing."""

    states: tuple[State, ...] = ()
    reasons: tuple[Reason, ...] = ()
    kinds: tuple[Kind, ...] = ()
    words: tuple[str, ...] = ()  # Meta's: of types, statuses or fields
    codes: tuple[int, ...] = ()  # of errors of Meta's
    unseen: bool = False  # sent by drivers and in no chat
    span: Span | None = None
    zone: tzinfo = UTC  # whose day a span is
    window: Window = Window()  # noqa: RUF009 (frozen)
    same: tuple[tuple[Same, int], ...] = ()
    delivery: UUID | None = None
    took: timedelta | None = None  # at least, in whole seconds
    open_for: timedelta | None = None  # at least, in whole seconds: without an outcome yet
    tries: int | None = None  # at least
    waited: bool = False  # for the message that it is about

    @property
    def is_walked(self) -> bool:
        """Whether it asks for what no index finds, among what else it asks for."""
        return self.took is not None or self.tries is not None or self.waited

    def window_at(self, now: datetime) -> Window:
        """The window that is meant at a moment: that of the span, or the one given."""
        return window_of(self.span, now=now, zone=self.zone) if self.span else self.window

    def at_any_time(self) -> Self:
        """The same events, whenever they came."""
        return replace(self, span=None, zone=UTC, window=Window())

    def closed_at(self, now: datetime) -> Self:
        """The same events, without those still to come: the window is fixed and ends by now."""
        window = self.window_at(now)
        end = min(window.end, now) if window.end else now
        return replace(self, span=None, zone=UTC, window=replace(window, end=end))


def read_filter(query: QueryDict) -> EventFilter:
    """Reads what an address says. What it leaves out `misread` tells."""
    span = Span.known(query.get("span", ""))
    zone = zone_named(query.get("zone", "")) or UTC
    start = read_moment(query.get("from"), zone=zone)
    end = read_moment(query.get("to"), zone=zone, last=True)
    return EventFilter(
        states=_each(State.known, query.getlist("state")),
        reasons=_each(Reason.known, query.getlist("reason")),
        kinds=_each(Kind.known, query.getlist("kind")),
        words=_each(word_named, query.getlist("word")),
        codes=_each(code_named, query.getlist("code")),
        unseen="unseen" in query,
        span=span,
        zone=zone if span and span.is_day else UTC,
        window=Window(start=start, end=end),
        same=tuple(
            (same, event)
            for same in Same
            if (event := row_id(query.get(same.value, ""))) is not None
        ),
        delivery=uuid(query.get("delivery", "")),
        took=read_length(query.get("took", "")),
        open_for=read_length(query.get("open", "")),
        tries=tries_named(query.get("tries", "")),
        waited="waited" in query,
    )


def query_string(wanted: EventFilter) -> str:
    """Writes a filter as the query of an address; `read_filter` reads it back."""
    start, end = wanted.window.start, wanted.window.end
    pairs = [
        *(("state", state.value) for state in wanted.states),
        *(("reason", reason.value) for reason in wanted.reasons),
        *(("kind", kind.value) for kind in wanted.kinds),
        *(("word", word) for word in wanted.words),
        *(("code", str(code)) for code in wanted.codes),
        *([("unseen", "1")] if wanted.unseen else []),
        *([("span", wanted.span.value)] if wanted.span else []),
        *([("zone", str(wanted.zone))] if wanted.zone != UTC else []),
        *([("from", start.isoformat())] if start else []),
        *([("to", end.isoformat())] if end else []),
        *((same.value, str(event)) for same, event in wanted.same),
        *([("delivery", str(wanted.delivery))] if wanted.delivery else []),
        *([("took", write_length(wanted.took))] if wanted.took else []),
        *([("open", write_length(wanted.open_for))] if wanted.open_for else []),
        *([("tries", str(wanted.tries))] if wanted.tries is not None else []),
        *([("waited", "1")] if wanted.waited else []),
    ]
    return urlencode(pairs)


def matching(wanted: EventFilter, *, now: datetime) -> QuerySet[Event]:
    """The events that a filter asks for, in no order yet. Reads the events that it refers to."""
    condition = received_in(wanted.window_at(now)) & _of_outcome(wanted) & _of_kind(wanted)
    condition &= _of_meta(wanted) & _lasting(wanted, now=now)
    if wanted.delivery:
        condition &= Q(delivery=wanted.delivery)
    referred = referred_events(wanted)
    for same, event_id in wanted.same:
        event = referred.get(event_id)
        condition &= CONDITIONS[same](event) if event else NOTHING
    return Event.objects.filter(condition)


def _of_outcome(wanted: EventFilter) -> Q:
    """By reason where there is one: it says more than the state that it belongs to."""
    if not wanted.reasons:
        return _of_states(wanted.states) if wanted.states else Q()
    reasons = [
        reason for reason in wanted.reasons if not wanted.states or reason.state in wanted.states
    ]
    return _of_reasons(reasons) if reasons else NOTHING


def _of_states(states: Sequence[State]) -> Q:
    """The states are no index's, but what is open and what each of some reasons is."""
    condition = _one_of("state", states)
    if OPEN.issuperset(states):
        return condition & IS_OPEN
    if len(states) == 1 and states[0] in UNAPPLIED:
        return condition & UNAPPLIED[states[0]]
    reasons = [reason for reason in Reason if reason.state in states]
    return condition & _of_reasons(reasons) if OPEN.isdisjoint(states) else condition


def _of_reasons(reasons: Sequence[Reason]) -> Q:
    condition = _one_of("reason", reasons)
    return condition if COMMON_REASONS.intersection(reasons) else condition & RARE_REASON


def _one_of(field: str, values: Sequence[str | int]) -> Q:
    """One value as an equation, which SQLite needs to see for the indexes of what failed."""
    return Q((field, values[0])) if len(values) == 1 else Q((f"{field}__in", values))


def _of_kind(wanted: EventFilter) -> Q:
    if not wanted.kinds:
        return Q()
    kinds = Q(kind__in=wanted.kinds)
    rare = COMMON.isdisjoint(wanted.kinds)
    return kinds & RARE if rare else kinds


def _of_meta(wanted: EventFilter) -> Q:
    """By what Meta calls it, by its error, and by whether a customer saw it."""
    condition = UNSEEN if wanted.unseen else Q()
    if wanted.codes:
        condition &= _one_of("error_code", wanted.codes)
    return condition & _of_words(wanted.words)


def _lasting(wanted: EventFilter, *, now: datetime) -> Q:
    condition = Q() if wanted.took is None else took_at_least(wanted.took)
    if wanted.open_for is not None:
        condition &= open_since(now - wanted.open_for)
    if wanted.waited:
        condition &= had_to_wait()
    return condition if wanted.tries is None else condition & tried_at_least(wanted.tries)


def _of_words(words: Sequence[str]) -> Q:
    rare = [word for word in words if word not in COMMON_WORDS]
    common = [_of_common_word(word) for word in words if word in COMMON_WORDS]
    return reduce(or_, common, _one_of("name", rare) & RARE_WORD if rare else Q())


def _of_common_word(word: str) -> Q:
    """Its kind is what can be looked up, if anything."""
    kind = Kind.known(word)
    return Q(name=word) & (_of_kind(EventFilter(kinds=(kind,))) if kind else Q())


def referred_events(wanted: EventFilter) -> Mapping[int, Event]:
    """The events that the filter names by their rows, as far as they exist."""
    ids = {event_id for _, event_id in wanted.same}
    return Event.objects.in_bulk(ids) if ids else {}


def word_named(value: str) -> str | None:
    """A word of Meta's; None where it may hold a number or an id."""
    word = value.replace("\0", "")[:NAME_LENGTH]
    return word if word and MASKED.told(word) == word else None


def code_named(value: str) -> int | None:
    """A code of Meta's; None for anything else."""
    return whole_number(value, digits=CODE_DIGITS)


def _each(read: Callable[[str], Read | None], values: Iterable[str]) -> tuple[Read, ...]:
    """What each value is read as, once; what is not understood is left out."""
    found = (read(value) for value in values if value)
    known = dict.fromkeys(each for each in found if each is not None)
    return tuple(known)[:AT_ONCE]


def tries_named(value: str) -> int | None:
    """How often at least; None for anything else."""
    return whole_number(value, digits=TRIES_DIGITS)


def row_id(value: str) -> int | None:
    """The id of a row, as an address or a form has it; None for anything else."""
    return whole_number(value, digits=ROW_ID_DIGITS)


def row_ids(values: Iterable[str]) -> list[int]:
    """Those of the values that are ids of rows."""
    return [found for value in values if (found := row_id(value)) is not None]
