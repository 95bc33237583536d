"""What a list of events is narrowed to: each can be taken away by itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from django.utils.timezone import localtime

from eventlog.error_codes import explained
from eventlog.kinds import DISPLAYS
from eventlog.links import short
from eventlog.questions.filters import EventFilter, query_string
from eventlog.questions.lengths import length_words
from eventlog.questions.masking import MASKED
from eventlog.questions.same import Same
from eventlog.questions.windows import Window
from eventlog.questions.wording import reason_word, word_meaning
from eventlog.zones.names import own_zone
from eventlog.zones.wall import shown
from webhooks.models import Event

Taken = TypeVar("Taken")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tag:
    """Something that narrows the list and can be taken away."""

    title: str
    value: str
    url: str  # of the list without it


def tags(wanted: EventFilter, referred: Mapping[int, Event]) -> Iterator[Tag]:
    """All that narrows the list; `referred` are the events that it names, by their rows."""
    yield from _of_outcome(wanted)
    yield from _of_meta(wanted)
    yield from _of_time(wanted)
    for same, event_id in wanted.same:
        rest = tuple(pair for pair in wanted.same if pair[0] != same)
        value = _thing(same, referred.get(event_id))
        yield _tag(same.label, value, replace(wanted, same=rest))
    if wanted.delivery:
        yield _tag("delivery", short(wanted.delivery), replace(wanted, delivery=None))


def _of_outcome(wanted: EventFilter) -> Iterator[Tag]:
    for state in wanted.states:
        yield _tag("state", state.value, replace(wanted, states=_without(wanted.states, state)))
    for reason in wanted.reasons:
        reasons = _without(wanted.reasons, reason)
        yield _tag("reason", reason_word(reason), replace(wanted, reasons=reasons))
    if wanted.unseen:
        yield _tag("seen", "unseen by customers", replace(wanted, unseen=False))


def _of_meta(wanted: EventFilter) -> Iterator[Tag]:
    for kind in wanted.kinds:
        without = replace(wanted, kinds=_without(wanted.kinds, kind))
        yield _tag("kind", DISPLAYS[kind].label, without)
    for word in wanted.words:
        said = f"{word} {word_meaning(word)}" if word.isdigit() else word
        yield _tag("Meta's word", said, replace(wanted, words=_without(wanted.words, word)))
    for code in wanted.codes:
        without = replace(wanted, codes=_without(wanted.codes, code))
        yield _tag("error", f"{code} {explained(code).title}", without)


def _of_time(wanted: EventFilter) -> Iterator[Tag]:
    if wanted.took:
        yield _tag("took", f"{length_words(wanted.took)} or longer", replace(wanted, took=None))
    if wanted.open_for:
        words = f"{length_words(wanted.open_for)} or longer"
        yield _tag("open for", words, replace(wanted, open_for=None))
    if wanted.tries is not None:
        yield _tag("tries", f"{wanted.tries} or more", replace(wanted, tries=None))
    if wanted.waited:
        yield _tag("waits", "had to wait", replace(wanted, waited=False))
    any_time = wanted.at_any_time()
    if wanted.span:
        elsewhere = wanted.span.is_day and wanted.zone != own_zone()
        words = f"{wanted.span.label.lower()} in {wanted.zone}" if elsewhere else wanted.span.label
        yield _tag("received", words, any_time)
    elif wanted.window != Window():
        words = f"{_word(wanted.window.start)} \N{EN DASH} {_word(wanted.window.end)}"
        yield _tag("received", words, any_time)


def _without(chosen: Sequence[Taken], one: Taken) -> tuple[Taken, ...]:
    return tuple(each for each in chosen if each != one)


def _tag(title: str, value: str, without: EventFilter) -> Tag:
    return Tag(title=title, value=value, url=f"?{query_string(without)}")


def _thing(same: Same, event: Event | None) -> str:
    """What the events have in common, in words that are masked where it is personal."""
    if event is None:
        return "unknown"
    return {
        Same.DRIVER: MASKED.number(event.person_number) or MASKED.user_id(event.person_user_id),
        Same.LEASE_NUMBER: event.lease_number,
        Same.ENQUIRY: event.enquiry_id,
        Same.COMPANY: event.lease_id,
        Same.MESSAGE: MASKED.message_id(event.message_id),
    }[same] or "none"


def _word(moment: datetime | None) -> str:
    if moment is None:
        return "\N{HORIZONTAL ELLIPSIS}"
    return shown(localtime(moment), "%d %b %Y %H:%M:%S")
