"""Contract drift that is new: somebody should look before something is missed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.timezone import localtime

from eventlog.attention.notice import Notice, Severity
from eventlog.models import DriftCount

NEW = timedelta(days=1)


def new_drift(now: datetime) -> Sequence[Notice]:
    """Says what was seen for the first time within the last day, however much of it came."""
    new = DriftCount.objects.filter(first_at__gte=now - NEW)
    found = new.aggregate(count=Count("pk"), since=Min("first_at"))
    if not found["count"]:
        return []
    what = "one thing" if found["count"] == 1 else f"{found['count']:,} things"
    return [
        Notice(
            severity=Severity.WARNING,
            words=f"Meta sends {what} that it does not document and did not send before, since "
            f"{localtime(found['since']):%d %b %H:%M:%S}. What can be read is applied as ever; "
            "see whether it changes what drivers and customers should see.",
            url=reverse("admin:eventlog_driftcount_changelist"),
            link="Show contract drift",
        )
    ]
