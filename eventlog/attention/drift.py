"""Contract drift that is new: somebody should look before something is missed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q
from django.utils.timezone import localtime

from eventlog.attention.notice import Notice, Severity
from eventlog.models import DriftCount, ProblemKind
from webhooks.whatsapp.drift.shapes import Departure

NEW = timedelta(days=1)
OF_RECORDS = Q(departure=Departure.GIVEN_AWAY.value)


def new_drift(now: datetime) -> Sequence[Notice]:
    """Says what was seen for the first time within the last day, however much of it came.

    And of tracking records, which are there to be corrected, what was seen at all.
    """
    found = DriftCount.objects.aggregate(
        count=Count("pk", filter=~OF_RECORDS & Q(first_at__gte=now - NEW)),
        since=Min("first_at", filter=~OF_RECORDS & Q(first_at__gte=now - NEW)),
        given_away=Max("last_at", filter=OF_RECORDS & Q(last_at__gte=now - NEW)),
    )
    notices = []
    if found["count"]:
        what = "one thing" if found["count"] == 1 else f"{found['count']:,} things"
        words = (
            f"Meta sends {what} that it does not document and did not send before, since "
            f"{_clock(found['since'])}. What can be read is applied as ever; see whether it "
            "changes what drivers and customers should see."
        )
        notices.append(_notice("payloads", words, count=found["count"]))
    if found["given_away"]:
        words = (
            "A tracking record has the user id of a driver whom Meta named last with another "
            f"number; an event met it last on {_clock(found['given_away'])}. While the driver’s "
            "number is withheld, it is not found: see in the event whose it is, and correct it."
        )
        notices.append(_notice("tracking records", words))
    return notices


def _notice(subject: str, words: str, *, count: int = 1) -> Notice:
    return Notice(
        kind=ProblemKind.DRIFT,
        subject=subject,
        count=count,
        severity=Severity.WARNING,
        words=words,
        page="admin:eventlog_driftcount_changelist",
        link="Show contract drift",
    )


def _clock(moment: datetime) -> str:
    return f"{localtime(moment):%d %b %H:%M:%S}"
