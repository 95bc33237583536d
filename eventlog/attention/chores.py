"""Chores that were not done in time."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from eventlog.attention.notice import Notice, Severity
from eventlog.models import ProblemKind
from eventlog.zones.wall import in_utc
from webhooks.chores import LATE, Chore, last_done

WORDS: Mapping[Chore, str] = {
    Chore.SWEEPER: "Nobody sees to events whose task came to nothing.",
    Chore.CATCH_UP: "Meanwhile nobody added up figures, went on with replays or looked for "
    "problems.",
    Chore.RETENTION: "What is due to be deleted is kept.",
}


def late_chores(now: datetime) -> Sequence[Notice]:
    """Says which are late. Of what never was done the doctor tells.

    It is catching up that looks: of its own lateness it tells once it is back, before it notes
    that it is done. While it is away, whoever shows problems has to say since when.
    """
    return [
        Notice(
            kind=ProblemKind.CHORE,
            subject=chore.value,
            severity=Severity.WARNING if chore == Chore.RETENTION else Severity.URGENT,
            words=f"{chore.capitalize()} was last done {in_utc(done_at)}. "
            f"{WORDS[chore]} See whether its schedule runs (docs/runbook.md, A job does not run).",
            first_at=done_at + LATE[chore],
        )
        for chore, done_at in last_done().items()
        if now - done_at > LATE[chore]
    ]
