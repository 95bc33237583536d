"""Numbers in their spellings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from webhooks.whatsapp.numbers import canonical, digits, is_same_number, spellings


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("15550783881", "15550783881"),
        ("+1 555-078-3881", "15550783881"),
        ("+54 9 11 1555-0100", "5491115550100"),
        ("", ""),
        ("no number", ""),
        ("\uff11\uff15\uff15\uff15", ""),
        ("1\u06635", "15"),
        ("\u00b21", "1"),
    ],
)
def test_digits(number: str, expected: str) -> None:
    """Only 0 to 9 are digits."""
    assert digits(number) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("16505551234", ("16505551234",)),
        ("", ("",)),
        # Brazil, mobile: with and without the ninth digit
        ("5511987654321", ("5511987654321", "551187654321")),
        ("551187654321", ("551187654321", "5511987654321")),
        ("551199654321", ("551199654321", "5511999654321")),
        # Brazil, landline: no ninth digit to add
        ("551132654321", ("551132654321",)),
        ("5511932654321", ("5511932654321",)),
        # Argentina
        ("541115550100", ("541115550100", "5491115550100")),
        ("5491115550100", ("5491115550100", "541115550100")),
        # Mexico
        ("525515550100", ("525515550100", "5215515550100")),
        ("5215515550100", ("5215515550100", "525515550100")),
        # no area code starts with the digit that WhatsApp inserts
        ("549111555010", ("549111555010",)),
        ("521551555010", ("521551555010",)),
        # Ivory Coast: by the second digit of the old mobile number
        ("22507123456", ("22507123456", "2250707123456")),
        ("2250707123456", ("2250707123456", "22507123456")),
        ("22505123456", ("22505123456", "2250505123456")),
        ("22501123456", ("22501123456", "2250101123456")),
        ("22589123456", ("22589123456", "2250789123456")),
        ("2250589123456", ("2250589123456",)),
        # Ivory Coast, landline
        ("22521212345", ("22521212345",)),
        ("2252721212345", ("2252721212345",)),
        # Benin
        ("22997123456", ("22997123456", "2290197123456")),
        ("2290197123456", ("2290197123456", "22997123456")),
        ("2290297123456", ("2290297123456",)),
        # too short or too long to be one of them
        ("5511", ("5511",)),
        ("55119876543210", ("55119876543210",)),
    ],
)
def test_spellings(number: str, expected: tuple[str, ...]) -> None:
    """The number itself comes first."""
    assert spellings(number) == expected


@examples(100)
@given(
    st.builds(
        "{}{}".format,
        st.sampled_from(
            [
                "55",
                "559",
                "5511",
                "55119",
                "54",
                "549",
                "52",
                "521",
                "225",
                "22507",
                "229",
                "22901",
                "",
            ]
        ),
        st.text("0123456789", max_size=11),
    )
)
def test_every_spelling_gives_the_same_set(number: str) -> None:
    """So it does not matter which one a tracking record holds."""
    assert {frozenset(spellings(one)) for one in spellings(number)} == {
        frozenset(spellings(number))
    }


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("551187654321", "5511987654321", True),
        ("5511987654321", "5511987654321", True),
        ("16505551234", "16505551235", False),
        ("", "", False),
        ("", "16505551234", False),
    ],
)
def test_is_same_number(one: str, other: str, *, expected: bool) -> None:
    """Who has no number is nobody else."""
    assert is_same_number(one, other) is expected


def test_canonical() -> None:
    """Whichever spelling it is asked of."""
    assert {canonical("22997123456"), canonical("2290197123456")} == {"2290197123456"}
