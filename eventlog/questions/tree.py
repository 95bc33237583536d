"""A payload as a tree to fold, of its own characters: nothing is read and written anew.

So a name that is there twice stands there twice, and a number as it was sent. Only letters that
were sent as escapes (`\\u00e9`, `\\/`) are shown as letters. Masked, only the words of Meta's
language are shown. However large the payload, the tree is small: it says what it leaves out.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

from eventlog.questions.effort import MOST_MARKS, marks_in
from eventlog.questions.raw import MASK, excerpt, is_clear, is_known
from webhooks.whatsapp import spans
from webhooks.whatsapp.blanking import Unblankable, places
from webhooks.whatsapp.spans import Span

SHOWN_VALUES = 3000  # beside those of the own item, which has as many again
SHOWN_MEMBERS = 60  # of one list or object
SHOWN_CHARACTERS = 5000  # of one string or number
LOOKED_AT = 50_000  # members in all, shown or not: finding them takes time
# Of a list in a list each level is read anew. What ten times the largest payload has is for the
# seven levels down to an item, and what is shown beside it.
READ_MARKS = 10 * MOST_MARKS
DEEPEST = 40
# Down to the items of Meta's envelope everything is unfolded, and all of what is smaller than this.
UNFOLDED_DEPTH = 7
UNFOLDED_BYTES = 6000
# Cards that somebody sends have words of their own also under names of Meta's: `type` of a phone.
CONTACTS = "contacts"
_ESCAPES = re.compile(r"\\/|(?:\\u[0-9a-fA-F]{4})+|\\.", re.DOTALL)


class Sort(StrEnum):
    """What a value without members is."""

    STRING = "string"
    NUMBER = "number"
    WORD = "word"  # true, false, null, and what is no JSON but is taken for it: NaN
    NOTHING = "nothing"  # an empty list or object
    CUT = "cut"  # not a value: it says what is left out here


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaf:
    """A value without members."""

    name: str = ""  # as it is written, in quotes; empty in a list
    text: str
    sort: Sort
    left_out: int = 0  # characters behind it
    own: bool = False  # as in a branch


@dataclass(frozen=True, kw_only=True, slots=True)
class Branch:
    """A list or an object."""

    name: str = ""
    brackets: str
    size: int  # members that it has
    is_counted: bool  # False: it has more, and nobody has counted them
    members: Sequence["Leaf | Branch"]  # that are shown
    unfolded: bool
    own: bool = False  # it is the item that the page is about
    item: int | None = None  # it is the item at this position of the delivery


Tree = Leaf | Branch


@dataclass(kw_only=True, slots=True)
class _Planting:
    """How one tree is made."""

    text: str  # a character for each byte
    revealed: bool
    own: Span | None
    items: Mapping[Span, int] = field(default_factory=dict)
    left: int = SHOWN_VALUES
    looked_at: int = 0
    read: int = 0  # marks


def tree_of(body: bytes, *, revealed: bool, own: int | None = None) -> Tree | None:
    """The tree of a payload, unfolded at the item of this position; None of what is no JSON.

    Of what is too much to read (`effort`) nobody shall ask it.
    """
    text = _text(body)
    found = _places(body)
    planting = _Planting(
        text=text,
        revealed=revealed,
        own=found.get(own) if own is not None else None,
        items={span: position for position, span in found.items()},
    )
    try:
        return _value(planting, spans.root(text), depth=0)
    except (ValueError, IndexError, RecursionError):
        return None


def _text(body: bytes) -> str:
    """A character for each byte: of JSON in UTF-8 all that has a meaning is ASCII."""
    encoding = json.detect_encoding(body)
    if encoding in ("utf-8", "utf-8-sig"):
        return body.decode("latin-1").removeprefix("\u00ef\u00bb\u00bf")
    return body.decode(encoding, errors="replace").encode().decode("latin-1")


def _places(body: bytes) -> Mapping[int, Span]:
    try:
        return places(body)
    except Unblankable:
        return {}


def _value(
    planting: _Planting, span: Span, *, depth: int, name: str = "", shown_name: str = ""
) -> Tree:
    """One value. `name`: of the field that it is of, also through lists."""
    planting.left -= 1
    start, end = span
    if planting.text[start] not in "[{":
        return _leaf(planting, span, name=name, shown_name=shown_name)
    brackets = "[]" if planting.text[start] == "[" else "{}"
    if planting.text[start + 1 : end - 1].isspace() or end - start == len(brackets):
        return Leaf(name=shown_name, text=brackets, sort=Sort.NOTHING)
    holds_own = _holds(span, planting.own)
    spent = planting.left <= 0 or planting.read >= READ_MARKS
    if depth > DEEPEST or (spent and not holds_own):
        return Leaf(name=shown_name, text=f"{brackets[0]}…{brackets[1]}", sort=Sort.CUT)
    return _branch(planting, span, brackets, depth=depth, name=name, shown_name=shown_name)


def _branch(
    planting: _Planting, span: Span, brackets: str, *, depth: int, name: str, shown_name: str
) -> Branch:
    is_own = span == planting.own
    if is_own:
        planting.left = max(planting.left, 0) + SHOWN_VALUES
    planting.read += marks_in(planting.text, *span)
    at_most = max(LOOKED_AT - planting.looked_at, SHOWN_MEMBERS)
    every = list(islice(_members(planting.text, span[0], brackets), at_most + 1))
    planting.looked_at += len(every)
    is_counted = len(every) <= at_most
    first = _first_shown(every, planting.own)
    shown = [
        _member(planting, each, place, depth=depth + 1, name=name)
        for place, each in islice(enumerate(every), first, first + SHOWN_MEMBERS)
    ]
    return Branch(
        name=shown_name,
        brackets=brackets,
        size=len(every),
        is_counted=is_counted,
        members=[*_cut(first), *shown, *_cut(len(every) - first - len(shown), is_counted)],
        unfolded=_is_unfolded(planting, span, depth),
        own=is_own,
        item=planting.items.get(span),
    )


def _members(text: str, at: int, brackets: str) -> Iterable[tuple[Span | None, Span]]:
    if brackets == "{}":
        return spans.members(text, at)
    return ((None, value) for value in spans.elements(text, at))


def _member(
    planting: _Planting, each: tuple[Span | None, Span], place: int, *, depth: int, name: str
) -> Tree:
    at, value = each
    if at is None:
        return _value(planting, value, depth=depth, name=name)
    own_name = spans.string(planting.text, at)
    known = planting.revealed or is_known(own_name)
    shown = _written(planting.text, at) if known else f'"{MASK}{place}"'
    # What is within a list of contacts is about them, whatever its name is.
    own_name = name if name == CONTACTS else own_name
    return _value(planting, value, depth=depth, name=own_name, shown_name=shown)


def _first_shown(every: Sequence[tuple[Span | None, Span]], own: Span | None) -> int:
    """From which member on they are shown: those around the own item, otherwise the first."""
    holding = (place for place, (_, value) in enumerate(every) if _holds(value, own))
    middle = next(holding, 0)
    return max(0, min(middle - SHOWN_MEMBERS // 2, len(every) - SHOWN_MEMBERS))


def _cut(count: int, is_counted: bool = True) -> Iterator[Leaf]:
    if count > 0:
        amount = f"{count:,}" if is_counted else f"at least {count:,}"
        yield Leaf(text=f"… {amount} more", sort=Sort.CUT)


def _holds(span: Span, other: Span | None) -> bool:
    return other is not None and span[0] <= other[0] and other[1] <= span[1]


def _is_unfolded(planting: _Planting, span: Span, depth: int) -> bool:
    if planting.own is None:
        return depth < UNFOLDED_DEPTH or len(planting.text) <= UNFOLDED_BYTES
    within = planting.own[0] <= span[0] and span[1] <= planting.own[1]
    return within or _holds(span, planting.own)


def _leaf(planting: _Planting, span: Span, *, name: str, shown_name: str) -> Leaf:
    start, end = span
    token = planting.text[start:end]
    is_string = token[0] == '"'
    if token in ("true", "false", "null"):
        return Leaf(name=shown_name, text=token, sort=Sort.WORD)
    said = spans.string(planting.text, span) if is_string else token
    if not (planting.revealed or is_clear(name, said)):
        return Leaf(name=shown_name, text=f'"{MASK}"', sort=Sort.STRING, own=span == planting.own)
    number = Sort.NUMBER if token[0] in "-0123456789" and token[-1] != "y" else Sort.WORD
    text = _written(planting.text, span)
    return Leaf(
        name=shown_name,
        text=text[:SHOWN_CHARACTERS],
        sort=Sort.STRING if is_string else number,
        left_out=max(0, len(text) - SHOWN_CHARACTERS),
        own=span == planting.own,
    )


def _written(text: str, span: Span) -> str:
    """A string or number as it is written, with letters for the escapes of letters."""
    token = text[slice(*span)].encode("latin-1").decode(errors="replace")
    return excerpt(_ESCAPES.sub(_letters, token), len(token))


def _letters(escape: re.Match[str]) -> str:
    written = escape[0]
    if written == r"\/":
        return "/"
    if not written.startswith(r"\u"):
        return written
    said = str(json.loads(f'"{written}"'))
    return said if said.isprintable() and not {*said} & {*'"\\'} else written
