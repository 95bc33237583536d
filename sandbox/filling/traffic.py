"""What traffic is like: when deliveries come, of which size, with what, and how long all takes."""

import random
from bisect import bisect
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import accumulate
from typing import TypeVar

from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Kind

Choice = TypeVar("Choice")

LEASE_NUMBERS = tuple(f"4477009001{number:02}" for number in range(12))
LEASE_WEIGHTS = tuple(1 / (rank + 1) for rank in range(len(LEASE_NUMBERS)))
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
# Of what failed.
ERROR_CODES: Mapping[int, float] = {131026: 45, 131049: 30, 131047: 20, 130472: 4, 131000: 1}
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


def sizes(source: random.Random, deliveries: int, events: int) -> list[int]:
    """How many items each delivery has: mostly one, sometimes many, `events` in all."""
    drawn = source.choices(list(ITEMS), list(ITEMS.values()), k=deliveries)
    factor = events / sum(drawn)
    edges = [round(edge * factor) for edge in accumulate(drawn)]
    return [edge - before for before, edge in zip([0, *edges], edges, strict=False)]


def moments(source: random.Random, count: int, *, days: int, now: datetime) -> Iterator[datetime]:
    """When so many deliveries came, in order: by day and night, the last just before `now`."""
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


def short(source: random.Random, median: float) -> timedelta:
    """A time as services take it: mostly near the median of so many seconds, now and then long."""
    return timedelta(seconds=source.lognormvariate(0, 0.7) * median)


def pick(source: random.Random, weights: Mapping[Choice, float]) -> Choice:
    """One of them, as often as its weight says."""
    return source.choices(list(weights), list(weights.values()))[0]
