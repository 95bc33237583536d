"""What the newest rows of the log hold, for what people know only a part of and no index finds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Manager, QuerySet

from eventlog.questions.masking import fingerprint
from eventlog.questions.windows import NEWEST_FIRST
from webhooks.models import Delivery, Event

LOOKED_THROUGH = (
    20_000  # rows: a day of two millions in three months, read in a fraction of a second
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What was looked through, for whoever reads it."""

    at: str  # `message ids of the newest 20,000 events`, or `… of all events`
    since: datetime | None  # when the oldest of them came; None: these are all that there are


def numbers_ending(ends: tuple[str, ...]) -> tuple[list[str], Look]:
    """The drivers' numbers that end so, of whoever wrote last first. Two queries."""
    rows = newest_of(Event.objects).values_list("person_number", flat=True)
    numbers = dict.fromkeys(number for number in rows if number.endswith(ends))
    return list(numbers), _look(Event.objects, "drivers’ numbers of {} events")


def messages_with(wanted: str) -> tuple[list[str], Look]:
    """The ids of messages whose fingerprint it is: their own, and those they refer to.

    Of the newest first. Two queries, and a hash for each id.
    """
    rows = newest_of(Event.objects).values_list("message_id", "target_id")
    ids = dict.fromkeys(each for pair in rows for each in pair if each)
    found = [each for each in ids if fingerprint(each) == wanted]
    return found, _look(Event.objects, "message ids of {} events")


def deliveries_ending(end: str) -> tuple[list[UUID], Look]:
    """The deliveries whose id ends in these hexadecimal digits, the newest first. Two queries."""
    ids: Iterable[UUID] = newest_of(Delivery.objects).values_list("pk", flat=True)
    return [each for each in ids if each.hex.endswith(end)], _look(
        Delivery.objects, "ids of {} deliveries"
    )


def names_like(word: str) -> tuple[list[str], Look]:
    """The ids of messages, enquiries, lease companies and users that are this but for its case.

    Of the newest events first. Two queries.
    """
    rows = newest_of(Event.objects).values_list(
        "message_id", "target_id", "enquiry_id", "lease_id", "person_user_id"
    )
    names, wanted = dict.fromkeys(each for row in rows for each in row), word.casefold()
    found = [each for each in names if each.casefold() == wanted]
    return found, _look(Event.objects, "ids of {} events, whatever their case")


def newest_of(log: Manager[Any]) -> QuerySet[Any]:
    """The rows that are looked at: the order alone chooses them, so they are never more."""
    return log.order_by(*NEWEST_FIRST)[:LOOKED_THROUGH]


def reach_of(rows: Manager[Any] | QuerySet[Any]) -> datetime | None:
    """When the oldest came of so many of the newest rows; None where there are no older ones."""
    moments = rows.order_by(*NEWEST_FIRST).values_list("received_at", flat=True)
    # One more than are looked through tells whether there are older ones.
    last = list(moments[LOOKED_THROUGH - 1 : LOOKED_THROUGH + 1])
    return last[0] if len(last) > 1 else None


def _look(log: Manager[Any], words: str) -> Look:
    since = reach_of(log)
    return Look(at=words.format(f"the newest {LOOKED_THROUGH:,}" if since else "all"), since=since)
