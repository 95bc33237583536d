"""Tasks that nobody could read, until somebody has seen to them."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Min

from eventlog.attention.notice import Notice, Severity
from eventlog.models import ProblemKind
from eventlog.zones.wall import in_utc
from listeners.unreadable.keeping import still_open


def unreadable_tasks(_: datetime) -> Sequence[Notice]:
    """Says how many are open, and that their events are not lost."""
    found = still_open().aggregate(count=Count("pk"), since=Min("first_seen_at"))
    if not found["count"]:
        return []
    what = "1 task" if found["count"] == 1 else f"{found['count']:,} tasks"
    return [
        Notice(
            kind=ProblemKind.UNREADABLE,
            count=found["count"],
            severity=Severity.WARNING,
            words=f"{what} could not be read, since {in_utc(found['since'])}: a "
            "bug of ours, or of a release beside this one. The bytes are kept, and the sweeper "
            "sees to the events.",
            page="admin:listeners_unreadabletask_changelist",
            query="standing=open",
            link="Show unreadable tasks",
        )
    ]
