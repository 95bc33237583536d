"""A problem as data, for a monitor or another service."""

from typing import Any

from eventlog.models import Problem
from eventlog.questions.masking import MASKED


def data(row: Problem) -> dict[str, Any]:
    """What there is to tell of it. Free of personal data; its lease number is masked."""
    return {
        "problem": row.pk,
        "kind": row.kind,
        "severity": row.severity,
        "state": row.state,
        "lease_number": MASKED.number(row.lease_number),
        "words": row.words,
        "since": row.opened_at.isoformat(),
        "last": row.last_at.isoformat(),
        "times": row.times,
        "owner": row.owner_name,
    }
