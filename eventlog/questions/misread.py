"""What an address asks for and a list leaves out, in sentences for people."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from django.http import QueryDict

from eventlog.moments import read_moment
from eventlog.questions.filters import (
    AT_ONCE,
    EventFilter,
    code_named,
    read_filter,
    row_id,
    tries_named,
    word_named,
)
from eventlog.questions.lengths import read_length
from eventlog.questions.masking import MASKED
from eventlog.questions.same import Same
from eventlog.questions.windows import Span, Window
from eventlog.zones.names import zone_named
from eventlog.zones.wall import YEARS
from visn_whatsapp.untrusted import uuid
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import Kind

SHOWN = 40  # characters of what somebody has written
SPAN_COUNTS = "The address asks for a span and for a window: the span counts, and not the window."
ENDS_FIRST = "The window ends where it begins or before that, so that nothing can be in it."


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """What an address may ask for under one name."""

    read: Callable[[str], object]  # None: it is not understood
    what: str  # it should be: `state`, `moment such as 2026-06-01T10:14`
    at_once: int = 1  # so many count; of one the last


_LENGTH = "length of time such as 90s, 10m, 2h or 1d"
_MOMENT = f"moment such as 2026-06-01T10:14, of the years {YEARS[0]} to {YEARS[-1]} in UTC,"
_FIELDS: Mapping[str, Field] = {
    "state": Field(read=State.known, what="state", at_once=AT_ONCE),
    "reason": Field(read=Reason.known, what="reason", at_once=AT_ONCE),
    "kind": Field(read=Kind.known, what="kind of events", at_once=AT_ONCE),
    "word": Field(read=word_named, what="word of Meta’s", at_once=AT_ONCE),
    "code": Field(read=code_named, what="error code, of up to seven digits,", at_once=AT_ONCE),
    "unseen": Field(read=str, what="choice"),
    "waited": Field(read=str, what="choice"),
    "span": Field(read=Span.known, what="span of time"),
    "zone": Field(read=zone_named, what="time zone"),
    **{same.value: Field(read=row_id, what="number of an event") for same in Same},
    "delivery": Field(read=uuid, what="id of a delivery"),
    "took": Field(read=read_length, what=_LENGTH),
    "open": Field(read=read_length, what=_LENGTH),
    "tries": Field(read=tries_named, what="number of tries"),
}


def misread(query: QueryDict, also: Mapping[str, Field]) -> Iterator[str]:
    """What `read_filter` leaves out of an address; `also` are names that others read."""
    moment = partial(read_moment, zone=zone_named(query.get("zone", "")) or UTC)
    ends = dict.fromkeys(("from", "to"), Field(read=moment, what=_MOMENT))
    yield from left_out(query, {**_FIELDS, **ends, **also})
    yield from _of_window(read_filter(query))


def left_out(query: QueryDict, fields: Mapping[str, Field]) -> Iterator[str]:
    """What an address says that is none of the fields, or not as they should be."""
    for name, given in query.lists():
        values = list(dict.fromkeys(filter(None, given)))
        if name in fields:
            yield from _of_field(name, values, fields[name])
        elif not name.startswith("_"):
            yield f"“{_shown(name)}” is nothing that this page can be asked for, and was left out."


def _of_field(name: str, values: Iterable[str], field: Field) -> Iterator[str]:
    known = 0
    for value in values:
        if field.read(value) is None:
            yield f"“{_shown(value)}” is no {field.what} and was left out."
        else:
            known += 1
    if known > field.at_once:
        counts = f"the first {field.at_once} count" if field.at_once > 1 else "the last one counts"
        yield f"The address says “{name}” {known} times: {counts}."


def _of_window(wanted: EventFilter) -> Iterator[str]:
    window = wanted.window
    if wanted.span and window != Window():
        yield SPAN_COUNTS
    elif window.start and window.end and window.end <= window.start:
        yield ENDS_FIRST


def _shown(words: str) -> str:
    """Anybody may have written it, so numbers and ids in it are masked; a time is none of them."""
    told = words if _is_time(words) else MASKED.told(words)
    return told if len(told) <= SHOWN else f"{told[:SHOWN]}…"


def _is_time(words: str) -> bool:
    try:
        datetime.fromisoformat(words)
    except ValueError:
        return False
    return "-" in words
