"""Words for people: what an event is, why it is where it is, how long something took."""

from collections.abc import Mapping
from datetime import timedelta

from django.utils.text import capfirst

from eventlog.error_codes import explained
from eventlog.kinds import DISPLAYS, display_of, said_by
from eventlog.questions.masking import MASKED
from listeners.models import TaskRun
from visn_whatsapp.explained import phrase_of
from visn_whatsapp.untrusted import whole_number
from webhooks.models import Event
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.failures import CODE_DIGITS

# Whether a run came to an end, or the queue had to come again.
RUN_WORDS: Mapping[str, str] = {
    TaskRun.Result.DONE: "Done",
    TaskRun.Result.TRY_AGAIN: "Tried again",
}

# The explicit marks of Unicode's bidirectional algorithm: embeddings, overrides, isolates.
_DIRECTIONS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))

AT_ONCE = "at once"


def kind_word(event: Event) -> str:
    """What sort of item it is: `Status`, `Message`."""
    return display_of(event.kind).label


def name_word(event: Event) -> str:
    """Meta's own word where it says more than the kind: `delivered`, `image`.

    It may be anything, and is in titles, so numbers and ids in it are masked for everybody.
    """
    return undirected(MASKED.told(event.name)) if display_of(event.kind).tells_more else ""


def undirected(words: str) -> str:
    """Words without the marks that turn the direction of what stands beside them.

    Nothing else in a page ends an embedding or an override that words begin and do not end.
    Right-to-left writing needs none of them.
    """
    return words.translate(_DIRECTIONS)


def title(event: Event) -> str:
    """An event in a few words: `Text`, `Status delivered`."""
    return " ".join(filter(None, (kind_word(event), name_word(event))))


def is_undelivered(event: Event, reason: str) -> bool:
    """Whether an outcome tells that a message of ours did not reach the driver.

    A failure that Meta reports after the delivery says nothing of the kind.
    """
    told = event.name in display_of(event.kind).undelivered
    return told and reason in (Reason.APPLIED, Reason.ALREADY_APPLIED)


def cause(event: Event) -> str:
    """What lies behind a reason: what somebody did, or `131049 Held back as too much marketing`."""
    if said := said_by(event):
        return said.did
    code = event.error_code
    return "" if code is None else f"{code} {explained(code).title}"


def word_meaning(word: str) -> str:
    """What a word of Meta's is, for people; that of an error notice is a code. Empty: unknown."""
    code = whole_number(word, digits=CODE_DIGITS)
    if code is not None:
        return explained(code).title
    tables = (display.words for display in DISPLAYS.values())
    return next((words[word].label for words in tables if word in words), "")


def reason_word(reason: str) -> str:
    """A reason as a short phrase: `No active tracking`."""
    return capfirst(phrase_of(reason))


def remark(event: Event) -> str:
    """Why it ended so, with what lies behind it, in a line; nothing where it was applied."""
    reason = "" if event.reason == Reason.APPLIED else reason_word(event.reason)
    return " \N{MIDDLE DOT} ".join(filter(None, (reason, undirected(event.detail), cause(event))))


def meaning_of(event: Event) -> str:
    """What became of an event, as exactly as its words tell."""
    said = said_by(event)
    return said.did if said else meaning(event.state, event.reason)


def meaning(state: str, reason: str) -> str:
    """What a state means, or more exactly its reason where there is one."""
    return (Reason.of(reason) if reason else State.of(state)).meaning


def duration(span: timedelta) -> str:
    """A span in the unit that suits it: `240 ms`, `1.2 s`, `3 min 5 s`, `2 h 4 min`, `3 d 4 h`."""
    seconds = abs(span.total_seconds())
    if seconds < 0.0005:  # noqa: PLR2004 (what rounds to no millisecond)
        return AT_ONCE
    if round(seconds, 3) < 1:
        return f"{seconds * 1000:.0f} ms"
    if round(seconds, 1) < 10:  # noqa: PLR2004 (a decimal says something below ten seconds only)
        return f"{seconds:.1f} s"
    return _in_two_units(round(seconds))


def _in_two_units(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes_rest = divmod(minutes, 60)
    if not hours:
        return _pair(minutes, "min", rest, "s")
    days, hours_rest = divmod(hours, 24)
    if not days:
        return _pair(hours, "h", minutes_rest, "min")
    return _pair(days, "d", hours_rest, "h")


def _pair(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit}" + (f" {small} {small_unit}" if small else "")
