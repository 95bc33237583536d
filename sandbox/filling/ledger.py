"""A large ledger of made-up events: what months of traffic leave behind, made in minutes."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from listeners.models import Placement, TaskRun
from sandbox import samples
from sandbox.filling.bodies import body_of
from sandbox.filling.traffic import (
    ERROR_CODES,
    KINDS,
    LEASE_NUMBERS,
    LEASE_WEIGHTS,
    NAMES,
    REASONS,
    moments,
    pick,
    short,
    sizes,
)
from webhooks.models import Delivery, Event
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import Kind
from webhooks.whatsapp.numbers import canonical
from webhooks.whatsapp.payload import Verdict
from webhooks.whatsapp.wamids import short_key

DRIVERS = 50_000  # longer than any number that exists
_UUID7_VERSION = 0x7 << 76
_UUID_VARIANT = 0b10 << 62


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
    counts = sizes(source, deliveries, events)
    for size, moment in zip(counts, moments(source, deliveries, days=days, now=now), strict=True):
        yield _delivery(source, moment, first_id=first_id, size=size, now=now)
        first_id += size


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
    body = body_of(events, account_id=_account_id(delivery))
    delivery.body, delivery.size, delivery.digest = body, len(body), sha256(body).hexdigest()
    delivery.headers = {"Content-Type": "application/json", "User-Agent": "facebookexternalua"}
    return Filled(
        delivery=delivery,
        events=events,
        placements=[_placement(event) for event in events if _is_placed(event)],
        run=_run(source, delivery, events),
    )


def first_id_at(moment: datetime) -> UUID:
    """The lowest UUID of version 7 that can be made at a moment."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=(milliseconds << 80) | _UUID7_VERSION | _UUID_VARIANT)


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
    kind = pick(source, KINDS)
    reason = pick(source, REASONS[kind])
    name = pick(source, NAMES[kind]) if kind in NAMES else kind.value
    driver = source.randrange(DRIVERS)
    number = f"447700900{driver:06}"
    personal = kind not in {Kind.CHANGE, Kind.ERROR}
    sent_at = (delivery.received_at - short(source, 1.5)).replace(microsecond=0)
    event = Event(
        pk=pk,
        delivery=delivery,
        position=position,
        kind=kind.value,
        name=name,
        error_code=_error_code(source, kind, name),
        account_id=_account_id(delivery),
        lease_number="" if kind is Kind.CHANGE else lease_number,
        phone_number_id="" if kind is Kind.CHANGE else f"10654032070{lease_number[-4:]}",
        person_number=number if personal else "",
        person_user_id=f"GB.{driver:020}" if personal else "",
        message_id=samples.wamid(number, pk) if personal else "",
        target_id=samples.wamid(number, pk // 2) if kind is Kind.REACTION else "",
        occurred_at=sent_at if personal else None,
        received_at=delivery.received_at,
    )
    event.message_key = short_key(event.message_id)
    event.target_key = short_key(event.target_id)
    _settle(source, event, reason, now=now)
    if reason is Reason.APPLIED:
        event.lease_id = f"lease-{lease_number[-2:]}"
        event.enquiry_id = f"enquiry-{driver:06}"
        # A text's document has the name of its message; those of the drawer have automatic ones.
        if kind is not Kind.TEXT:
            event.document_id = f"drawer{pk:014}"
    return event


def _account_id(delivery: Delivery) -> str:
    """As long as Meta's, and one for each delivery, so that no two have the same bytes."""
    return f"{delivery.pk.int % 10**15:015}"


def _error_code(source: random.Random, kind: Kind, name: str) -> int | None:
    if kind is Kind.ERROR:
        return int(name)
    return pick(source, ERROR_CODES) if name == "failed" else None


def _settle(source: random.Random, event: Event, reason: Reason, *, now: datetime) -> None:
    """Gives the event its outcome, or leaves it open if that would be still to come."""
    received = event.received_at
    if reason.state is State.IGNORED:
        event.settled_at = received
    else:
        event.queued_at = received + short(source, 0.03)
        event.started_at = event.queued_at + short(source, 0.15)
        event.settled_at = event.started_at + short(source, 0.12)
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
        lease_number=canonical(event.lease_number),
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
        finished_at=min(started) + short(source, 0.15),
        result=TaskRun.Result.DONE,
        outcomes=outcomes,
    )
