"""Where payloads depart from what Meta documents: by path and shape, without a value."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import samples
from tests.examples import examples
from tests.webhooks.whatsapp.mutations import JSON, broken, encoded
from tests.webhooks.whatsapp.payloads import DIRECTORY, load
from webhooks.whatsapp.drift.looking import drift

ITEM = "entry[].changes[].value.messages[]"
STATUS = "entry[].changes[].value.statuses[]"
VALUE = "entry[].changes[].value"

Said = dict[tuple[str, str, str], int]  # how often, by departure, path and shape

# All files that Meta would not have sent by its own documents. All others have to be silent.
DEPARTING: dict[str, Said] = {
    "batch_with_odd_items": {
        ("other_type", ITEM, "null"): 1,
        ("other_type", f"{ITEM}.timestamp", "object"): 1,
        ("other_type", f"{ITEM}.text", "string"): 1,
        ("other_type", STATUS, "string"): 1,
        ("other_type", f"{STATUS}.recipient_id", "number"): 1,
        ("other_type", f"{STATUS}.status", "number"): 1,
        ("other_type", f"{VALUE}.errors[]", "number"): 1,
    },
    "entry_is_an_object": {("other_type", "entry", "object"): 1},
    "envelope_is_a_list": {("other_type", "payload", "list"): 1},
    "envelope_without_entry": {("missing", "entry", "absent"): 1},
    "lists_that_are_none": {
        ("other_type", f"{VALUE}.messages", "string"): 1,
        ("other_type", f"{VALUE}.statuses", "object"): 1,
        ("other_type", f"{VALUE}.errors", "number"): 1,
        ("other_type", f"{VALUE}.messages", "null"): 1,
        ("other_type", f"{VALUE}.statuses", "null"): 1,
        ("other_type", f"{VALUE}.errors", "null"): 1,
        ("other_type", f"{VALUE}.statuses", "boolean"): 1,
    },
    "not_json": {("other_type", "payload", "no JSON"): 1},
    "odd_containers": {
        ("other_type", "entry[]", "number"): 1,
        ("missing", "entry[].changes", "absent"): 1,
        ("other_type", "entry[].changes", "object"): 1,
        ("other_type", "entry[].changes[]", "string"): 1,
        ("missing", VALUE, "absent"): 1,
        ("other_type", VALUE, "list"): 1,
        ("missing", "entry[].changes[].field", "absent"): 1,
        ("other_type", "entry[].changes[].field", "number"): 1,
        ("other_type", "entry[]", "null"): 1,
    },
    "other_fields": {
        ("unknown_word", "entry[].changes[].field", "letters_letters_letters…"): 1,
    },
    "other_product": {("unknown_word", "object", "page"): 1},
    "other_product_without_changes": {("unknown_word", "object", "page"): 1},
    "reaction_removed_null": {("other_type", f"{ITEM}.reaction.emoji", "null"): 1},
    "status_deleted": {("unknown_word", f"{STATUS}.status", "deleted"): 1},
    "status_failed": {
        ("unknown_key", f"{STATUS}.errors[].retry_after", "null"): 1,
        ("unknown_key", f"{STATUS}.errors[].attempts", "list"): 1,
    },
    "status_warning": {("unknown_word", f"{STATUS}.status", "warning"): 1},
    "text_empty_strings": {("unknown_key", f"{ITEM}.recipient_type", "string"): 1},
    "text_formatted_lease_number": {
        ("other_form", f"{VALUE}.metadata.display_phone_number", "+digits␣digits-…"): 1
    },
    "text_user_id_as_from": {("other_form", f"{ITEM}.from", "capitals.digits"): 1},
    "user_actions_only": {("unknown_key", f"{VALUE}.user_actions", "list"): 1},
    "user_id_not_of_the_form": {
        ("other_form", f"{VALUE}.contacts[].user_id", "letters_letters"): 1,
        ("other_form", f"{ITEM}.from_user_id", "letters_letters"): 1,
    },
}


@pytest.mark.parametrize("name", sorted(file.stem for file in DIRECTORY.glob("*.json")))
def test_what_departs_from_the_documents_is_told_and_nothing_else(name: str) -> None:
    assert said(load(name)) == DEPARTING.get(name, {})


def said(raw: bytes) -> Said:
    return {(each.departure.value, each.path, each.shape): n for each, n in drift(raw).items()}


def said_of(message: samples.Json) -> Said:
    """What is said of a message, beneath its place."""
    raw = samples.encode(samples.envelope(samples.entry(samples.change(messages=[message]))))
    short = {(what, path.removeprefix(f"{ITEM}."), shape) for what, path, shape in said(raw)}
    return dict.fromkeys(short, 1)


@pytest.mark.parametrize(
    ("timestamp", "departure"),
    [
        ("1795800000", None),
        ("1795800000000", ("other_form", "timestamp", "13 digits")),
        ("1795800000.5", ("other_form", "timestamp", "digits.digits")),
        (" 1795800000 ", ("other_form", "timestamp", "␣digits␣")),
        ("2026-11-28T12:00:00Z", ("other_form", "timestamp", "digits-digits-mixed…")),
        (1795800000, ("other_type", "timestamp", "number")),
        (1795800000.5, ("other_type", "timestamp", "number")),
        (True, ("other_type", "timestamp", "boolean")),
    ],
)
def test_a_timestamp_is_a_string_of_digits_in_seconds(
    timestamp: object, departure: tuple[str, str, str] | None
) -> None:
    found = said_of({**samples.text(), "timestamp": timestamp})
    assert found == ({departure: 1} if departure else {})


@pytest.mark.parametrize(
    ("key", "value", "shape"),
    [
        ("from_user_id", "us.13491208655302741918", "letters.digits"),
        ("from_user_id", "US.ENT.11815799212886844830", "capitals.capitals.digits"),
        ("from_user_id", "16505551234", "11 digits"),
        ("from_user_id", "Ann Example", "letters␣letters"),
        ("from_user_id", "Ünal", "letters"),
        ("from_parent_user_id", "US.13491208655302741918", "capitals.digits"),
        ("from", "+16505551234", "+digits"),
    ],
)
def test_ids_of_another_form_are_told_without_the_id(key: str, value: str, shape: str) -> None:
    assert said_of({**samples.text(), key: value}) == {("other_form", key, shape): 1}


def test_a_message_id_is_opaque() -> None:
    assert said_of(samples.text(message_id="whatever+it/is")) == {}


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("poll", "poll"),
        ("sent_via_1p_app", "sent_via_1p_app"),
        ("sha512", "sha512"),
        ("customerName", "customerName"),
        ("16505551234", "*"),
        ("user_16505551234", "*"),
        ("US.13491208655302741918", "*"),
        ("wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQQA=", "*"),
        ("HBgLMTYxNjU1", "*"),
        ("Ann Example", "*"),
        ("a" * 41, "*"),
        ("", "*"),
        ("\N{SNOWMAN}", "*"),
    ],
)
def test_keys_that_are_no_words_are_all_alike(key: str, name: str) -> None:
    assert said_of({**samples.text(), key: {"x": 1}}) == {("unknown_key", name, "object"): 1}


def test_an_unknown_type_is_told_by_its_word() -> None:
    assert said_of({**samples.text(), "type": "poll"}) == {("unknown_word", "type", "poll"): 1}
    assert said_of({**samples.text(), "type": "16505551234"}) == {
        ("unknown_word", "type", "11 digits"): 1
    }


@pytest.mark.parametrize(
    ("change", "departure"),
    [
        ({"status": "held"}, ("unknown_word", "status", "held")),
        ({"type": "receipt"}, ("unknown_word", "type", "receipt")),
        ({"type": "message"}, None),
        ({"type": "payment", "status": "captured"}, None),
        ({"type": "payment", "status": "read"}, ("unknown_word", "status", "read")),
        ({"participant_recipient_id": "1"}, ("unknown_key", "participant_recipient_id", "string")),
        ({"recipient_user_id": "foo_bar"}, ("other_form", "recipient_user_id", "letters_letters")),
    ],
)
def test_statuses_and_their_types(
    change: dict[str, Any], departure: tuple[str, str, str] | None
) -> None:
    tree = json.loads(load("status_read"))
    tree["entry"][0]["changes"][0]["value"]["statuses"][0] |= change
    found = said(json.dumps(tree).encode())
    what, name, shape = departure or ("", "", "")
    assert found == ({(what, f"{STATUS}.{name}", shape): 1} if departure else {})


def test_what_is_often_in_one_payload_is_counted_as_often() -> None:
    texts = [samples.text() | {"poll": []} for _ in range(7)]
    raw = samples.encode(samples.envelope(samples.entry(samples.change(messages=texts))))
    assert said(raw) == {("unknown_key", f"{ITEM}.poll", "list"): 7}


def test_what_only_the_tolerant_reader_takes_is_looked_over_too() -> None:
    raw = load("user_id_not_of_the_form").replace(b"Hello", b"\xff\xfe \\ud83d")
    assert said(raw) == DEPARTING["user_id_not_of_the_form"]
    assert said(b"[" * 100_000) == {("other_type", "payload", "no JSON"): 1}


@examples(200)
@given(st.binary(max_size=60) | JSON.map(samples.encode) | encoded() | broken())
def test_nothing_raises_and_nothing_told_is_long_or_a_value(raw: bytes) -> None:
    for each in drift(raw):
        assert len(each.path) <= 200
        assert len(each.shape) <= 64
        told = re.sub(r"sha256|^\d+ digits$", "", each.path + "\n" + each.shape, flags=re.MULTILINE)
        assert re.search(r"[0-9]{4}|[^\x20-\x7e\n␣…]", told) is None


SAMPLES: list[Callable[[], samples.Json]] = [
    samples.text,
    samples.reaction,
    samples.image,
    samples.unsupported,
    samples.system,
]


@pytest.mark.parametrize("sample", SAMPLES)
def test_our_own_samples_are_as_documented(sample: Callable[[], samples.Json]) -> None:
    assert said_of(sample()) == {}
