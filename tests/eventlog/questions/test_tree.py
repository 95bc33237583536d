"""Payloads for people to read, of their own characters, whatever the bytes are."""

import json
from collections.abc import Iterator

import pytest

from eventlog.questions.raw import MASK
from eventlog.questions.tree import (
    LOOKED_AT,
    SHOWN_CHARACTERS,
    SHOWN_MEMBERS,
    SHOWN_VALUES,
    Branch,
    Leaf,
    Sort,
    Tree,
    tree_of,
)
from eventlog.templatetags.trees import tree_lines
from sandbox import samples
from tests.pages import words_of


def payload(*messages: object) -> bytes:
    """A payload with everything personal that Meta sends."""
    change = samples.change(
        messages=messages or [samples.text(reply_to=samples.OUTBOUND_ID), samples.reaction()],
        statuses=[samples.status(word="failed", errors=[samples.FAILURE])],
        contacts=[samples.contact()],
    )
    return samples.encode(samples.envelope(samples.entry(change)))


def shown(body: bytes, *, revealed: bool) -> str:
    """The words of the tree on a page; nothing where there is none."""
    tree = tree_of(body, revealed=revealed)
    return words_of(str(tree_lines(tree))) if tree else ""


def values(tree: Tree | None) -> Iterator[Tree]:
    """A tree and everything in it."""
    if tree is None:
        return
    yield tree
    for each in tree.members if isinstance(tree, Branch) else ():
        yield from values(each)


def test_revealed_it_is_the_payload_indented() -> None:
    indented = json.dumps(json.loads(payload()), indent=2, ensure_ascii=False)
    assert shown(payload(), revealed=True) == f"{indented}\n"


@pytest.mark.parametrize(
    "personal",
    [
        samples.DRIVER_NUMBER,
        samples.DRIVER_USER_ID,
        samples.DRIVER_NAME,
        samples.TEXT_ID,
        samples.OUTBOUND_ID,
        "color",
        "\N{THUMBS UP SIGN}",
    ],
)
def test_masked_it_holds_nothing_personal(personal: str) -> None:
    assert personal in shown(payload(), revealed=True)
    assert personal not in shown(payload(), revealed=False)


def test_masked_it_holds_nothing_of_a_card_that_somebody_sends() -> None:
    """Its labels are whatever the sender's phone calls them, and no words of Meta's."""
    card = {"phones": [{"phone": samples.DRIVER_NUMBER, "type": "Sheena private"}], "code": 12}
    body = payload({"type": "contacts", "contacts": [card]})
    assert "Sheena private" in shown(body, revealed=True)
    masked = json.loads(shown(body, revealed=False))
    assert masked["entry"][0]["changes"][0]["value"]["messages"] == [
        {
            "type": "contacts",
            "contacts": [{f"{MASK}0": [{f"{MASK}0": MASK, "type": MASK}], "code": MASK}],
        }
    ]


def test_masked_it_still_shows_its_form() -> None:
    masked = json.loads(shown(payload(), revealed=False))
    [entry] = masked["entry"]
    [change] = entry["changes"]
    assert change["field"] == "messages"
    assert change["value"]["metadata"]["display_phone_number"] == samples.LEASE_NUMBER
    assert change["value"]["messages"][0] == {
        "from": MASK,
        "from_user_id": MASK,
        "id": MASK,
        "timestamp": str(samples.TIMESTAMP),
        "context": {"from": MASK, "id": MASK},
        "type": "text",
        "text": {"body": MASK},
    }
    assert change["value"]["statuses"][0]["status"] == "failed"
    assert change["value"]["statuses"][0]["errors"][0]["code"] == 131049


def test_names_of_fields_that_nobody_knows_are_masked_too() -> None:
    body = json.dumps({"16505551234": 1, "Sheena": {"Nelson": None}, "type": "x" * 65}).encode()
    assert json.loads(shown(body, revealed=False)) == {
        f"{MASK}0": MASK,
        f"{MASK}1": {f"{MASK}0": None},
        "type": MASK,
    }


@pytest.mark.parametrize(
    ("body", "revealed", "masked"),
    [
        (b"", "", ""),
        (b"not json 16505551234", "", ""),
        (b"\xff\xfe", "", ""),
        (b"{} {}", "", ""),
        (b'{"code":1,}', "", ""),
        (b'"16505551234"', '"16505551234"', f'"{MASK}"'),
        (b"[" * 100_000, "", ""),
        (b"9" * 4000, "9" * 4000, f'"{MASK}"'),
        (b"NaN", "NaN", f'"{MASK}"'),
        (b"-Infinity", "-Infinity", f'"{MASK}"'),
        (b"\xef\xbb\xbf[ ]", "[]", "[]"),
        (
            '{"type":"\u00e9"}'.encode("utf-16"),
            '{\n  "type": "\u00e9"\n}',
            f'{{\n  "type": "{MASK}"\n}}',
        ),
    ],
)
def test_any_bytes_can_be_shown(body: bytes, revealed: str, masked: str) -> None:
    assert shown(body, revealed=True).removesuffix("\n") == revealed
    assert shown(body, revealed=False).removesuffix("\n") == masked


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('{"a": 1, "a": 2}', '{\n  "a": 1,\n  "a": 2\n}'),
        ("12345678901234567890123", "12345678901234567890123"),
        ("1.10E+3", "1.10E+3"),
        ("-0.0", "-0.0"),
        (r'"ol\u00e1 \ud83d\udc4d a\u0040b.co https:\/\/x.y"', '"olá 👍 a@b.co https://x.y"'),
        (r'"a\"b\\u00e1\n"', r'"a\"b\\u00e1\n"'),
        (r'"\u0022\u005c"', r'"\u0022\u005c"'),
        (r'"\ud83d x \u202e \u0000"', r'"\ud83d x \u202e \u0000"'),
    ],
)
def test_it_is_written_as_the_bytes_are_but_for_letters(written: str, read: str) -> None:
    assert shown(written.encode(), revealed=True) == f"{read}\n"


def test_what_is_no_utf_8_is_shown_as_such_and_the_rest_as_it_is() -> None:
    assert (
        shown(b'{"type":"\xff"}', revealed=True) == '{\n  "type": "\N{REPLACEMENT CHARACTER}"\n}\n'
    )


def test_deep_nesting_is_cut() -> None:
    body = b'{"entry":' * 500 + b"1" + b"}" * 500
    for revealed in (True, False):
        assert 30 < shown(body, revealed=revealed).count("entry") < 50


@pytest.mark.parametrize("place", [0, 1, 250, 999])
def test_a_delivery_of_three_megabytes_is_unfolded_at_its_item(place: int) -> None:
    texts = [
        samples.text(message_id=f"wamid.{number}", body=str(number) * 1000)
        for number in range(1000)
    ]
    body = payload(*texts)
    assert len(body) > 2_800_000
    tree = tree_of(body, revealed=True, own=place)
    found = [*values(tree)]
    assert len(found) < 3 * SHOWN_VALUES
    [own] = [each for each in found if each.own]
    assert isinstance(own, Branch)
    assert f'"wamid.{place}"' in [each.text for each in own.members if isinstance(each, Leaf)]
    assert (own.item, own.unfolded) == (place, True)
    around = [each for each in found if isinstance(each, Branch) and each.unfolded]
    assert [each.brackets for each in around[: around.index(own)]] == ["{}", "[]"] * 2 + [
        "{}",
        "{}",
        "[]",
    ]
    [messages] = [each for each in found if isinstance(each, Branch) and own in each.members]
    others = [each for each in messages.members if isinstance(each, Branch) and each is not own]
    assert {each.unfolded for each in others} == {False}
    assert len(others) == SHOWN_MEMBERS - 1
    cuts = [each.text for each in messages.members if isinstance(each, Leaf)]
    assert sum(int(each.strip("… more")) for each in cuts) == 1000 - SHOWN_MEMBERS


def test_a_large_tree_that_is_about_no_item_is_cut_as_well() -> None:
    body = json.dumps([[[1] * 60] * 60] * 60).encode()
    found = [*values(tree_of(body, revealed=True))]
    assert len(found) < SHOWN_VALUES + 60 * 60
    assert "[…]" in {each.text for each in found if isinstance(each, Leaf)}


def test_an_item_that_is_no_object_is_marked_too() -> None:
    tree = tree_of(payload("no object"), revealed=True, own=0)
    own = Leaf(text='"no object"', sort=Sort.STRING, own=True)
    assert [each for each in values(tree) if each.own] == [own]


def test_so_many_members_are_not_counted_to_the_last() -> None:
    tree = tree_of(json.dumps([1] * 90_000).encode(), revealed=True)
    assert isinstance(tree, Branch)
    assert (tree.size, tree.is_counted) == (LOOKED_AT + 1, False)
    assert f"at least {LOOKED_AT + 1 - SHOWN_MEMBERS:,} more" in words_of(str(tree_lines(tree)))
    assert f'data-size="over {LOOKED_AT:,}"' in str(tree_lines(tree))


def test_a_long_string_says_how_much_is_left_out() -> None:
    [leaf] = values(tree_of(json.dumps("x" * 9000).encode(), revealed=True))
    assert isinstance(leaf, Leaf)
    assert (len(leaf.text), leaf.left_out) == (SHOWN_CHARACTERS, 9002 - SHOWN_CHARACTERS)
    assert "… 4,002 more characters" in shown(json.dumps("x" * 9000).encode(), revealed=True)
