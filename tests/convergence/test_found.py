"""Streams that once gave other documents than the model's, cut down to what mattered."""

from collections.abc import Sequence

import pytest

from tests.convergence.memory import Memory, items_of
from tests.convergence.model import Documents, documents
from tests.convergence.world import (
    Chat,
    Item,
    Named,
    Outbound,
    Reaction,
    Record,
    Text,
    World,
)

LEASE_NUMBER = "15550783881"
DRIVER = Named(number="447700900101", user_id="GB.101", name="Ann")
FIRST, SECOND = (Chat(lease_id="L1", enquiry_id=enquiry) for enquiry in ("E1", "E2"))
OUTBOUND = Outbound(chat=FIRST, document_id="auto", wamid="wamid.OUT", fields={"status": "sent"})


def world(*, enquiries: Sequence[Chat] = (FIRST, SECOND), outbound: Outbound = OUTBOUND) -> World:
    """Two active enquiries of one driver, the first of them the better candidate."""
    records = [
        Record(
            document_id=f"r{place}",
            lease_number=LEASE_NUMBER,
            chat=chat,
            number=f"+{DRIVER.number}",
            user_id=DRIVER.user_id,
            active=True,
            updated_second=10 - place,
            created_second=0,
        )
        for place, chat in enumerate((FIRST, SECOND))
    ]
    counts = dict.fromkeys(enquiries, 0)
    return World(records=tuple(records), enquiries=counts, outbound=(outbound,))


def text(wamid: str, *, reply_to: str = "", second: int = 0) -> Item:
    """A text of the driver."""
    return Text(
        lease_number=LEASE_NUMBER,
        driver=DRIVER,
        wamid=wamid,
        second=second,
        body="On my way",
        reply_to=reply_to,
    )


def reaction(wamid: str, *, emoji: str | None, second: int) -> Item:
    """A reaction of the driver to the outbound message."""
    return Reaction(
        lease_number=LEASE_NUMBER,
        driver=DRIVER,
        wamid=wamid,
        second=second,
        target=OUTBOUND.wamid,
        emoji=emoji,
    )


def apply(given: World, *batches: Sequence[Item]) -> Documents:
    """The documents after deliveries with these items, and after all waits."""
    memory = Memory.of(given)
    waiting = [each for batch in batches for each in memory.apply(items_of(batch), patient=True)]
    memory.apply(memory.apply(waiting, patient=True), patient=False)
    return memory.documents


REACTED = reaction("wamid.R1", emoji="👍", second=1)
REMOVED = reaction("wamid.R2", emoji=None, second=2)


@pytest.mark.parametrize(
    "batches",
    [[[REACTED], [REMOVED]], [[REMOVED], [REACTED]], [[REACTED, REMOVED]], [[REMOVED, REACTED]]],
)
def test_a_removal_leaves_the_same_document_before_and_after(batches: list[list[Item]]) -> None:
    """An empty list of reactions stands there, whether or not it ever held one."""
    assert apply(world(), *batches) == documents(world(), [REACTED, REMOVED])


IN_MISSING_ENQUIRY = text("wamid.T1", reply_to=OUTBOUND.wamid)
QUOTING_IT = text("wamid.T2", reply_to="wamid.T1", second=1)


@pytest.mark.parametrize(
    "batches", [[[IN_MISSING_ENQUIRY], [QUOTING_IT]], [[IN_MISSING_ENQUIRY, QUOTING_IT]]]
)
def test_a_reply_does_not_follow_a_text_that_has_no_chat(batches: list[list[Item]]) -> None:
    """The quoted text is in no chat, since its enquiry is missing: the reply goes to the first."""
    given = world(
        enquiries=[FIRST],
        outbound=Outbound(chat=SECOND, document_id="auto", wamid="wamid.OUT", fields={}),
    )
    expected = documents(given, [IN_MISSING_ENQUIRY, QUOTING_IT])
    assert apply(given, *batches) == expected
    assert expected.unread == {FIRST.enquiry: 1}
