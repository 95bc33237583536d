"""Takes a person out of a payload: their items and contacts become blanks of the same length.

So each neighbour keeps its place and its bytes. What cannot be done for sure is not done at all:
whoever asks has to empty the payload then.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from webhooks.outcomes import Reason
from webhooks.whatsapp.envelope import MESSAGES
from webhooks.whatsapp.items import Item, UnprocessedItem
from webhooks.whatsapp.names import Names
from webhooks.whatsapp.payload import Verdict, parse_fast
from webhooks.whatsapp.people import person
from webhooks.whatsapp.reading import read
from webhooks.whatsapp.spans import Span, elements, members, string, white

_LISTS = ("messages", "statuses", "errors")  # of a value, in the order in which they are counted
_WORDS = {"messages": "type", "statuses": "status"}  # the name of Meta's word, which stays
_BLANK_CONTACT = '{"wa_id":"0"}'  # somebody still: the others do not become the only contact


class Unblankable(Exception):
    """The person cannot be taken out for sure. The words tell nothing of the payload."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where an item stands, and the list it is in; of a change without items, its value."""

    span: Span
    list_name: str = ""


@dataclass(slots=True)
class _Map:
    """The parts of a payload that tell of people."""

    items: list[_Spot] = field(default_factory=list)  # in their order
    bare: list[_Spot] = field(default_factory=list)  # changes without items, which come last
    contacts: list[Span] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Blanked:
    """A payload without a person, of as many bytes and items."""

    body: bytes
    positions: frozenset[int]  # of the items that are blank now


def blank(body: bytes, *, names: Names, positions: Collection[int]) -> Blanked:
    """Returns a payload without a person: without the items at these positions, and their contacts.

    A change of another field that holds one of the names, or an item of a group, is blanked too.
    Each other item says what it said. Raises Unblankable.
    """
    # A character for each byte: of JSON in UTF-8 all that has a meaning is ASCII.
    text, items = body.decode("latin-1"), _read(body)
    spots, contacts = _mapped(text, count=len(items))
    blanked = {*positions, *_beside(text, items, spots, names)}
    cuts = [(spots[at].span, _blank_item(items[at], spots[at])) for at in sorted(blanked)]
    cuts += [(span, _BLANK_CONTACT) for span in contacts if _is_theirs(text[slice(*span)], names)]
    after = _overwritten(text, cuts)
    _hold(items, _read(after.encode("latin-1")), blanked=blanked)
    others = [spot.span for at, spot in enumerate(spots) if at not in blanked and spot.list_name]
    if names.are_in(_overwritten(after, [(span, "0") for span in others])):
        raise Unblankable("a name stands beside the items")
    return Blanked(after.encode("latin-1"), frozenset(blanked))


def places(body: bytes) -> Mapping[int, Span]:
    """Where in the bytes of a payload each item stands, by position. Raises Unblankable."""
    spots, _ = _mapped(body.decode("latin-1"), count=len(_read(body)))
    return {at: spot.span for at, spot in enumerate(spots)}


def excerpts(body: bytes) -> Mapping[int, str]:
    """What each item of a payload says, in Meta's JSON, by position. Raises Unblankable."""
    return {at: body[slice(*span)].decode() for at, span in places(body).items()}


def _read(body: bytes) -> Sequence[Item]:
    """The items of what the fast reader takes: of anything else nobody knows where they stand."""
    if b"\\u0000" in body:
        raise Unblankable("only the tolerant reader takes it")
    try:
        payload = parse_fast(body)
    except (ValueError, RecursionError) as error:
        raise Unblankable("only the tolerant reader takes it") from error
    if payload.verdict is not Verdict.READABLE:
        raise Unblankable("it has not the envelope of WhatsApp")
    return read(payload)


def _mapped(text: str, *, count: int) -> tuple[list[_Spot], list[Span]]:
    """Where each item stands, by position, and all contacts."""
    found = _Map()
    try:
        for entry in elements(text, _members(text, white(text, 0))["entry"][0]):
            for change in elements(text, _members(text, entry[0])["changes"][0]):
                _add_change(found, text, _members(text, change[0]))
    except (KeyError, ValueError, IndexError, RecursionError) as error:
        raise Unblankable("it has not the form of Meta's") from error
    spots = [*found.items, *found.bare]
    if len(spots) != count:
        raise Unblankable("an item stands where none was looked for")
    return spots, found.contacts


def _add_change(found: _Map, text: str, change: dict[str, Span]) -> None:
    value = change["value"]
    field_at, _ = change["field"]
    if text[field_at] != '"' or string(text, change["field"]) != MESSAGES:
        found.items.append(_Spot(value))
        return
    parts = _members(text, value[0])
    found.contacts += _listed(text, parts, "contacts")
    items = [_Spot(span, name) for name in _LISTS for span in _listed(text, parts, name)]
    found.items += items
    if not items:
        found.bare.append(_Spot(value))


def _listed(text: str, parts: dict[str, Span], name: str) -> Sequence[Span]:
    """The elements of a list that may be absent or null."""
    span = parts.get(name)
    return () if span is None or text[slice(*span)] == "null" else [*elements(text, span[0])]


def _members(text: str, at: int) -> dict[str, Span]:
    """The values of an object by their names. Raises ValueError where two have one name."""
    found: dict[str, Span] = {}
    for span, value in members(text, at):
        name = string(text, span)
        if name in found:
            raise ValueError(name)
        found[name] = value
    return found


def _beside(
    text: str, items: Sequence[Item], spots: Sequence[_Spot], names: Names
) -> Iterator[int]:
    """What names the person though its row does not: of another field, or of a group."""
    for item, spot in zip(items, spots, strict=True):
        of_another = not spot.list_name or _is_of_group(item)
        if of_another and names.are_in(text[slice(*spot.span)]):
            yield item.position


def _is_of_group(item: Item) -> bool:
    return isinstance(item, UnprocessedItem) and item.reason is Reason.GROUP


def _is_theirs(contact: str, names: Names) -> bool:
    said = json.loads(contact, parse_int=float)  # of whatever digits
    if not isinstance(said, dict):
        return False
    number, user_id = (said.get(name) for name in ("wa_id", "user_id"))
    return names.name(
        person(
            number if isinstance(number, str) else None,
            user_id if isinstance(user_id, str) else None,
        )
    )


def _blank_item(item: Item, spot: _Spot) -> str:
    """What stands for it: of a message or status, Meta's word alone."""
    word = _WORDS.get(spot.list_name)
    return json.dumps({word: item.name}, separators=(",", ":")) if word and item.name else "{}"


def _overwritten(text: str, cuts: Iterable[tuple[Span, str]]) -> str:
    """The text with other words in these places, and blanks behind them."""
    parts, at = [], 0
    for (start, end), words in sorted(cuts):
        fitting = words if len(words) <= end - start else "{}"
        parts += [text[at:start], fitting.ljust(end - start)]
        at = end
    return "".join((*parts, text[at:]))


def _hold(before: Sequence[Item], after: Sequence[Item], *, blanked: Collection[int]) -> None:
    """Raises Unblankable unless all others are what they were, and the blanked name no message."""
    if len(before) != len(after):
        raise Unblankable("there would be another number of items")
    for was, now in zip(before, after, strict=True):
        if was.position not in blanked and was != now:
            raise Unblankable("another item would change")
        if was.position in blanked and (now.message_id or now.refers_to):
            raise Unblankable("an item would name its message still")
