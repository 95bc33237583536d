"""What of a payload may be shown masked."""

import pytest

from eventlog.questions.raw import excerpt, is_clear, is_known


@pytest.mark.parametrize(
    ("name", "value", "clear"),
    [
        ("status", "delivered", True),
        ("mime_type", "audio/ogg; codecs=opus", True),
        ("timestamp", "1749416383", True),
        ("code", "131049", True),
        ("display_phone_number", "+1 555-078-3881", True),
        ("phone_number_id", "106540352242922", True),
        ("timestamp", "447700900777", False),
        ("status", "call 447700900777", False),
        ("code", "447700900777", False),
        ("status", "call +44 7700 900 777", False),
        ("category", "4.4.7.7.0.0.9.0.0.7.7.7", False),
        ("type", "Ça va?", False),
        ("type", "x" * 65, False),
        ("phone_number_id", "Sheena", False),
        ("body", "delivered", False),
    ],
)
def test_a_value_shows_only_if_it_looks_like_what_it_is(name: str, value: str, clear: bool) -> None:
    assert is_clear(name, value) is clear


def test_only_the_names_of_metas_documentation_are_known() -> None:
    assert [is_known(name) for name in ("wa_id", "body", "16505551234")] == [True, True, False]


def test_an_excerpt_can_always_be_encoded() -> None:
    assert excerpt("a\ud800\0b", 10).encode() == "a?\N{REPLACEMENT CHARACTER}b".encode()
    assert excerpt("abc", 2) == "ab"
