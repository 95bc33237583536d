"""What others have written never raises, whatever it is."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from visn_whatsapp.untrusted import is_digits, moment, printable, string, uuid, whole_number

ODD = [None, True, 1.5, b"x", ["x"], {"x": 1}, object()]
NO_NUMBERS = ["", " 1", "1 ", "+1", "-1", "1_0", "1.0", "٣", "²", "1\n", "0x1", "9" * 5000]
AN_ID = UUID("01990000-0000-7000-8000-000000000001")


@pytest.mark.parametrize("value", ODD)
def test_another_type_is_nothing(value: object) -> None:
    assert (string(value), moment(value)) == ("", None)


def test_what_it_should_be_stays_as_it_is() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert (string("é\0"), moment(now)) == ("é\0", now)


def test_what_cannot_be_printed_is_replaced() -> None:
    assert printable("task-1 ~", most=8) == "task-1 ~"
    assert printable("é\0\n\x7fabc", most=5) == "????a"


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_only_a_few_ascii_digits_are_a_number(text: str) -> None:
    assert whole_number(text, digits=18) is None


def test_a_number_has_so_many_digits_at_most() -> None:
    assert [whole_number(text, digits=3) for text in ("0", "007", "999", "0999")] == [
        0,
        7,
        999,
        None,
    ]
    assert is_digits("9" * 5000)


@pytest.mark.parametrize("text", ["", "x", str(AN_ID)[:-1], "9" * 5000, "\0"])
def test_no_uuid_is_nothing(text: str) -> None:
    assert uuid(text) is None


@pytest.mark.parametrize("text", [str(AN_ID), AN_ID.hex, AN_ID.urn])
def test_a_uuid_has_several_spellings(text: str) -> None:
    assert uuid(text) == AN_ID
