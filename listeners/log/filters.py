"""Which events are wanted: what the address of a list says, and the query that it means.

An address never holds a number or a message id. It says "of the same driver as event 123".
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from listeners.log.windows import NEWEST_FIRST, Span, Window, received_in, window_of
from webhooks.models import RARE, Event
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.events import Kind
from webhooks.whatsapp.identifiers import spellings

NOTHING = Q(pk__in=())
ROW_ID = re.compile(r"[0-9]{1,18}")
YEARS = range(2000, 2200)  # others are a slip of the hand
# So many of the newest events tell how else somebody is named, and in which chats he is; he may
# have written for years.
LOOKED_AT = 100
Word = TypeVar("Word", bound=StrEnum)


class Same(StrEnum):
    """What the wanted events have in common with an event that is named by its row."""

    label: str

    DRIVER = "driver_of", "driver"
    LEASE_NUMBER = "lease_number_of", "lease number"
    ENQUIRY = "enquiry_of", "enquiry"
    COMPANY = "company_of", "lease company"
    MESSAGE = "message_of", "message"

    def __new__(cls, value: str, label: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


@dataclass(frozen=True, kw_only=True, slots=True)
class EventFilter:
    """Which events are wanted. Empty fields ask for nothing."""

    states: tuple[State, ...] = ()
    reasons: tuple[Reason, ...] = ()
    kinds: tuple[Kind, ...] = ()
    span: Span | None = None
    window: Window = Window()  # noqa: RUF009 (frozen)
    same: tuple[tuple[Same, int], ...] = ()
    delivery: UUID | None = None

    def window_at(self, now: datetime) -> Window:
        """The window that is meant at a moment: that of the span, or the one given."""
        return window_of(self.span, now=now) if self.span else self.window

    def closed_at(self, now: datetime) -> Self:
        """The same events, without those still to come: the window is fixed and ends by now."""
        window = self.window_at(now)
        end = min(window.end, now) if window.end else now
        return replace(self, span=None, window=replace(window, end=end))


def read_filter(query: QueryDict) -> EventFilter:
    """Reads what an address says. What it does not understand is passed over."""
    return EventFilter(
        states=_words(State, query.getlist("state")),
        reasons=_words(Reason, query.getlist("reason")),
        kinds=_words(Kind, query.getlist("kind")),
        span=next(iter(_words(Span, query.getlist("span"))), None),
        window=Window(start=read_moment(query.get("from")), end=read_moment(query.get("to"))),
        same=tuple(
            (same, int(value)) for same in Same if _is_row_id(value := query.get(same.value, ""))
        ),
        delivery=_uuid(query.get("delivery", "")),
    )


def query_string(wanted: EventFilter) -> str:
    """Writes a filter as the query of an address; `read_filter` reads it back."""
    start, end = wanted.window.start, wanted.window.end
    pairs = [
        *(("state", state.value) for state in wanted.states),
        *(("reason", reason.value) for reason in wanted.reasons),
        *(("kind", kind.value) for kind in wanted.kinds),
        *([("span", wanted.span.value)] if wanted.span else []),
        *([("from", start.isoformat())] if start else []),
        *([("to", end.isoformat())] if end else []),
        *((same.value, str(event)) for same, event in wanted.same),
        *([("delivery", str(wanted.delivery))] if wanted.delivery else []),
    ]
    return urlencode(pairs)


def matching(wanted: EventFilter, *, now: datetime) -> QuerySet[Event]:
    """The events that a filter asks for, in no order yet. Reads the events that it refers to."""
    condition = received_in(wanted.window_at(now)) & _of_outcome(wanted) & _of_kind(wanted)
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
        return _one_of("state", wanted.states) if wanted.states else Q()
    reasons = [
        reason for reason in wanted.reasons if not wanted.states or reason.state in wanted.states
    ]
    return _one_of("reason", reasons) if reasons else NOTHING


def _one_of(field: str, values: Sequence[str]) -> Q:
    """One value as an equation, which SQLite needs to see for the indexes of what failed."""
    return Q((field, values[0])) if len(values) == 1 else Q((f"{field}__in", values))


def _of_kind(wanted: EventFilter) -> Q:
    if not wanted.kinds:
        return Q()
    kinds = Q(kind__in=wanted.kinds)
    rare = {Kind.STATUS, Kind.TEXT}.isdisjoint(wanted.kinds)
    return kinds & RARE if rare else kinds


def referred_events(wanted: EventFilter) -> Mapping[int, Event]:
    """The events that the filter names by their rows, as far as they exist."""
    ids = {event_id for _, event_id in wanted.same}
    return Event.objects.in_bulk(ids) if ids else {}


def of_driver(event: Event) -> Q:
    """Events of the same person: by number however it is spelled, or by user id.

    Where the event says only one of them, what other events say beside it counts as well.
    """
    numbers, user_ids = {event.person_number} - {""}, {event.person_user_id} - {""}
    if numbers and not user_ids:
        user_ids = _seen_beside(_with_numbers(numbers), "person_user_id")
    elif user_ids and not numbers:
        numbers = _seen_beside(with_user_id(event.person_user_id), "person_number")
    return _any_of(
        _with_numbers(numbers) if numbers else None, *(with_user_id(each) for each in user_ids)
    )


def _with_numbers(numbers: Iterable[str]) -> Q:
    return Q(person_number__in={form for number in numbers for form in spellings(number)})


def _seen_beside(named: Q, field: str) -> set[str]:
    """What the newest events of somebody have in the other field; he is known by both."""
    newest = Event.objects.filter(named).order_by(*NEWEST_FIRST).values_list(field, flat=True)
    return set(newest[:LOOKED_AT]) - {""}


def of_message(event: Event) -> Q:
    """Events about the same message: itself, its statuses, reactions to it, replies to it."""
    message_id = subject(event)
    if not message_id:
        return NOTHING
    return _any_of(Q(message_id=message_id), with_target(message_id))


def subject(event: Event) -> str:
    """Meta's id of the message that an event is about: of a reaction, the one reacted to."""
    return event.target_id if event.kind == Kind.REACTION else event.message_id


# The indexes of these four hold no empty values, and SQLite uses them only if the query says so.
def with_user_id(user_id: str) -> Q:
    """Events whose person has this user id."""
    return ~Q(person_user_id="") & Q(person_user_id=user_id)


def with_target(message_id: str) -> Q:
    """Events that refer to this message."""
    return ~Q(target_id="") & Q(target_id=message_id)


def with_enquiry(enquiry_id: str) -> Q:
    """Events of enquiries of this id."""
    return ~Q(enquiry_id="") & Q(enquiry_id=enquiry_id)


def with_company(lease_id: str) -> Q:
    """Events of this lease company."""
    return ~Q(lease_id="") & Q(lease_id=lease_id)


def _any_of(*conditions: Q | None) -> Q:
    """Events for which one of the conditions holds, each looked up by its own index.

    With a plain OR a database may rather read the whole log backwards.
    """
    found = [Event.objects.filter(each).order_by().values("pk") for each in conditions if each]
    if not found:
        return NOTHING
    first, *others = found
    return Q(pk__in=first.union(*others) if others else first)


def _of_enquiry(event: Event) -> Q:
    if not event.enquiry_id:
        return NOTHING
    return with_enquiry(event.enquiry_id) & Q(lease_id=event.lease_id)


def _of_company(event: Event) -> Q:
    return with_company(event.lease_id) if event.lease_id else NOTHING


def _of_lease_number(event: Event) -> Q:
    return Q(lease_number=event.lease_number) if event.lease_number else NOTHING


CONDITIONS: Mapping[Same, Callable[[Event], Q]] = {
    Same.DRIVER: of_driver,
    Same.LEASE_NUMBER: _of_lease_number,
    Same.ENQUIRY: _of_enquiry,
    Same.COMPANY: _of_company,
    Same.MESSAGE: of_message,
}


def _words(enumeration: type[Word], values: list[str]) -> tuple[Word, ...]:
    known = {member.value: member for member in enumeration}
    return tuple(dict.fromkeys(known[value] for value in values if value and value in known))


def _is_row_id(value: str) -> bool:
    return ROW_ID.fullmatch(value) is not None


def read_moment(value: str | None) -> datetime | None:
    """A moment in ISO form; without a zone it is meant in the zone of the pages."""
    try:
        moment = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    if moment.year not in YEARS:
        return None
    return timezone.make_aware(moment) if moment.tzinfo is None else moment


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
