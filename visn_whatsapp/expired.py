"""What logins leave behind once it has had its time: sessions, and failures that count no more."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.db.models import QuerySet


@dataclass(frozen=True, kw_only=True, slots=True)
class Expired:
    """What was deleted; of a dry run, what would be."""

    sessions: int
    failures: int  # to log in, whose address and user name would otherwise stay


def forget_expired(*, now: datetime, dry_run: bool = False) -> Expired:
    """Deletes what nobody asks for any more. Raises Django's database errors."""
    sessions = Session.objects.filter(expire_date__lt=now)
    failures = AccessAttempt.objects.filter(attempt_time__lt=now - get_cool_off())
    return Expired(sessions=_count(sessions, dry_run), failures=_count(failures, dry_run))


def _count(rows: QuerySet[Any], dry_run: bool) -> int:
    return rows.count() if dry_run else rows.delete()[0]
