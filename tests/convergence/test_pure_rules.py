"""The pure rules give the model's documents, however the items come."""

from random import Random

from hypothesis import given

from tests.convergence.memory import Memory, items_of
from tests.convergence.model import Documents, documents
from tests.convergence.streams import CHANCES, Stream, streams
from tests.examples import examples
from webhooks.whatsapp.items import Item

MOST_ROUNDS = 20


@examples(500)
@given(stream=streams(), random=CHANCES)
def test_any_order_grouping_and_repetition(stream: Stream, random: Random) -> None:
    """Whatever fails to be written comes again; waits end when all deliveries are here."""
    expected = documents(stream.world, stream.items)
    memory = Memory.of(stream.world)
    assert _converge(memory, stream, random) == expected


def _converge(memory: Memory, stream: Stream, random: Random) -> Documents:
    left_over: list[Item] = []
    for batch in stream.deliveries:
        items = items_of(batch)
        lost = {item.position for item in items if random.random() < 0.2}
        left_over += memory.apply(items, patient=True, lost=lost)
        if random.random() < 0.5:
            left_over = _each_alone(memory, left_over, patient=True)
    left_over = _settled(memory, left_over)
    _each_alone(memory, left_over, patient=False)
    _settled(memory, left_over)
    return memory.documents


def _settled(memory: Memory, items: list[Item]) -> list[Item]:
    """Returns what waits in vain: once none of them gets anywhere, none ever will."""
    for _ in range(MOST_ROUNDS):
        left_over = _each_alone(memory, items, patient=True)
        if left_over == items:
            break
        items = left_over
    return items


def _each_alone(memory: Memory, items: list[Item], *, patient: bool) -> list[Item]:
    return [left for item in items for left in memory.apply([item], patient=patient)]
