"""The pure rules give the model's documents, however the events come."""

from random import Random

from hypothesis import given

from tests.convergence.memory import Memory, events_of
from tests.convergence.model import Documents, documents
from tests.convergence.streams import CHANCES, Stream, streams
from tests.examples import examples
from webhooks.whatsapp.items import Item

MOST_ROUNDS = 20


@examples(1200)
@given(stream=streams(), random=CHANCES)
def test_any_order_grouping_and_repetition(stream: Stream, random: Random) -> None:
    """Whatever fails to be written comes again; waits end when all deliveries are here."""
    expected = documents(stream.world, stream.items)
    memory = Memory.of(stream.world)
    assert _converge(memory, stream, random) == expected


def _converge(memory: Memory, stream: Stream, random: Random) -> Documents:
    open_events: list[Item] = []
    for batch in stream.deliveries:
        events = events_of(batch)
        lost = {event.position for event in events if random.random() < 0.2}
        open_events += memory.apply(events, patient=True, lost=lost)
        if random.random() < 0.5:
            open_events = _each_alone(memory, open_events, patient=True)
    for _ in range(MOST_ROUNDS):
        open_events = _each_alone(memory, open_events, patient=True)
    _each_alone(memory, open_events, patient=False)
    for _ in range(MOST_ROUNDS):
        open_events = _each_alone(memory, open_events, patient=True)
    return memory.documents


def _each_alone(memory: Memory, events: list[Item], *, patient: bool) -> list[Item]:
    return [left for event in events for left in memory.apply([event], patient=patient)]
