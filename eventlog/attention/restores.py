"""What a restore leaves to people: deliveries that were forgotten, and windows to be closed."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Min

from eventlog.attention.notice import Notice, Severity
from eventlog.models import ProblemKind
from eventlog.zones.wall import in_utc
from listeners.models import RestoreWindow
from listeners.restores.unknown import still_open
from listeners.restores.windows import open_windows


def unknown_deliveries(_: datetime) -> Sequence[Notice]:
    """Says how many are open, and what to do first."""
    found = still_open().aggregate(count=Count("pk"), since=Min("first_seen_at"))
    if not found["count"]:
        return []
    many = "y that the ledger has not" if found["count"] == 1 else "ies that the ledger has not"
    return [
        Notice(
            kind=ProblemKind.UNKNOWN,
            count=found["count"],
            severity=Severity.URGENT,
            words=f"Tasks name {found['count']:,} deliver{many}, since "
            f"{in_utc(found['since'])}. If it was restored to an earlier time, "
            "run “manage restored --to MOMENT” as in docs/runbook.md, and have what is missing "
            "sent again.",
            page="admin:listeners_unknowndelivery_changelist",
            query="standing=open",
            link="Show unknown deliveries",
        )
    ]


def restore_windows(_: datetime) -> Sequence[Notice]:
    """Says which windows are open, since each text in them costs a search."""
    return [_of_window(window) for window in open_windows().order_by("pk")]


def _of_window(window: RestoreWindow) -> Notice:
    opened = in_utc(window.opened_at)
    return Notice(
        kind=ProblemKind.RESTORE,
        subject=str(window.pk),
        severity=Severity.WARNING,
        words=f"Restore window {window.pk} is open since {opened}. {window.get_what_display()} "
        "Once nothing of that time can come again, close it: "
        f"“manage restored --close {window.pk}” (docs/runbook.md)",
        page="admin:listeners_restorewindow_changelist",
        link="Show restore windows",
    )
