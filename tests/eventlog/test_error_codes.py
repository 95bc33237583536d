"""What Meta's error codes mean."""

import pytest

from eventlog.error_codes import CODES, READ_ON, SOURCE, explained


@pytest.mark.parametrize("code", list(CODES.values()), ids=lambda code: str(code.code))
def test_each_code_is_said_in_few_words_and_in_sentences(code: object) -> None:
    known = explained(code.code)  # type: ignore[attr-defined]
    assert known is code
    assert 0 < len(known.title) <= 40
    assert not known.title.endswith(".")
    assert known.meaning.endswith(".")
    assert known.advice.endswith(".")


def test_it_says_where_it_was_read_and_when() -> None:
    assert SOURCE.startswith("https://developers.facebook.com/")
    assert READ_ON.year >= 2026


@pytest.mark.parametrize("code", [131026, 131047, 131049, 131051, 131053, 130472, 132001, 368, 0])
def test_what_fails_most_is_documented(code: int) -> None:
    assert explained(code).documented


def test_several_codes_may_share_their_words() -> None:
    assert explained(201).title == explained(299).title
    assert (explained(200).title == explained(201).title, 300 in CODES) == (False, False)


def test_an_unknown_code_says_so() -> None:
    unknown = explained(424242)
    assert (unknown.code, unknown.documented) == (424242, False)
    assert "not in our list" in unknown.meaning


def test_what_only_others_have_seen_does_not_count_as_documented() -> None:
    assert not explained(131060).documented
    assert explained(131060).title == "Message unavailable"
