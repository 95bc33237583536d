"""What the reactions in the payload files mean."""

import pytest

from tests.webhooks.whatsapp.payloads import (
    HERE,
    OUTBOUND_ID,
    REACTION_ID,
    REACTION_TIME,
    SHEENA,
    items_of,
)
from webhooks.whatsapp.items import Kind
from webhooks.whatsapp.kinds.reaction import Reaction


def _reaction(emoji: str) -> Reaction:
    return Reaction(
        position=0,
        **HERE,
        message_id=REACTION_ID,
        person=SHEENA,
        occurred_at=REACTION_TIME,
        kind=Kind.REACTION,
        name="reaction",
        target_id=OUTBOUND_ID,
        emoji=emoji,
    )


def test_reaction() -> None:
    """An emoji on a message."""
    assert items_of("reaction") == (_reaction("👍"),)


@pytest.mark.parametrize(
    "name", ["reaction_removed_absent", "reaction_removed_empty", "reaction_removed_null"]
)
def test_removal_in_each_of_its_spellings(name: str) -> None:
    """No emoji, an empty one and null all take the reaction away."""
    assert items_of(name) == (_reaction(""),)
