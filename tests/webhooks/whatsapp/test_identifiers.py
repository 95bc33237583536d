"""Phone numbers, user ids and message ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from webhooks.whatsapp.identifiers import (
    UnusableMessageIdError,
    can_name_document,
    document_id,
    is_parent_user_id,
    is_user_id,
)


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
    ("word", "expected"),
    [
        ("US.ENT.11815799212886844830", True),
        ("US.11815799212886844830", False),
        ("US.ENT.", False),
        ("US.ENTER", False),
    ],
)
def test_parent_user_ids(word: str, *, expected: bool) -> None:
    """They are never a user id, which has one dot."""
    assert is_parent_user_id(word) is expected
    assert not (is_parent_user_id(word) and is_user_id(word))


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
