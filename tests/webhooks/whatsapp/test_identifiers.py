"""Phone numbers, user ids and message ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from webhooks.whatsapp.identifiers import (
    UnusableMessageIdError,
    can_name_document,
    digits,
    document_id,
    is_user_id,
    spellings,
)


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


@pytest.mark.parametrize("word", ["US.13491208655302741918", "BR.1", "GB.a1B2" + "0" * 121])
def test_user_ids(word: str) -> None:
    """Country, dot, alphanumerics."""
    assert is_user_id(word)


@pytest.mark.parametrize(
    "word",
    [
        "",
        "16505551234",
        "US.",
        "us.1349",
        "USA.1349",
        "US.13 49",
        "US.13é",
        "US.1\n",
        "US." + "1" * 158,
    ],
)
def test_words_that_are_no_user_ids(word: str) -> None:
    """Anything else is not, and neither is one that is too long."""
    assert not is_user_id(word)


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
        st.sampled_from(["55", "559", "5511", "55119", "54", "549", "52", "521", "1", ""]),
        st.text("0123456789", max_size=11),
    )
)
def test_every_spelling_gives_the_same_set(number: str) -> None:
    """So it does not matter which one a tracking record holds."""
    assert {frozenset(spellings(one)) for one in spellings(number)} == {
        frozenset(spellings(number))
    }


@pytest.mark.parametrize(
    ("message_id", "expected"),
    [
        ("wamid.HBgLMTY1MDM4Nzk0MzkVAgA=", "wamid.HBgLMTY1MDM4Nzk0MzkVAgA="),
        ("ABGGFlA5Fpa", "ABGGFlA5Fpa"),
        ("a/b+c-d_e", "a%2Fb%2Bc-d_e"),
        ("é", "%C3%A9"),
        ("...", "..."),
        ("__x", "__x"),
        ("___", "___"),
        ("a" * 1500, "a" * 1500),
        ("/" * 500, "%2F" * 500),
    ],
)
def test_document_ids(message_id: str, expected: str) -> None:
    """The id quoted; `=` stands for itself."""
    assert document_id(message_id) == expected
    assert can_name_document(message_id)


@pytest.mark.parametrize(
    ("message_id", "words"),
    [
        ("", "the message id is empty"),
        (".", "the message id is one that Firestore reserves"),
        ("..", "the message id is one that Firestore reserves"),
        ("__x__", "the message id is one that Firestore reserves"),
        ("____", "the message id is one that Firestore reserves"),
        ("a" * 1501, "the message id exceeds 1500 bytes once quoted"),
        ("👍" * 126, "the message id exceeds 1500 bytes once quoted"),
        ("/" * 501, "the message id exceeds 1500 bytes once quoted"),
    ],
)
def test_message_ids_that_name_no_document(message_id: str, words: str) -> None:
    """The words of the error never hold the id."""
    assert not can_name_document(message_id)
    with pytest.raises(UnusableMessageIdError) as caught:
        document_id(message_id)
    assert str(caught.value) == words


@examples(100)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_the_cheap_answer_is_the_true_one(message_id: str) -> None:
    """`can_name_document` says whether `document_id` raises."""
    try:
        document_id(message_id)
    except UnusableMessageIdError:
        assert not can_name_document(message_id)
    else:
        assert can_name_document(message_id)
