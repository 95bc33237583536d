"""Keeps the bytes of tasks that cannot be read, until somebody has seen to them."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.db.models import F, Q, QuerySet

from listeners.models import UnreadableTask

_OPEN = Q(closed_at=None)


def keep(body: bytes, *, task_name: str, now: datetime) -> None:
    """Notes that these bytes came as a task; those that come again are open again.

    Raises Django's database errors.
    """
    row = UnreadableTask(
        digest=sha256(body).hexdigest(),
        body=body,
        size=len(body),
        task_name=task_name,
        first_seen_at=now,
        last_seen_at=now,
    )
    again = {"last_seen_at": now, "task_name": task_name, "closed_at": None, "closed_by_name": ""}
    if UnreadableTask.objects.filter(digest=row.digest).update(seen=F("seen") + 1, **again):
        return
    # Of two at once the second finds the row of the first.
    UnreadableTask.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["digest"], update_fields=["last_seen_at"]
    )


def still_open() -> QuerySet[UnreadableTask]:
    """Those that nobody has closed."""
    return UnreadableTask.objects.filter(_OPEN)


def close(keys: Sequence[int], *, by_name: str, now: datetime) -> list[UnreadableTask]:
    """Closes those that somebody has seen to. Returns the ones that were open until now."""
    with transaction.atomic():
        rows = still_open().select_for_update().filter(pk__in=keys).defer("body")
        closed = list(rows.order_by("pk"))
        UnreadableTask.objects.filter(pk__in=[row.pk for row in closed]).update(
            closed_at=now, closed_by_name=by_name
        )
    return closed
