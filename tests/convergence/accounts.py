"""Whether the ledger accounts for every item that was delivered, as the model says it must."""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256

from tests.convergence.model import Fate, documents, fate
from tests.convergence.payloads import in_order, payload
from tests.convergence.streams import Stream
from tests.convergence.world import Changed, Chat, Item, Photo, Reaction, Status, Text
from webhooks.models import Delivery, Event
from webhooks.outcomes import SETTLED, Reason, State

STATES = {
    Fate.APPLIED: {State.PROCESSED, State.DUPLICATE},
    Fate.IGNORED: {State.IGNORED},
    Fate.NO_ACTIVE_TRACKING: {State.SKIPPED},
    Fate.ENQUIRY_NOT_FOUND: {State.SKIPPED},
    Fate.MESSAGE_NOT_FOUND: {State.SKIPPED},
}
WORDS = {Text: "text", Reaction: "reaction", Photo: "image", Changed: "system"}


def check_every_item(stream: Stream) -> None:
    """Every item of every delivery is there and settled, and nothing else is."""
    bodies = {payload(batch): batch for batch in stream.deliveries}
    digests = {sha256(body).hexdigest(): len(batch) for body, batch in bodies.items()}
    first = Delivery.objects.filter(repeat_of=None)
    assert dict(first.values_list("digest", "item_count")) == digests
    assert Event.objects.exclude(state__in=SETTLED).count() == 0
    assert Event.objects.count() == sum(digests.values())
    for item, event in _pairs(stream):
        assert (event.name, event.message_id) == _key(item)
    _check_processed(stream)


def check_fates(stream: Stream) -> None:
    """Each event ended as the model says, and names the document that it was applied to."""
    messages = documents(stream.world, stream.items).messages
    for item, event in _pairs(stream):
        expected = fate(stream.world, stream.items, item)
        assert event.state in STATES[expected]
        assert event.state != State.SKIPPED or event.reason == expected.value
        if expected is Fate.APPLIED:
            assert messages[_path(event)]["whatsappMessageId"] == event.held_as


def _check_processed(stream: Stream) -> None:
    """Of each text that was applied one event did it, of anything else at least one.

    Nothing is applied by two events: of another time, or with another error, it is something else.
    """
    states: dict[tuple[str, str], Counter[str]] = {}
    applied: Counter[str] = Counter()
    for item, event in _pairs(stream):
        states.setdefault(_key(item), Counter())[event.state] += 1
        applied[repr(item)] += event.reason == Reason.APPLIED
    assert [item for item, times in applied.items() if times > 1] == []
    for (name, _), counts in states.items():
        if counts[State.PROCESSED] or counts[State.DUPLICATE]:
            assert counts[State.PROCESSED] == 1 or (name != "text" and counts[State.PROCESSED])


def _path(event: Event) -> str:
    chat = Chat(lease_id=event.lease_id, enquiry_id=event.enquiry_id)
    return f"{chat.messages}/{event.document}"


def _pairs(stream: Stream) -> Iterator[tuple[Item, Event]]:
    """Each item of each delivery with its row."""
    events = {
        (event.delivery.digest, event.position): event
        for event in Event.objects.select_related("delivery")
    }
    for body, batch in {payload(batch): batch for batch in stream.deliveries}.items():
        digest = sha256(body).hexdigest()
        for position, item in enumerate(in_order(batch)):
            yield item, events[digest, position]


def _key(item: Item) -> tuple[str, str]:
    return (item.word if isinstance(item, Status) else WORDS[type(item)], item.wamid)
