"""Tasks that came to nothing and are tried again: Firestore does not answer, most of the time."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from eventlog.attention.notice import Notice, Severity
from eventlog.models import ProblemKind
from listeners.models import TaskRun

RECENT = timedelta(minutes=10)
# Counting stops here: a look costs the same however many there are.
COUNTED_AT_MOST = 1000


def tasks_tried_again(now: datetime) -> Sequence[Notice]:
    """Counts the newest runs that did not end well, by the index of them."""
    rows = TaskRun.objects.filter(result=TaskRun.Result.TRY_AGAIN).order_by("-pk")
    newest = rows.values_list("finished_at", flat=True)[:COUNTED_AT_MOST]
    moments = [finished_at for finished_at in newest if finished_at >= now - RECENT]
    if not moments:
        return []
    many = f"{len(moments):,}{' or more' if len(moments) == COUNTED_AT_MOST else ''}"
    runs = f"{many} run{'' if len(moments) == 1 else 's'}"
    return [
        Notice(
            kind=ProblemKind.FIRESTORE,
            count=len(moments),
            first_at=min(moments),
            last_at=max(moments),
            severity=Severity.URGENT,
            words=f"{runs} of tasks came to nothing within ten minutes: Firestore or the database "
            "does not answer, or answers with errors. The queue tries again, and nothing is lost; "
            "what each run says is in its list.",
            page="admin:listeners_taskrun_changelist",
            query=f"result__exact={TaskRun.Result.TRY_AGAIN.value}",
            link="Show these runs",
        )
    ]
