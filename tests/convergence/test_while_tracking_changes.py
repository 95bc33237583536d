"""What holds though tracking records appear, move and close, and enquiries come late."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.convergence.accounts import check_every_item
from tests.convergence.course import Course, course
from tests.convergence.model import RANKS
from tests.convergence.stored import store_record
from tests.convergence.streams import CHANCES, CHATS, Stream, streams
from tests.convergence.world import Chat, Item, Record, digits, spelled
from tests.examples import examples
from webhooks.models import Event
from webhooks.outcomes import State

MOST_STEPS = 8
WEEKS = timedelta(weeks=3)


@dataclass(kw_only=True)
class Watch:
    """What was seen last of each message; nothing of it may go back."""

    seen: dict[str, dict[str, Any]] = field(default_factory=dict)

    def look(self, running: Course) -> None:
        """Compares all messages with what was seen before."""
        messages = running.documents().messages
        for path, fields in messages.items():
            _check_forward(self.seen.get(path, {}), fields)
            _check_reactions(fields)
        self.seen = messages


def _check_forward(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert RANKS.get(before.get("status", ""), -1) <= RANKS.get(after.get("status", ""), -1)
    for word, at in before.get("statusTimestamps", {}).items():
        assert after["statusTimestamps"][word] <= at
    for person, mark in before.get("reactionClock", {}).items():
        assert _order(mark) <= _order(after["reactionClock"][person])


def _check_reactions(fields: dict[str, Any]) -> None:
    shown = {each["from"]: each["whatsappMessageId"] for each in fields.get("reactions", [])}
    clock = fields.get("reactionClock", {})
    assert shown == {person: mark["id"] for person, mark in clock.items() if not mark["removed"]}
    assert len(shown) == len(fields.get("reactions", []))


def _order(mark: dict[str, Any]) -> tuple[Any, bool, str]:
    return mark["at"], mark["removed"], mark["id"]


@examples(60)
@given(
    stream=streams(mostly_texts=True),
    random=CHANCES,
    rate=st.sampled_from([0.0, 0.2, 0.3]),
)
@pytest.mark.django_db
def test_no_text_twice_and_nothing_back(
    stream: Stream, random: Random, rate: float, firestore: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Contract: rules 1, 2, 3 and 5 hold while tracking records change."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore)
    watch = Watch()
    with course(stream.world, random, rate=rate, losses=True) as running:
        for batch in stream.deliveries:
            running.deliver(batch)
            for _ in range(random.randrange(MOST_STEPS)):
                step(running, stream)
            watch.look(running)
        running.finish()
        watch.look(running)
        check_every_item(stream)
        check_texts(running)
        before = running.documents()
        running.now += WEEKS
        for batch in stream.deliveries:
            running.deliver(batch[::-1])
        running.finish()
        assert set(before.messages) <= set(running.documents().messages)
        watch.look(running)
        check_texts(running)


def step(running: Course, stream: Stream) -> None:
    """Lets one thing happen."""
    random = running.random
    match random.randrange(10):
        case 0:
            running.store_ids()
        case 1:
            running.pass_time(300)
        case 2:
            running.sweep()
        case 3 | 4 | 5:
            change_tracking(running, random.choice(stream.items))
        case 6:
            enquiry = running.main.document(random.choice(CHATS).enquiry)
            enquiry.set({"touched": True}, merge=True)
        case _:
            running.run_any()


def change_tracking(running: Course, item: Item) -> None:
    """Lets a tracking record of an item's driver appear, or sends them to another enquiry."""
    random = running.random
    chat, second = random.choice(CHATS), random.randrange(9)
    own = [record for record in running.world.records if is_about(record, item)]
    if not own or random.random() < 0.1:
        own = [new_record(item, chat, second)]
    active = random.random() < 0.8
    for record in own:
        moved = replace(record, chat=chat, active=active, updated_second=second)
        store_record(moved, ancillary=running.ancillary)


def is_about(record: Record, item: Item) -> bool:
    """Whether a tracking record is of the item's driver."""
    driver = item.driver
    return record.lease_number in spelled(item.lease_number) and (
        digits(record.number) in spelled(driver.number)
        if driver.number
        else record.user_id == driver.user_id
    )


def new_record(item: Item, chat: Chat, second: int) -> Record:
    """A tracking record of the item's driver."""
    return Record(
        document_id=f"new-{second}",
        lease_number=item.lease_number,
        chat=chat,
        number=item.driver.number,
        user_id=item.driver.user_id,
        active=True,
        updated_second=second,
        created_second=second,
    )


def check_texts(running: Course) -> None:
    """Each text that was processed is one document in one chat and one in its count."""
    texts = Event.objects.filter(kind="text", state=State.PROCESSED)
    documents = running.documents()
    messages, unread = documents.messages, documents.unread
    inbound = Counter(
        fields["whatsappMessageId"]
        for fields in messages.values()
        if fields.get("source") == "driver"
    )
    assert inbound == Counter(texts.values_list("message_id", flat=True))
    assert set(inbound.values()) <= {1}
    for chat in CHATS:
        held = [path for path in messages if path.startswith(chat.messages) and "auto" not in path]
        at_first = running.world.enquiries.get(chat) or 0
        assert (unread.get(chat.enquiry) or 0) - at_first == len(held)
