"""What holds for any payload whatever: nothing raises, nothing is lost, both readers agree."""

import json
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from sandbox import samples
from tests.examples import examples
from tests.webhooks.whatsapp.mutations import JSON, broken, encoded, trees
from webhooks.whatsapp.items import Item
from webhooks.whatsapp.payload import Verdict, parse, parse_fast, parse_tolerantly
from webhooks.whatsapp.reading import read

ANY_BYTES = st.binary(max_size=60) | JSON.map(samples.encode) | encoded() | broken()


def count(tree: object) -> int:
    """The items of a payload as the contract's rule 5 counts them."""
    if not isinstance(tree, dict):
        return 1
    entries = tree.get("entry")
    if tree.get("object") not in (None, "", "whatsapp_business_account") and isinstance(
        tree["object"], str
    ):
        inner = entries if isinstance(entries, list) else []
        changes = [entry.get("changes") for entry in inner if isinstance(entry, dict)]
        return sum(len(one) for one in changes if isinstance(one, list)) or 1
    return sum(map(count_of_entry, entries)) if isinstance(entries, list) else 1


def count_of_entry(entry: object) -> int:
    """The items of one entry, itself if it is malformed."""
    if not isinstance(entry, dict) or not isinstance(entry.get("changes"), list):
        return 1
    return sum(map(count_of_change, entry["changes"]))


def count_of_change(change: object) -> int:
    """The items of one change, itself if it is malformed or of another field."""
    if not isinstance(change, dict) or change.get("field") != "messages":
        return 1
    value = change.get("value")
    if not isinstance(value, dict):
        return 1
    lists = [value.get(name) for name in ("messages", "statuses", "errors")]
    return sum(len(one) if isinstance(one, list) else 1 for one in lists if one is not None) or 1


@examples(100)
@given(ANY_BYTES)
def test_nothing_raises_and_positions_count_up(raw: bytes) -> None:
    """Any bytes give items, numbered in their order."""
    items = read(parse(raw))
    assert [item.position for item in items] == list(range(len(items)))


@examples(100)
@given(trees())
def test_every_item_is_counted(tree: object) -> None:
    """As many items as an independent count finds."""
    assert len(read(parse(json.dumps(tree).encode()))) == count(tree)


@examples(100)
@given(encoded() | broken())
def test_both_readers_agree(raw: bytes) -> None:
    """On everything that both accept."""
    assume(b"\\u0000" not in raw)
    try:
        fast = parse_fast(raw)
    except ValueError:
        assume(False)
    tolerant = parse_tolerantly(raw)
    assume(tolerant.verdict is not Verdict.NOT_JSON)
    assert fast.verdict == tolerant.verdict
    assert read(fast) == read(tolerant)


@examples(100)
@given(trees())
def test_events_can_be_stored(tree: object) -> None:
    """No text of an item holds NUL or a surrogate."""
    for item in read(parse(json.dumps(tree).encode())):
        written = repr(item)
        assert "\\x00" not in written
        assert "\\ud8" not in written


LISTS = ("messages", "statuses", "errors")


def batch() -> dict[str, list[object]]:
    """Items of every kind, by their list."""
    return {
        "messages": [samples.text(), samples.reaction(), samples.image()],
        "statuses": [samples.status(), samples.status(word="failed", errors=[samples.FAILURE])],
        "errors": [{"code": 130429}],
    }


def items_of(lists: dict[str, list[object]]) -> tuple[Item, ...]:
    """The items of a payload of two changes, of which the second is always the same."""
    people = [samples.contact(), samples.contact(number="15550001111", user_id="", name="Pablo")]
    changes = [
        samples.change(
            messages=lists["messages"],
            statuses=lists["statuses"],
            errors=lists["errors"],
            contacts=people,
        ),
        samples.change(messages=[samples.text(body="last")]),
    ]
    return read(parse(samples.encode(samples.envelope(samples.entry(*changes)))))


@examples(100)
@given(st.sampled_from(LISTS), st.integers(min_value=0, max_value=3), JSON)
def test_an_odd_item_changes_no_sibling(name: str, index: int, odd: object) -> None:
    """Wherever it is inserted, the other items are the same but for their position."""
    lists = batch()
    plain = [replace(item, position=0) for item in items_of(lists)]
    lists[name].insert(index, odd)
    items = [replace(item, position=0) for item in items_of(lists)]
    before = sum(len(batch()[earlier]) for earlier in LISTS[: LISTS.index(name)])
    position = before + min(index, len(batch()[name]))
    assert items[:position] + items[position + 1 :] == plain
