"""What of personal data a reader sees."""

import pytest

from eventlog.questions.masking import MASKED, Sight, fingerprint
from sandbox import samples


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("16505551234", "••••••••234"),
        ("12345", "•••45"),
        ("123", "••3"),
        ("1", "•"),
        ("", ""),
    ],
)
def test_of_a_number_three_digits_remain_at_most(number: str, masked: str) -> None:
    assert MASKED.number(number) == masked


@pytest.mark.parametrize(
    ("user_id", "masked"),
    [
        ("US.13491208655302741918", "US.•••••918"),
        ("GB.1234", "••••••••"),
        ("16505551234", "••••••••"),
        ("<b>.16505551234", "••••••••"),
        ("", ""),
    ],
)
def test_of_a_user_id_the_country_remains(user_id: str, masked: str) -> None:
    assert MASKED.user_id(user_id) == masked


@pytest.mark.parametrize(
    ("words", "masked"), [("OK", "••"), ("Sheena Nelson", "••••••••••••"), ("", "")]
)
def test_of_words_nothing_remains(words: str, masked: str) -> None:
    assert MASKED.words(words) == masked


@pytest.mark.parametrize(
    ("words", "masked"),
    [
        ("Message undeliverable", "Message undeliverable"),
        (131026, "131026"),
        ("Undeliverable to 447700900777", "Undeliverable to ••••"),
        ("Undeliverable to +44 7700 900 777", "Undeliverable to +••••"),
        ("to (0)7700-900\N{NO-BREAK SPACE}777!", "to (••••!"),
        ("to 4.4.7.7.0.0.9.0.0.7.7.7", "to ••••"),
        ("to 4477\N{ZERO WIDTH SPACE}00900777", "to ••••"),
        ("to \N{FULLWIDTH DIGIT FOUR}" + "\N{ARABIC-INDIC DIGIT SEVEN}" * 9, "to ••••"),
        ("(#131026) Message 24-hour window, 3 tries", "(#131026) Message 24-hour window, 3 tries"),
        ({"to": "447700900777"}, "{'to': '••••'}"),
        ("to +44 (0) - 7700 900777", "to +••••"),
        ("to 44  -  7700  -  900777", "to ••••"),
        (f"Message {samples.TEXT_ID} is gone", "Message •••• is gone"),
        (f"{samples.DRIVER_USER_ID}: no such user", "••••: no such user"),
        ("to GB.a1b2c3", "to ••••"),
        ("OK. Ask in the EU.", "OK. Ask in the EU."),
    ],
)
def test_of_metas_words_about_an_error_numbers_are_hidden(words: object, masked: str) -> None:
    assert MASKED.told(words) == masked


def test_a_message_id_becomes_a_fingerprint() -> None:
    first, second = MASKED.message_id(samples.TEXT_ID), MASKED.message_id(samples.REACTION_ID)
    assert first == f"#{fingerprint(samples.TEXT_ID)}"
    assert (len(first), first == second) == (7, False)
    assert MASKED.message_id("") == ""


def test_what_was_revealed_is_whole() -> None:
    clear = Sight(revealed=True)
    assert clear.number(samples.DRIVER_NUMBER) == samples.DRIVER_NUMBER
    assert clear.user_id(samples.DRIVER_USER_ID) == samples.DRIVER_USER_ID
    assert clear.message_id(samples.TEXT_ID) == samples.TEXT_ID
    assert clear.words(samples.DRIVER_NAME) == samples.DRIVER_NAME
    assert clear.told("to 447700900777") == "to 447700900777"
