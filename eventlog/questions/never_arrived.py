"""Messages that never reached the driver: WhatsApp says that they failed, and no more than that."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from eventlog.error_codes import explained
from eventlog.questions.same import NOTHING, with_lease_number
from eventlog.questions.windows import NEWEST_FIRST, Window, older_than, received_in
from eventlog.zones.wall import day_of, days_before, midnight
from webhooks.conditions import RARE_WORD, WITHOUT_KEY
from webhooks.models import Event
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import Kind
from webhooks.whatsapp.kinds.status import Status
from webhooks.whatsapp.numbers import canonical

COUNTED_AT_MOST = 10_000  # messages, the newest
SHOWN_AT_ONCE = 50
NO_CODE = -1  # of a failure of which Meta gave no code that is one

_NAMED = Q(message_id__gt="")  # unlike what was erased
_FAILED = Status.FAILED.word
_ARRIVED = tuple(status.word for status in Status if status > Status.FAILED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which failures somebody looks at. None asks for nothing."""

    days: int  # that end today
    zone: tzinfo = UTC  # whose days they are
    day: date | None = None  # one of them
    code: int | None = None  # Meta's; NO_CODE: those without
    lease_number: str | None = None  # in any spelling; "" where Meta said none


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """One message that did not arrive."""

    event: Event  # the first status that says so
    code: int  # NO_CODE where there is none

    @property
    def why(self) -> str:
        """`131026 Message undeliverable`."""
        return words_of(self.code)


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How many messages did not arrive, by each of three things, of those chosen by the others."""

    total: int  # of those that all choices leave
    codes: Sequence[tuple[int, int]]  # the most first
    days: Sequence[tuple[date, int]]  # each of them, the newest first
    lease_numbers: Sequence[tuple[str, int]]  # in one spelling each, the most first
    cut_off: bool  # there are more than COUNTED_AT_MOST: the newest are counted


def words_of(code: int) -> str:
    """A code of Meta's with its title."""
    return "No code" if code == NO_CODE else f"{code} {explained(code).title}"


_Facet = tuple[int, date, str]  # its code, its day and its lease number
_Choice = tuple[int | date | str | None, ...]  # the same; None chooses none


def counts(wanted: Wanted, *, now: datetime) -> Counts:
    """Counts the failures of the days that are wanted. One query."""
    found = not_arrived(received_in(_window(wanted, now=now))).order_by(*NEWEST_FIRST)
    rows = list(
        found.values_list("error_code", "received_at", "lease_number")[: COUNTED_AT_MOST + 1]
    )
    facets = [
        (_code(code), day_of(received_at, wanted.zone), canonical(number))
        for code, received_at, number in rows[:COUNTED_AT_MOST]
    ]
    number = None if wanted.lease_number is None else canonical(wanted.lease_number)
    choice = (wanted.code, wanted.day, number)
    by_code, by_day, by_number = (_counted(facets, choice, place) for place in range(len(choice)))
    return Counts(
        total=sum(_fits(facet, choice) for facet in facets),
        codes=_most_first(by_code),
        days=[(day, by_day[day]) for day in days_of(wanted, now=now)],
        lease_numbers=_most_first(by_number),
        cut_off=len(rows) > COUNTED_AT_MOST,
    )


def page(wanted: Wanted, *, after: Event | None, now: datetime) -> tuple[Sequence[Failure], bool]:
    """The newest of them, or those that come after one of them; and whether there are more."""
    condition = received_in(_window(wanted, now=now))
    if wanted.day is not None:
        condition &= (
            received_in(_of_day(wanted.day, wanted.zone))
            if wanted.day in days_of(wanted, now=now)
            else NOTHING
        )
    if wanted.code is not None:
        condition &= Q(error_code=None if wanted.code == NO_CODE else wanted.code)
    if wanted.lease_number is not None:
        condition &= with_lease_number(wanted.lease_number)
    if after is not None:
        condition &= older_than(after.received_at, after.pk)
    events = list(not_arrived(condition).order_by(*NEWEST_FIRST)[: SHOWN_AT_ONCE + 1])
    shown = [Failure(event=each, code=_code(each.error_code)) for each in events[:SHOWN_AT_ONCE]]
    return shown, len(events) > SHOWN_AT_ONCE


def not_arrived(condition: Q) -> QuerySet[Event]:
    """The first status of each message that says so, where none says that it arrived.

    A message that failed may arrive after all, and may be said to have failed again and again.
    What is ignored is of a payment or another thing, and what cannot be read says nothing. Messages
    are told apart by the last eight bytes of their keys, which is all that an index has.
    """
    told = Q(kind=Kind.STATUS, name=_FAILED) & RARE_WORD
    of_a_message = ~Q(reason=Reason.MALFORMED) & ~Q(state=State.IGNORED)
    more = Q(kind=Kind.STATUS) & (Q(name__in=_ARRIVED) | Q(name=_FAILED, pk__lt=OuterRef("pk")))
    others = Event.objects.filter(more & of_a_message).order_by()
    with_key = Q(message_key__isnull=False, message_key=OuterRef("message_key"))
    return Event.objects.filter(
        condition & told & of_a_message,
        ~Exists(others.filter(with_key)),
        ~Exists(others.filter(WITHOUT_KEY, _NAMED, message_id=OuterRef("message_id"))),
    )


def _window(wanted: Wanted, *, now: datetime) -> Window:
    """From the first day's beginning on."""
    return Window(start=days_before(now, wanted.days - 1, wanted.zone))


def _of_day(day: date, zone: tzinfo) -> Window:
    return Window(start=midnight(day, zone), end=midnight(day + timedelta(days=1), zone))


def days_of(wanted: Wanted, *, now: datetime) -> Sequence[date]:
    """The days that are looked at, the newest first."""
    today = day_of(now, wanted.zone)
    return [today - timedelta(days=back) for back in range(wanted.days)]


def _code(code: int | None) -> int:
    return NO_CODE if code is None else code


def _counted(facets: Iterable[_Facet], choice: _Choice, place: int) -> Counter[Any]:
    """How many there are of each value at a place, of those that fit the choices at all others."""
    others = (*choice[:place], None, *choice[place + 1 :])
    return Counter(facet[place] for facet in facets if _fits(facet, others))


def _fits(facet: _Facet, choice: _Choice) -> bool:
    return all(
        chosen is None or chosen == value for value, chosen in zip(facet, choice, strict=True)
    )


def _most_first(counted: Mapping[Any, int]) -> Sequence[tuple[Any, int]]:
    return sorted(counted.items(), key=lambda each: (-each[1], each[0]))
