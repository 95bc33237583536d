"""The chores that a scheduler starts: what a round of one came to, and when it was last done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from webhooks.models import DoneChore


class Chore(StrEnum):
    """A chore, by the name that it has with its scheduler (docs/deployment.md)."""

    SWEEPER = "sweeper"
    CATCH_UP = "catch-up"
    RETENTION = "retention"


class Hindrance(StrEnum):
    """What was in the way of a round, in words. The next one goes on."""

    QUEUE = "The queue cannot be reached."
    TIME = "There was no time for any replay."


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """What a round came to, for whoever started it."""

    report: Mapping[str, Any]  # counts and times, as JSON holds them
    words: str  # the same in sentences
    hindrance: Hindrance | None


# How long after the last time it was not done the next time. The first two are due every minute and
# may take one, the third every night.
LATE: Mapping[Chore, timedelta] = {
    Chore.SWEEPER: timedelta(minutes=5),
    Chore.CATCH_UP: timedelta(minutes=5),
    Chore.RETENTION: timedelta(hours=26),
}


def note(chore: Chore, *, now: datetime) -> None:
    """Notes that a chore was done, whatever it came to. Raises Django's database errors."""
    DoneChore.objects.bulk_create(
        [DoneChore(name=chore.value, done_at=now)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["done_at"],
    )


def last_done() -> Mapping[Chore, datetime]:
    """Those that were ever done, and when last. Raises Django's database errors."""
    found = dict(DoneChore.objects.values_list("name", "done_at"))
    return {chore: found[chore.value] for chore in Chore if chore.value in found}
