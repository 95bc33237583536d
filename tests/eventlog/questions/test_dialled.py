"""Phone numbers as people dial them."""

import pytest

from eventlog.questions.dialled import Dialled, country_code


@pytest.mark.parametrize(
    ("word", "digits", "from_abroad"),
    [
        ("16505551234", "16505551234", False),
        ("+1 (650) 555-1234", "16505551234", True),
        ("001 650.555.1234", "16505551234", True),
        ("+44\u00a07700 900123", "447700900123", True),
        ("+44 (0)7700 900102", "447700900102", True),
        ("(+44) 7700 900102", "447700900102", True),
        ("0044 (0) 7700 900102", "447700900102", True),
        ("07700 900102", "07700900102", False),
        ("(0)7700 900102", "7700900102", False),
        ("900102", "900102", False),
    ],
)
def test_a_number_is_known_by_its_form(word: str, digits: str, from_abroad: bool) -> None:
    assert Dialled.read(word) == Dialled(digits=digits, from_abroad=from_abroad)


@pytest.mark.parametrize("word", ["12345", "wamid.123456789", "", "1742fce2", "#123456"])
def test_what_is_no_number_is_none(word: str) -> None:
    assert Dialled.read(word) is None


@pytest.mark.parametrize(
    ("typed", "lease_number", "numbers"),
    [
        ("07700 900102", "447700900001", ["447700900102"]),
        ("7700 900102", "447700900001", ["447700900102"]),
        ("(0)170 1234567", "4930901820", ["491701234567"]),
        ("650 555 1234", "15550783881", ["16505551234"]),
        ("1 650 555 1234", "15550783881", ["16505551234", "116505551234"]),
        ("8 912 345 67 89", "74951234567", ["79123456789", "789123456789"]),
        ("06 20 123 4567", "3612345678", ["36201234567"]),
        ("06 1234 5678", "390612345678", ["390612345678"]),
        ("01 23 45 67 89", "2252123456789", ["2250123456789"]),
        ("8 029 491 1911", "375172123456", ["375294911911", "37580294911911"]),
        ("512 345 678", "48123456789", ["48512345678"]),
        ("0412345678", "35312345678", ["353412345678"]),
        ("+44 7700 900102", "4930901820", []),
        ("0123456789012345", "447700900001", []),
        ("07700 900102", "", []),
    ],
)
def test_at_home_a_number_is_dialled_without_its_country(
    typed: str, lease_number: str, numbers: list[str]
) -> None:
    dialled = Dialled.read(typed)
    assert dialled is not None
    assert dialled.at_home([lease_number]) == numbers


def test_each_country_has_a_number_of_its_own() -> None:
    dialled = Dialled(digits="01701234567", from_abroad=False)
    found = dialled.at_home(["447700900001", "4930901820", "447700900002"])
    assert found == ["441701234567", "491701234567"]


@pytest.mark.parametrize(
    ("typed", "ends"),
    [
        ("900102", ("900102",)),
        ("012345", ("012345",)),
        ("07700 900102", ("07700900102", "7700900102")),
        ("+44 7700 900102", ()),
        ("00 7700 900102", ()),
    ],
)
def test_what_is_not_whole_is_an_end(typed: str, ends: tuple[str, ...]) -> None:
    dialled = Dialled.read(typed)
    assert dialled is not None
    assert dialled.ends() == ends


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("15550783881", "1"),
        ("79123456789", "7"),
        ("447700900001", "44"),
        ("4930901820", "49"),
        ("35312345678", "353"),
        ("2250123456789", "225"),
        ("971501234567", "971"),
        ("", ""),
        ("4", ""),
    ],
)
def test_a_country_is_known_by_its_code(number: str, code: str) -> None:
    assert country_code(number) == code
