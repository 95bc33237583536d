"""Words with facts beside them are found by what rows and addresses hold."""

import copy
import pickle

import pytest

from eventlog.figures.board import Stretch
from visn_whatsapp.explained import Word
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import Effect, Kind
from webhooks.whatsapp.payload import Verdict


@pytest.mark.parametrize("enumeration", [State, Reason, Kind, Stretch])
def test_every_member_is_its_word_and_is_found_by_it(enumeration: type[Word]) -> None:
    for member in enumeration:
        assert (member, str(member), type(member.value)) == (member.value, member.value, str)
        assert enumeration.of(member.value) is member
        assert enumeration.known(member.value) is member
        assert pickle.loads(pickle.dumps(member)) is copy.deepcopy(member) is member  # noqa: S301


@pytest.mark.parametrize("word", ["applied ", "APPLIED", "Written to the chat.", "\0", "é" * 9999])
def test_any_other_word_is_none(word: str) -> None:
    assert Reason.known(word) is None
    with pytest.raises(ValueError, match="is not a valid Reason"):
        Reason.of(word)


def test_facts_stand_beside_the_word() -> None:
    assert Reason.APPLIED.state is State.PROCESSED
    assert Reason.APPLIED.meaning == "Written to the chat."
    assert Reason.ALREADY_APPLIED.phrase == "already applied"
    assert Reason.NOT_WHATSAPP.phrase == "not WhatsApp"
    assert Verdict.NOT_JSON.phrase == "not JSON"
    assert Kind.TEXT.effect is Effect.MAKES_MESSAGE
    assert (Stretch.DAY.label, Stretch.DAY.length.days) == ("Last day", 1)
