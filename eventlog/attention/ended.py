"""What to say of events that end badly, of changes that Meta tells of, and of refused requests."""

from collections.abc import Mapping

from eventlog.attention.notice import Notice, Severity
from eventlog.error_codes import explained
from eventlog.kinds.change import WORDS as FIELDS
from eventlog.links import EVENT_LIST
from eventlog.models import ProblemKind
from eventlog.questions.filters import EventFilter, query_string
from eventlog.signs.noting import Seen
from webhooks.authentication import Cause
from webhooks.outcomes import Reason

EVENTS = "Show these events"
REFUSED: Mapping[str, str] = {
    Cause.MISSING: "without a signature: strangers, most likely",
    Cause.MALFORMED: "with what is no signature: strangers, most likely",
    Cause.MISMATCH: "signed with another app secret than ours. If all of Meta’s are, nothing "
    "comes in: see docs/runbook.md, Rotating the app secret",
    Cause.UNCONFIGURED: "since we have no app secret to check a signature with: nothing comes in",
}


def failed(word: str, seen: Seen) -> Notice:
    """Events that failed for one reason, of whatever number: it lies with us, or with Firestore."""
    reason = Reason.of(word)
    return Notice(
        kind=ProblemKind.FAILED,
        severity=Severity.URGENT,
        words=f"{_events(seen.count)} failed: {reason.phrase}. {reason.meaning}",
        page=EVENT_LIST,
        query=query_string(EventFilter(states=(reason.state,), reasons=(reason,))),
        link=EVENTS,
        count=seen.count,
        first_at=seen.first_at,
        last_at=seen.last_at,
    )


def skipped(word: str, seen: Seen) -> Notice:
    """Events that were skipped for one reason."""
    reason = Reason.of(word)
    return Notice(
        kind=ProblemKind.SKIPPED,
        severity=Severity.WARNING,
        words=f"{_events(seen.count)} {_were(seen.count)} skipped: {reason.phrase}. "
        f"{reason.meaning}",
        page=EVENT_LIST,
        query=query_string(EventFilter(states=(reason.state,), reasons=(reason,))),
        link=EVENTS,
        count=seen.count,
        first_at=seen.first_at,
        last_at=seen.last_at,
    )


def reported(word: str, seen: Seen) -> Notice:
    """Events with one of Meta's error codes."""
    code = explained(int(word))
    return Notice(
        kind=ProblemKind.CODE,
        severity=Severity.WARNING,
        words=f"Meta reports error {word} ({code.title}) with {_events(seen.count)}. "
        f"{code.meaning}",
        page=EVENT_LIST,
        query=query_string(EventFilter(code=int(word))),
        link=EVENTS,
        count=seen.count,
        first_at=seen.first_at,
        last_at=seen.last_at,
    )


def changed_hands(word: str, seen: Seen) -> Notice:
    """Changes by which a number, an account or a conversation may be somebody else's."""
    said = FIELDS[word]
    return Notice(
        kind=ProblemKind.TAKEN_OVER,
        severity=Severity.WARNING,
        words=f"{said.label}, {_times(seen.count)}: {said.did} {said.advice}",
        page=EVENT_LIST,
        query=query_string(EventFilter(word=word)),
        link=EVENTS,
        count=seen.count,
        first_at=seen.first_at,
        last_at=seen.last_at,
    )


def refused(word: str, seen: Seen) -> Notice:
    """Requests that were refused at the door for one cause."""
    return Notice(
        kind=ProblemKind.REFUSED,
        severity=Severity.WARNING,
        words=f"{seen.count:,} requests were refused, {REFUSED.get(word, word)}.",
        page="admin:webhooks_refusalcount_changelist",
        query=f"cause={word}",
        link="Show refusal counts",
        count=seen.count,
        first_at=seen.first_at,
        last_at=seen.last_at,
    )


def _events(count: int) -> str:
    return f"{count:,} event{'' if count == 1 else 's'}"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
