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

REFUSED: Mapping[str, str] = {
    Cause.MISSING: "without a signature: strangers, most likely",
    Cause.MALFORMED: "with what is no signature: strangers, most likely",
    Cause.MISMATCH: "signed with another app secret than ours. If all of Meta’s are, nothing "
    "comes in: see docs/runbook.md, Rotating the app secret",
    Cause.UNCONFIGURED: "since we have no app secret to check a signature with: nothing comes in",
}


def failed(word: str, seen: Seen) -> Notice:
    """Events that failed for one reason."""
    reason = Reason.of(word)
    return _of_events(
        ProblemKind.FAILED,
        seen,
        f"{_events(seen.count)} failed: {reason.phrase}. {reason.meaning}",
        EventFilter(states=(reason.state,), reasons=(reason,)),
        severity=Severity.URGENT,
    )


def skipped(word: str, seen: Seen) -> Notice:
    """Events that were skipped for one reason."""
    reason = Reason.of(word)
    return _of_events(
        ProblemKind.SKIPPED,
        seen,
        f"{_events(seen.count)} {_were(seen.count)} skipped: {reason.phrase}. {reason.meaning}",
        EventFilter(states=(reason.state,), reasons=(reason,)),
    )


def reported(word: str, seen: Seen) -> Notice:
    """Events with one of Meta's error codes."""
    code = explained(int(word))
    return _of_events(
        ProblemKind.CODE,
        seen,
        f"Meta reports error {word} ({code.title}) with {_events(seen.count)}. {code.meaning}",
        EventFilter(codes=(int(word),)),
    )


def changed_hands(word: str, seen: Seen) -> Notice:
    """Changes by which a number, an account or a conversation may be somebody else's."""
    said = FIELDS[word]
    return _of_events(
        ProblemKind.TAKEN_OVER,
        seen,
        f"{said.label}, {_times(seen.count)}: {said.did} {said.advice}",
        EventFilter(words=(word,)),
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


def _of_events(
    kind: ProblemKind,
    seen: Seen,
    words: str,
    wanted: EventFilter,
    *,
    severity: Severity = Severity.WARNING,
) -> Notice:
    return Notice(
        kind=kind,
        severity=severity,
        words=words,
        page=EVENT_LIST,
        query=query_string(wanted),
        link="Show these events",
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
