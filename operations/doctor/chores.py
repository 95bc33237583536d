"""What a scheduler starts, and what the front page of the event log says needs attention."""

from collections.abc import Iterator, Mapping

from django.utils.timezone import localtime

from eventlog.attention.looks import STANDING, look_at_all
from eventlog.attention.notice import Notice, Severity
from operations.doctor.seen import Asked, Seen, cannot_tell, well, wrong
from operations.doctor.waiting import in_time
from webhooks import clock
from webhooks.chores import LATE, Chore, last_done

SCHEDULE_IT = "Schedule it: docs/deployment.md, What runs by the clock."
_BY_HAND = (
    "the log of queue-services. The job `manage` does a round without the limits of the services' "
    "database user: "
)
LOOK_AT: Mapping[Chore, str] = {
    Chore.SWEEPER: f"{_BY_HAND}`manage requeue_stuck`.",
    Chore.CATCH_UP: f"{_BY_HAND}`manage catch_up`.",
    Chore.RETENTION: "the executions of its job.",
}


def look(_: Asked) -> Iterator[Seen]:
    """Says of each chore when it was last done. Raises Django's database errors."""
    with in_time():
        done, now = last_done(), clock.now()
    for chore, late in LATE.items():
        if chore not in done:
            yield wrong(f"{chore} was never done.", SCHEDULE_IT)
        elif now - done[chore] > late:
            yield wrong(
                f"{chore} was last done {localtime(done[chore]):%d %b %H:%M:%S}.",
                f"Look at the schedule `{chore}` and at {LOOK_AT[chore]}",
            )
        else:
            yield well(f"{chore} was last done {localtime(done[chore]):%d %b %H:%M:%S}.")


def look_at_attention(_: Asked) -> Iterator[Seen]:
    """Says what keeps events from being applied, and what could not be looked at.

    Raises Django's database errors.
    """
    found: list[Notice] = []
    for each in STANDING:
        with in_time():
            found += look_at_all(now=clock.now(), looks=[each]).notices
    for notice in found:
        if notice.severity == Severity.URGENT:
            yield wrong(notice.words, "The problems of the event log lead to these events.")
        elif notice.severity == Severity.UNKNOWN:
            yield cannot_tell(notice.words, "See the log of this process.")
    if not any(notice.severity in {Severity.URGENT, Severity.UNKNOWN} for notice in found):
        yield well("No event waits for somebody to act.")
