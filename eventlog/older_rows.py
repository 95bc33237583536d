"""Fills in what rows of an older release lack: the keys of their ids, and Meta's error codes.

Once, from the ids and the bytes that the ledger has; the newest first, since these are asked for
most. What was filled in and how far it goes are written in one transaction.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from eventlog.marks import held, next_part
from eventlog.models import OlderRowsMark
from eventlog.questions.windows import NEWEST_FIRST, older_than
from webhooks import new_events, transitions
from webhooks.matching import FIELDS as IDENTITY
from webhooks.matching import match
from webhooks.models import Delivery, Event
from webhooks.transitions import Added
from webhooks.whatsapp.items import Item
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read

logger = logging.getLogger(__name__)

_ADDED = ("message_key", "target_key", "error_code")  # to the columns that a release before wrote
_VALUES = attrgetter(*_ADDED)
# So long after the first run of this release one before it may still write rows.
SIDE_BY_SIDE = timedelta(hours=1)

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class FillReport:
    """How far it has come."""

    rows: int  # that were filled in now
    down_to: datetime  # what was received since has been gone through
    done: bool  # nothing is left


def fill_in(*, clock: Clock, until: datetime) -> FillReport:
    """Goes through what is left, until the time is up. Any number may do so: they take turns.

    Raises Django's database errors.
    """
    filled = 0
    while True:
        now = clock()
        with transaction.atomic():
            mark = _held_mark(now=now)
            begun = mark.done_at is None and mark.begins_at <= now
            if begun:
                filled += _step(mark, now=now)
        if not begun or mark.done_at or clock() >= until:
            return FillReport(rows=filled, down_to=mark.down_to, done=mark.done_at is not None)


def begin_again(*, now: datetime) -> None:
    """Lets everything be gone through again: an older release has written rows once more."""
    with transaction.atomic():
        mark = _held_mark(now=now)
        mark.begins_at = mark.down_to = now
        mark.delivery_id = mark.done_at = None
        mark.save()


def _held_mark(*, now: datetime) -> OlderRowsMark:
    """Returns the mark; its row is held until the end of the transaction.

    One that begins too late was left by somebody whose clock was wrong.
    """
    begins_at = now + SIDE_BY_SIDE
    mark = held(OlderRowsMark(pk=1, begins_at=begins_at, down_to=begins_at))
    if mark.begins_at > begins_at:
        mark.begins_at = mark.down_to = begins_at
        mark.save()
    return mark


def _step(mark: OlderRowsMark, *, now: datetime) -> int:
    """Goes through the next part and moves the mark behind it; returns how many rows it filled."""
    part = _next_part(mark)
    filled = _fill([key for key, _ in part])
    if part:
        mark.delivery_id, mark.down_to = part[-1]
    else:
        mark.done_at = now
    mark.save()
    return filled


def _next_part(mark: OlderRowsMark) -> Sequence[tuple[UUID, datetime]]:
    """The key of each, and when it was received."""
    older = Q(received_at__lt=mark.down_to)
    if mark.delivery_id:
        older = older_than(mark.down_to, mark.delivery_id)
    return next_part(Delivery.objects.filter(older).order_by(*NEWEST_FIRST))


def _fill(keys: Sequence[UUID]) -> int:
    rows: dict[UUID, list[Event]] = defaultdict(list)
    names = ("delivery_id", "target_id", *IDENTITY, *_ADDED)
    for row in Event.objects.filter(delivery__in=keys).only(*names):
        rows[row.delivery_id].append(row)
    found = Delivery.objects.filter(pk__in=rows, body__isnull=False).only("body")
    lacking = [added for each in found for added in _lacking(each, rows[each.pk])]
    transitions.add(lacking)
    return len(lacking)


def _lacking(delivery: Delivery, rows: Iterable[Event]) -> Iterator[Added]:
    """What these rows would have if they were written today. What stands in a row stays."""
    for item, row in match(_items(delivery), rows):
        if item is None or row is None:
            continue
        today = new_events.event_of(delivery, item)
        if today.target_id != row.target_id:
            today.target_key = None
        stands, now = _VALUES(row), _VALUES(today)
        both = [old if old is not None else new for old, new in zip(stands, now, strict=True)]
        if both != [*stands]:
            yield Added(event=row.pk, **dict(zip(_ADDED, both, strict=True)))


def _items(delivery: Delivery) -> Sequence[Item]:
    try:
        return read(parse(bytes(delivery.body or b"")))
    except Exception:
        # One odd payload stops none of the others.
        logger.exception(
            "The rows of a delivery cannot be filled in.", extra={"delivery": str(delivery.pk)}
        )
        return ()
