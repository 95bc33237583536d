"""What came of replayed events, read from their rows and noted; jobs without open ones end."""

from datetime import datetime

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    F,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)

from eventlog.models import ReplayedEvent, ReplayJob
from eventlog.replay.fates import IN_CHAT, IN_CHAT_REASONS
from webhooks.models import Event
from webhooks.outcomes import SETTLED, State

EVENT = Event.objects.filter(pk=OuterRef("event"))
# Of the event as it stands now. A join would let SQLite begin with the events, which are many.
EVENT_STATE = Subquery(EVENT.values("state"))
# Of the same chat as was foreseen, or in none for the same reason: see `IN_CHAT` for why no more.
SAME_CHAT = EVENT.filter(
    state__in=IN_CHAT,
    lease_id=OuterRef("lease_id_foreseen"),
    enquiry_id=OuterRef("enquiry_id_foreseen"),
)
SAME_REASON = EVENT.filter(reason=OuterRef("reason_foreseen"))
OTHERWISE = Case(
    When(reason_foreseen="", then=Value(None)),
    When(Q(reason_foreseen__in=IN_CHAT_REASONS) & Exists(SAME_CHAT), then=Value(False)),
    When(~Q(reason_foreseen__in=IN_CHAT_REASONS) & Exists(SAME_REASON), then=Value(False)),
    default=Value(True),
    output_field=BooleanField(null=True),
)
OUTCOME = {
    "state_after": EVENT_STATE,
    "reason_after": Subquery(EVENT.values("reason")),
    "otherwise": OTHERWISE,
}
EVENTS_AT_A_TIME = 1000
# Opened, and no outcome is noted yet.
UNSETTLED = Q(closed_at=None, reopened_at__isnull=False)


def collect_outcomes(*, now: datetime) -> int:
    """Notes the outcomes of all replayed events that have one by now; finishes their jobs.

    Nothing of a replay is in the way of an event being applied: what became of it is read from
    its row. Returns how many outcomes were noted.
    """
    noted = 0
    while some := _note(now=now):
        noted += some
        if some < EVENTS_AT_A_TIME:
            break
    unfinished = ReplayedEvent.objects.filter(job=OuterRef("pk"), closed_at=None)
    for job in ReplayJob.objects.filter(~Exists(unfinished), state=ReplayJob.State.RUNNING):
        _finish(job, now=now)
    return noted


def _note(*, now: datetime) -> int:
    """Notes the outcomes of some of them in one statement, unless they are open again."""
    settled = ReplayedEvent.objects.filter(UNSETTLED).annotate(event_state=EVENT_STATE)
    settled = settled.filter(event_state__in=SETTLED)
    some = settled.order_by("event_id").values("pk")[:EVENTS_AT_A_TIME]
    return settled.filter(pk__in=some).update(**OUTCOME, closed_at=now)


def _finish(job: ReplayJob, *, now: datetime) -> None:
    changed = ReplayedEvent.objects.filter(job=job, reopened_at__isnull=False).exclude(
        state_before=F("state_after"), reason_before=F("reason_after")
    )
    job.changed_count = changed.count()
    # What a repair brings back had been applied before, too.
    again = job.events if job.kind == ReplayJob.Kind.REPAIR else changed
    job.applied_count = again.filter(state_after=State.PROCESSED).count()
    job.state, job.finished_at = ReplayJob.State.FINISHED, now
    job.save()
