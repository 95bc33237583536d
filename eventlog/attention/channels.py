"""Channels that do not take what is to be told."""

from collections.abc import Sequence
from datetime import datetime

from eventlog.attention.notice import Notice, Severity
from eventlog.models import Channel, ProblemKind
from eventlog.zones.wall import in_utc


def failing_channels(_: datetime) -> Sequence[Notice]:
    """Says of each since when, and why as far as that may be said."""
    failing = Channel.objects.filter(is_configured=True, failing_since__isnull=False)
    return [
        Notice(
            kind=ProblemKind.CHANNEL,
            subject=row.name,
            count=row.failures,
            first_at=since,
            severity=Severity.WARNING,
            words=f"The channel {row.name} has taken nothing since "
            f"{in_utc(since)}: {row.error}. What is to be told is kept, and tried again.",
            page="admin:channels",
            link="Show channels",
        )
        for row in failing
        if (since := row.failing_since)
    ]
