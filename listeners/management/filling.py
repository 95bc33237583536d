"""A large ledger of made-up events: what months of traffic leave behind, made in minutes."""

import random
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import accumulate
from typing import TypeVar
from uuid import UUID

from listeners.log.windows import first_id_at
from listeners.management.bodies import body_of
from listeners.models import Placement, TaskRun
from webhooks.models import Delivery, Event
from webhooks.outcomes import Reason, State
from webhooks.whatsapp import samples
from webhooks.whatsapp.events import Kind
from webhooks.whatsapp.payload import Verdict

Choice = TypeVar("Choice")

LEASE_NUMBERS = tuple(f"4477009001{number:02}" for number in range(12))
LEASE_WEIGHTS = tuple(1 / (rank + 1) for rank in range(len(LEASE_NUMBERS)))
DRIVERS = 50_000  # longer than any number that exists
MINUTE = timedelta(minutes=1)
# How busy each hour of a working day is; a night or a weekend is a tenth of that.
HOURS = (1, 1, 1, 1, 2, 4, 10, 18, 24, 26, 25, 22, 20, 22, 24, 23, 20, 16, 12, 9, 7, 5, 3, 2)
WEEKEND = 0.15

# How often each kind of item comes, and how often each name of it.
KINDS: Mapping[Kind, float] = {
    Kind.STATUS: 62,
    Kind.TEXT: 28,
    Kind.REACTION: 4,
    Kind.MESSAGE: 4,
    Kind.CHANGE: 1.5,
    Kind.ERROR: 0.5,
}
NAMES: Mapping[Kind, Mapping[str, float]] = {
    Kind.STATUS: {"sent": 32, "delivered": 36, "read": 30, "failed": 2},
    Kind.MESSAGE: {"image": 60, "audio": 15, "location": 10, "document": 8, "sticker": 7},
    Kind.CHANGE: {"account_update": 40, "message_template_status_update": 60},
    Kind.ERROR: {"131056": 1},
}
WENT_WRONG: Mapping[Reason, float] = {
    Reason.NO_ACTIVE_TRACKING: 4,
    Reason.ENQUIRY_NOT_FOUND: 0.2,
    Reason.NO_PERSON: 0.1,
    Reason.GAVE_UP: 0.08,
    Reason.REFUSED: 0.05,
    Reason.RULE_RAISED: 0.01,
}
REASONS: Mapping[Kind, Mapping[Reason, float]] = {
    Kind.TEXT: {Reason.APPLIED: 94, Reason.ALREADY_APPLIED: 1, **WENT_WRONG},
    Kind.REACTION: {Reason.APPLIED: 92, Reason.LATE_REACTION: 2, **WENT_WRONG},
    Kind.STATUS: {
        Reason.APPLIED: 86,
        Reason.LATE_STATUS: 5,
        Reason.ALREADY_APPLIED: 2.5,
        Reason.MESSAGE_NOT_FOUND: 1.5,
        Reason.FAILED_AFTER_DELIVERY: 0.1,
        **WENT_WRONG,
    },
    Kind.MESSAGE: {Reason.UNSUPPORTED_TYPE: 97, Reason.GROUP: 3},
    Kind.CHANGE: {Reason.UNSUPPORTED_FIELD: 1},
    Kind.ERROR: {Reason.ERROR_NOTICE: 1},
}
ITEMS: Mapping[int, float] = {1: 62, 2: 16, 4: 9, 8: 7, 20: 5, 60: 1}


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """One delivery with its rows, not written yet."""

    delivery: Delivery
    events: Sequence[Event]
    placements: Sequence[Placement]
    run: TaskRun | None


def made_up(
    *, deliveries: int, events: int, days: int, now: datetime, seed: int, first_id: int = 1
) -> Iterator[Filled]:
    """Yields deliveries in the order in which they came, with `events` events in all.

    The last came just before `now`. The ids of events go on from `first_id`. The same seed makes
    the same ledger.
    """
    source = random.Random(seed)  # noqa: S311 (made-up data is no secret)
    sizes = _sizes(source, deliveries, events)
    moments = _moments(source, deliveries, days=days, now=now)
    for size, moment in zip(sizes, moments, strict=True):
        yield _delivery(source, moment, first_id=first_id, size=size, now=now)
        first_id += size


def _sizes(source: random.Random, deliveries: int, events: int) -> list[int]:
    """How many items each delivery has: mostly one, sometimes many, `events` in all."""
    sizes = source.choices(list(ITEMS), list(ITEMS.values()), k=deliveries)
    factor = events / sum(sizes)
    edges = [round(edge * factor) for edge in accumulate(sizes)]
    return [edge - before for before, edge in zip([0, *edges], edges, strict=False)]


def _moments(source: random.Random, count: int, *, days: int, now: datetime) -> Iterator[datetime]:
    start = now - timedelta(days=days)
    minutes = days * 24 * 60
    edges = list(accumulate(_busyness(start + MINUTE * minute) for minute in range(minutes)))
    for number in range(count):
        place = (number + source.random()) / count * edges[-1]
        minute = bisect(edges, place)
        before = edges[minute - 1] if minute else 0
        yield start + MINUTE * (minute + (place - before) / (edges[minute] - before))


def _busyness(moment: datetime) -> float:
    share = WEEKEND if moment.weekday() >= 5 else 1  # noqa: PLR2004 (Saturday)
    return HOURS[moment.hour] * share


def _delivery(
    source: random.Random, moment: datetime, *, first_id: int, size: int, now: datetime
) -> Filled:
    lease_number = source.choices(LEASE_NUMBERS, LEASE_WEIGHTS)[0]
    delivery = Delivery(
        pk=_id_at(source, moment),
        received_at=moment,
        verdict=Verdict.READABLE.value,
        item_count=size,
    )
    events = [
        _event(source, delivery, lease_number, pk=first_id + position, position=position, now=now)
        for position in range(size)
    ]
    body = body_of(events, account_id=delivery.pk.hex)
    delivery.body, delivery.size, delivery.digest = body, len(body), sha256(body).hexdigest()
    delivery.headers = {"Content-Type": "application/json", "User-Agent": "facebookexternalua"}
    return Filled(
        delivery=delivery,
        events=events,
        placements=[_placement(event) for event in events if _is_placed(event)],
        run=_run(source, delivery, events),
    )


def _id_at(source: random.Random, moment: datetime) -> UUID:
    return UUID(int=first_id_at(moment).int | source.getrandbits(62))


def _event(
    source: random.Random,
    delivery: Delivery,
    lease_number: str,
    *,
    pk: int,
    position: int,
    now: datetime,
) -> Event:
    kind = _pick(source, KINDS)
    reason = _pick(source, REASONS[kind])
    driver = source.randrange(DRIVERS)
    number = f"447700900{driver:06}"
    personal = kind not in {Kind.CHANGE, Kind.ERROR}
    event = Event(
        pk=pk,
        delivery=delivery,
        position=position,
        kind=kind.value,
        name=_pick(source, NAMES[kind]) if kind in NAMES else kind.value,
        account_id=delivery.pk.hex,
        lease_number="" if kind is Kind.CHANGE else lease_number,
        phone_number_id=f"10654{lease_number[-4:]}",
        person_number=number if personal else "",
        person_user_id=f"GB.{driver:020}" if personal else "",
        message_id=samples.wamid(number, pk) if personal else "",
        target_id=samples.wamid(number, pk // 2) if kind is Kind.REACTION else "",
        occurred_at=(delivery.received_at - _short(source, 1.5)).replace(microsecond=0),
        received_at=delivery.received_at,
    )
    _settle(source, event, reason, now=now)
    if reason is Reason.APPLIED:
        event.lease_id = f"lease-{lease_number[-2:]}"
        event.enquiry_id = f"enquiry-{driver:06}"
        event.document_id = event.message_id
    return event


def _settle(source: random.Random, event: Event, reason: Reason, *, now: datetime) -> None:
    """Gives the event its outcome, or leaves it open if that would be still to come."""
    received = event.received_at
    if reason.state is State.IGNORED:
        event.settled_at = received
    else:
        event.queued_at = received + _short(source, 0.03)
        event.started_at = event.queued_at + _short(source, 0.15)
        event.settled_at = event.started_at + _short(source, 0.12)
        if reason is Reason.MESSAGE_NOT_FOUND:
            event.waits = 6
            event.started_at += timedelta(minutes=81)
            event.settled_at += timedelta(minutes=81)
    if event.settled_at > now:
        reason = Reason.WAITING_FOR_MESSAGE if event.waits else Reason.NONE
        event.waits = min(event.waits, 3)
        event.settled_at = event.started_at = None
        event.check_at = now + timedelta(minutes=1)
    event.state, event.reason = reason.state.value, reason.value


def _is_placed(event: Event) -> bool:
    return event.kind == Kind.TEXT and event.reason == Reason.APPLIED


def _placement(event: Event) -> Placement:
    return Placement(
        phone_number_id=event.phone_number_id,
        message_id=event.message_id,
        lease_id=event.lease_id,
        enquiry_id=event.enquiry_id,
        event=event,
        applied_at=event.settled_at,
    )


def _run(source: random.Random, delivery: Delivery, events: Sequence[Event]) -> TaskRun | None:
    started = [event.started_at for event in events if event.started_at]
    if not started:
        return None
    outcomes: dict[str, list[int]] = {}
    for event in events:
        if event.started_at:
            outcomes.setdefault(event.reason, []).append(event.pk)
    return TaskRun(
        delivery=delivery,
        task_name=str(source.getrandbits(60)),
        retry_count=int(source.random() < 0.01),  # noqa: PLR2004 (one in a hundred)
        started_at=min(started),
        finished_at=min(started) + _short(source, 0.15),
        result=TaskRun.Result.DONE,
        outcomes=outcomes,
    )


def _short(source: random.Random, median: float) -> timedelta:
    """A time as services take it: mostly near the median of so many seconds, now and then long."""
    return timedelta(seconds=source.lognormvariate(0, 0.7) * median)


def _pick(source: random.Random, weights: Mapping[Choice, float]) -> Choice:
    return source.choices(list(weights), list(weights.values()))[0]
