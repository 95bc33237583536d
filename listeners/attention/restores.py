"""What a restored ledger leaves to people: deliveries that tasks name and that it has not."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.timezone import localtime

from listeners.attention.notice import Notice, Severity
from listeners.restores.unknown import still_open


def unknown_deliveries(_: datetime) -> Sequence[Notice]:
    """Says how many are open, and what to do first."""
    found = still_open().aggregate(count=Count("pk"), since=Min("first_seen_at"))
    if not found["count"]:
        return []
    many = "y that the ledger has not" if found["count"] == 1 else "ies that the ledger has not"
    return [
        Notice(
            severity=Severity.URGENT,
            words=f"Tasks name {found['count']:,} deliver{many}, since "
            f"{localtime(found['since']):%d %b %H:%M:%S}. If it was restored to an earlier time, "
            "run manage.py restored --to MOMENT, and have what is missing sent again.",
            url=f"{reverse('admin:listeners_unknowndelivery_changelist')}?standing=open",
            link="Show unknown deliveries",
        )
    ]
