"""Overdue events: open, and longer due than the sweeper lets anything be."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from eventlog.attention.notice import Notice, Severity
from eventlog.links import EVENT_LIST
from eventlog.models import ProblemKind
from eventlog.questions.filters import EventFilter, query_string
from eventlog.zones.wall import in_utc
from webhooks.models import Event
from webhooks.outcomes import OPEN, State

# The sweeper comes every minute, and leaves an event that waits another one for its own task.
PATIENCE = timedelta(minutes=3)
# Counting stops here: a look costs the same however long the queue is.
COUNTED_AT_MOST = 10_000


def overdue_events(now: datetime) -> Sequence[Notice]:
    """Tells events that no task could be made for from those whose tasks came to nothing.

    The moments of both are read from the index of what is open, in the order of their turn.
    """
    rows = Event.objects.filter(check_at__lt=now - PATIENCE).order_by("check_at")
    overdue = list(rows.values_list("state", "check_at")[: COUNTED_AT_MOST + 1])
    without_task = [due for state, due in overdue if due and state == State.RECEIVED]
    others = [due for state, due in overdue if due and state != State.RECEIVED]
    more = len(overdue) > COUNTED_AT_MOST
    return [
        *([_without_task(without_task, more=more)] if without_task else []),
        *([_not_settled(others, more=more)] if others else []),
    ]


def _without_task(due: Sequence[datetime], *, more: bool) -> Notice:
    return Notice(
        kind=ProblemKind.QUEUE,
        count=len(due),
        severity=Severity.URGENT,
        words=f"The queue takes nothing: {_events(due, more)} should have had a task since "
        f"{_moment(due)}, and none could be made. What came is kept, and the sweeper goes "
        "on trying; if it does not run, start it.",
        page=EVENT_LIST,
        query=_in(State.RECEIVED),
        link="Show events without a task",
    )


def _not_settled(due: Sequence[datetime], *, more: bool) -> Notice:
    return Notice(
        kind=ProblemKind.OVERDUE,
        count=len(due),
        severity=Severity.URGENT,
        words=f"Nobody sees to {_events(due, more)}, overdue since {_moment(due)}. The sweeper "
        "does not run or is behind, or the queue takes nothing from it.",
        page=EVENT_LIST,
        query=_in(*sorted(OPEN - {State.RECEIVED})),
        link="Show events on their way",
    )


def _events(due: Sequence[datetime], more: bool) -> str:
    return f"{len(due):,}{' or more' if more else ''} event{'' if len(due) == 1 else 's'}"


def _moment(due: Sequence[datetime]) -> str:
    return in_utc(due[0])


def _in(*states: State) -> str:
    return query_string(EventFilter(states=states))
