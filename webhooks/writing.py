"""Writes the rows of payloads: of those that come at the same time, in one transaction."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from uuid import UUID

from django.db import DataError, IntegrityError, transaction

from visn_whatsapp.budget import Budget
from visn_whatsapp.telemetry import metrics, spans
from visn_whatsapp.together import Alone, Together
from visn_whatsapp.traces import Trace
from webhooks import alias, clock, counted, transitions
from webhooks.columns import Columns
from webhooks.inserting import insert_columns, insert_new
from webhooks.locking import wait_briefly
from webhooks.models import Delivery, Event
from webhooks.new_events import columns_of
from webhooks.outcomes import OPEN, State, other_than
from webhooks.receipts import Receipt, Way, Written
from webhooks.rows import Values, query
from webhooks.storable import Unstorable
from webhooks.whatsapp.items import Item

# What is said about a value, however often it is tried again. The database is not asked about what
# is found before; whatever else it refuses says nothing about the payload.
REFUSED_FOR_ITS_DATA = (Unstorable, DataError)
ALONE_WITHIN_SECONDS = 1.0  # of the beginning
# What PostgreSQL says where somebody else holds one row: lock_not_available, deadlock_detected.
_SOMEBODY_HOLDS_A_ROW = {"55P03", "40P01"}
_BYTES_TOGETHER = 1024 * 1024  # of rows in one transaction, unless a payload alone is larger
_SENDING_ABREAST = 2  # groups that are written and make their task, until the next is written
_HELD_SECONDS = 0.05  # for which that is waited at most: a queue may be out of reach

_FIRST = "COALESCE(d.repeat_of_id, d.id)"  # which of a delivery and its repeats has the events
_NOT_OPEN = ", ".join(f"'{state}'" for state in other_than(OPEN))
# The key of the index delivery_body_stored_once: only who breaks it brings known bytes.
_ONCE = "(digest) WHERE repeat_of_id IS NULL"
_IS_THERE = "(id)"
_BY_THE_LEDGERS_CLOCK = {"received_at": clock.statement_time}


class BytesGone(Exception):
    """The delivery that has the bytes was there a moment ago, and is not any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class New:
    """Rows that are to be written together; those of one payload."""

    delivery: Delivery
    at: datetime | None  # when it came; None: by the ledger's clock, as it is written
    read: Sequence[Item]
    events: Columns  # of one row for each item
    way: Way | None  # which it goes on together with others; None: by itself
    trace: Trace | None  # what it came under, where spans are exported

    @property
    def weight(self) -> int:
        """Roughly the bytes that its rows take."""
        return self.delivery.size + 500 * len(self.read)


def new(
    delivery: Delivery, read: Sequence[Item], *, at: datetime | None, way: Way | None = None
) -> New:
    """The rows of a payload. Raises Unstorable if two items have one position."""
    return New(
        delivery=delivery, at=at, read=read, events=columns_of(read), way=way, trace=spans.own()
    )


def write(new: New) -> Receipt:
    """Writes rows with those of others who come at the same time; or alone, if that fails.

    Not if it took long and no row is to blame: then the database is not to be reached, and each
    would wait once more. Those who share a transaction and a way go it together as soon as it is
    committed. For bytes that are known the row is a repeat. Raises BytesGone, Unstorable
    and Django's database errors.
    """
    budget = Budget(ALONE_WITHIN_SECONDS)
    try:
        return _TOGETHER.do(new)
    except Alone as failed:
        error = failed.__cause__
        if error and not budget.left and not _concerns_one(error):
            raise error from error.__cause__
        return send_all([new], write_all([new]))[0]


def _concerns_one(error: BaseException) -> bool:
    """Whether one payload's rows have spoilt it for all, as with bytes that somebody is writing."""
    if isinstance(error, (*REFUSED_FOR_ITS_DATA, BytesGone, IntegrityError)):
        return True
    return getattr(error.__cause__, "sqlstate", None) in _SOMEBODY_HOLDS_A_ROW


def waiting() -> int:
    """How many payloads wait in this process until another transaction is through."""
    return _TOGETHER.waiting


def find_firsts(condition: str, values: Values) -> list[tuple[UUID, UUID, bool, str]]:
    """Returns of deliveries which has the events, whether any of them is open, and the digest."""
    found = query(
        Delivery,
        ["id", "id"],
        f"SELECT d.id, {_FIRST}, EXISTS (SELECT 1 FROM webhooks_event e "  # noqa: S608 - words of ours
        f"WHERE e.delivery_id = {_FIRST} AND e.state NOT IN ({_NOT_OPEN})), d.digest "
        f"FROM webhooks_delivery d WHERE {condition}",
        values,
    )
    return [(row, first, bool(is_open), digest) for row, first, is_open, digest in found]


def write_all(group: Sequence[New]) -> list[Receipt]:
    """Writes rows in one transaction, all or nothing; nothing fails for bytes that are known.

    New names of drivers are part of what a 200 promises. Rows that others may write as well are
    taken in one order, so that of two who do neither waits for the other.
    """
    ordered = sorted(group, key=lambda each: each.delivery.digest)
    with transaction.atomic():
        if len(group) > 1:
            wait_briefly()
        received_at = _insert(ordered)
        firsts = [each for each in ordered if each.delivery.pk in received_at]
        _insert_events(firsts, received_at)
        alias.note(
            alias.Told(
                item=item,
                delivery=each.delivery.pk,
                position=item.position,
                at=received_at[each.delivery.pk],
            )
            for each in firsts
            for item in each.read
        )
        receipts = [
            _receipt(each) if each.delivery.pk in received_at else _write_repeat(each)
            for each in group
        ]
    if metrics.are_exported():
        _count(group, received_at)
    return receipts


def _count(group: Sequence[New], received_at: Mapping[UUID, datetime]) -> None:
    for each in group:
        at = received_at.get(each.delivery.pk)
        if at is None:
            counted.repeated(each.delivery)
        else:
            counted.received(each.delivery, each.events, at=at)


def _insert(ordered: Sequence[New]) -> dict[UUID, datetime]:
    """Returns when each was received, but for those whose bytes are known; of equal ones, one."""
    digests: set[str] = set()
    rows = []
    for each in ordered:
        each.delivery.item_count = len(each.read)
        each.delivery.received_at = clock.as_written(each.at)  # type: ignore[assignment]
        if each.delivery.digest not in digests:
            rows.append(each.delivery)
        digests.add(each.delivery.digest)
    inserted = insert_new(
        rows, unless=_ONCE, returning=("id", "received_at"), written=_BY_THE_LEDGERS_CLOCK
    )
    return dict(map(tuple, inserted))


def _insert_events(firsts: Sequence[New], received_at: Mapping[UUID, datetime]) -> None:
    """The rows of all of them together, each with the moment of its delivery."""
    every = [
        {
            "delivery": [each.delivery.pk] * len(each.read),
            **each.events,
            **transitions.receive(each.events["state"], at=received_at[each.delivery.pk]),
        }
        for each in firsts
    ]
    if len(every) > 1:
        every = [{name: [*chain(*(each[name] for each in every))] for name in every[0]}]
    for columns in every:
        insert_columns(Event, columns)


def _receipt(new: New) -> Receipt:
    return Receipt(
        row=new.delivery.pk,
        delivery=new.delivery.pk,
        digest=new.delivery.digest,
        needs_task=State.RECEIVED in new.events["state"],
    )


def _write_repeat(new: New) -> Receipt:
    """Somebody has written these bytes before, or at this very moment."""
    delivery = new.delivery
    found = find_firsts(
        "d.digest = %(digest)s AND d.repeat_of_id IS NULL", {"digest": delivery.digest}
    )
    if not found:
        raise BytesGone
    [(_, first, first_is_open, _)] = found
    # It is the first itself, or is there already, where a transaction was committed whose end
    # nobody has heard of.
    if first != delivery.pk:
        repeat = _repeat(delivery, first)
        insert_new([repeat], unless=_IS_THERE, written=_BY_THE_LEDGERS_CLOCK)
    return Receipt(
        row=delivery.pk, delivery=first, digest=delivery.digest, needs_task=first_is_open
    )


def _repeat(delivery: Delivery, first: UUID) -> Delivery:
    """Another row: if this transaction fails, the delivery is tried again with all that it has."""
    repeat = copy(delivery)
    repeat.repeat_of_id, repeat.body, repeat.item_count = first, None, 0
    return repeat


def send_all(group: Sequence[New], receipts: Sequence[Receipt]) -> list[Receipt]:
    """Lets those who are written and need a task go on, if they have a way; each knows how far."""
    written: dict[Way, dict[int, Written]] = {}
    for place, (each, receipt) in enumerate(zip(group, receipts, strict=True)):
        if each.way is not None and _goes_on(each, receipt):
            body = bytes(each.delivery.body or b"")
            going = Written(receipt=receipt, body=body, at=each.at, trace=each.trace)
            written.setdefault(each.way, {})[place] = going
    came_to = list(receipts)
    for way, going_it in written.items():
        for place, sent in zip(going_it, way.send([*going_it.values()]), strict=True):
            came_to[place] = replace(receipts[place], sent=sent)
    return came_to


def _goes_on(new: New, receipt: Receipt) -> bool:
    """Whether it goes on from here, and is not done, nor goes by itself."""
    return new.way is not None and receipt.needs_task


_TOGETHER = Together(
    write_all,
    then=send_all,
    goes_on=_goes_on,
    weigh=lambda each: each.weight,
    most=_BYTES_TOGETHER,
    abreast=_SENDING_ABREAST,
    patience=_HELD_SECONDS,
)
