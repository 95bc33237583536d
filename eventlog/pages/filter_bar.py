"""The filters above the list of events: each choice is a link, so it works without a script."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from enum import Enum
from typing import TypeVar
from urllib.parse import parse_qsl

from django.utils.timezone import localtime

from eventlog.error_codes import CODES, ErrorCode, explained
from eventlog.kinds import DISPLAYS
from eventlog.links import chat_url
from eventlog.pages.bounds import Bound, bounds
from eventlog.pages.choice import Choice
from eventlog.pages.tags import Tag, tags
from eventlog.questions.chats import chats_of
from eventlog.questions.filters import EventFilter, query_string, referred_events
from eventlog.questions.known_as import KnownAs, known_as
from eventlog.questions.same import Same
from eventlog.questions.windows import Span, Window
from eventlog.questions.wording import reason_word
from eventlog.zones.names import own_zone
from listeners.tracking import ChatKey
from webhooks.models import Event
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import Kind

INPUT_FORMAT = "%Y-%m-%dT%H:%M:%S"  # of <input type="datetime-local" step="1">
LESS_THAN_A_SECOND = timedelta(microseconds=999_999)
Taken = TypeVar("Taken", bound=str | int)


@dataclass(frozen=True, kw_only=True, slots=True)
class FilterBar:
    """Everything above the list."""

    spans: Sequence[Choice]
    states: Sequence[Choice]
    reasons: Sequence[Choice]
    kinds: Sequence[Choice]
    words: Mapping[str, Sequence[Choice]]  # Meta's, by what they are words of
    switches: Sequence[Choice]  # on or off
    codes: Sequence[Choice]  # of Meta's errors
    typed_codes: Sequence[ErrorCode]  # that can be typed in
    bounds: Sequence[Bound]  # of how long and how often
    tags: Sequence[Tag]
    start: str  # of the window that was typed in, in INPUT_FORMAT
    end: str
    kept: Sequence[tuple[str, str]]  # what the form for a window has to carry along
    kept_beside_code: Sequence[tuple[str, str]]
    query: str  # of the filter as it stands
    chats: Sequence[tuple[ChatKey, str]]  # the chats that the events are of, and their addresses
    names: Sequence[KnownAs]  # how else the driver was or is called, where the events are of one
    driver: Event | None  # the event that names them


def filter_bar(wanted: EventFilter) -> FilterBar:
    """Lays out the bar for a filter. Reads the events that it refers to."""
    without_window = wanted.at_any_time()
    referred = referred_events(wanted)
    start, end = window_inputs(wanted.window)
    driver = referred.get(dict(wanted.same).get(Same.DRIVER, 0))
    return FilterBar(
        spans=list(_spans(wanted, without_window)),
        states=list(_states(wanted)),
        reasons=list(_reasons(wanted)),
        kinds=list(_kinds(wanted)),
        words=_words(wanted),
        switches=[_waited(wanted), _unseen(wanted)],
        codes=list(_codes(wanted)),
        typed_codes=sorted(CODES.values(), key=lambda each: each.code),
        bounds=list(bounds(wanted)),
        tags=list(tags(wanted, referred)),
        start=start,
        end=end,
        kept=_pairs(without_window),
        kept_beside_code=_pairs(wanted),
        query=query_string(wanted),
        names=known_as(driver) if driver else (),
        driver=driver,
        chats=[(chat, chat_url(event)) for chat, event in chats_of(wanted, referred).items()],
    )


def _spans(wanted: EventFilter, without: EventFilter) -> Iterator[Choice]:
    any_time = wanted.span is None and wanted.window == Window()
    yield Choice(label="Any time", url=_url(without), chosen=any_time)
    for span in Span:
        zone = own_zone() if span.is_day else UTC
        chosen = (wanted.span, wanted.zone) == (span, zone)
        yield Choice(
            label=span.label, url=_url(replace(without, span=span, zone=zone)), chosen=chosen
        )


def _states(wanted: EventFilter) -> Iterator[Choice]:
    for state in State:
        states = _toggled(wanted.states, state)
        changed = replace(wanted, states=states, reasons=(), unseen=False)
        yield Choice(
            label=state.value.capitalize(),
            url=_url(changed),
            chosen=state in wanted.states,
            icon=state.value,
            hint=state.meaning,
        )


def _reasons(wanted: EventFilter) -> Iterator[Choice]:
    """The reasons of the chosen states, or all."""
    for reason in Reason:
        if reason and (not wanted.states or reason.state in wanted.states):
            yield Choice(
                label=reason_word(reason),
                url=_url(replace(wanted, reasons=_toggled(wanted.reasons, reason))),
                chosen=reason in wanted.reasons,
                icon=reason.state.value,
                hint=reason.meaning,
            )


def _kinds(wanted: EventFilter) -> Iterator[Choice]:
    for kind in Kind:
        changed = replace(wanted, kinds=_toggled(wanted.kinds, kind), words=())
        yield Choice(label=DISPLAYS[kind].label, url=_url(changed), chosen=kind in wanted.kinds)


def _words(wanted: EventFilter) -> Mapping[str, Sequence[Choice]]:
    """Those that we know; others can be asked for where they were counted."""
    return {
        display.word_title: [
            Choice(
                label=word,
                url=_url(replace(wanted, words=_toggled(wanted.words, word), kinds=())),
                chosen=word in wanted.words,
                more="" if word in display.icons else display.words[word].label,
            )
            for word in sorted(display.words)
        ]
        for display in DISPLAYS.values()
        if display.word_title
    }


def _codes(wanted: EventFilter) -> Iterator[Choice]:
    """Those that have a meaning of their own, and what is chosen; others can be typed in."""
    meanings = Counter(each.meaning for each in CODES.values())
    own = {code for code, each in CODES.items() if meanings[each.meaning] == 1}
    for code in sorted(own.union(wanted.codes)):
        yield Choice(
            label=str(code),
            url=_url(replace(wanted, codes=_toggled(wanted.codes, code))),
            chosen=code in wanted.codes,
            more=explained(code).title,
        )


def _unseen(wanted: EventFilter) -> Choice:
    changed = replace(wanted, unseen=not wanted.unseen, states=(), reasons=())
    return Choice(
        label="Unseen by customers",
        url=_url(changed),
        chosen=wanted.unseen,
        hint="What drivers sent that is in no chat.",
    )


def _waited(wanted: EventFilter) -> Choice:
    return Choice(
        label="Had to wait",
        url=_url(replace(wanted, waited=not wanted.waited)),
        chosen=wanted.waited,
        hint="What waited at least once for the message that it is about.",
    )


def _toggled(chosen: Sequence[Taken], one: Taken) -> tuple[Taken, ...]:
    """The choices with one more, or without it if it was taken already, in one order."""
    return tuple(sorted({*chosen} ^ {one}, key=_place))


def _place(choice: str | int) -> str | int:
    return list(type(choice)).index(choice) if isinstance(choice, Enum) else choice


def _url(wanted: EventFilter) -> str:
    return f"?{query_string(wanted)}"


def _pairs(wanted: EventFilter) -> list[tuple[str, str]]:
    return parse_qsl(query_string(wanted))


def window_inputs(window: Window) -> tuple[str, str]:
    """The ends of a window as a form holds them: in whole seconds, so that nothing drops out."""
    start = localtime(window.start).strftime(INPUT_FORMAT) if window.start else ""
    late = window.end + LESS_THAN_A_SECOND if window.end else None
    return start, localtime(late).strftime(INPUT_FORMAT) if late else ""
