"""Whether everything is as the model says, once nothing is open any more."""

from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256

from django.db.models import Count, Q

from sandbox.stack import StackFailed
from tests.convergence.model import Fate, documents, fate
from tests.convergence.payloads import payload
from tests.convergence.stored import read_documents
from tests.convergence.streams import Batch
from tests.faults.system import System
from tests.soak.traffic import Conversation
from webhooks.models import Delivery, Event
from webhooks.outcomes import State

APPLIED = (State.PROCESSED, State.DUPLICATE)


def compare(
    system: System, conversations: Sequence[Conversation], batches: Sequence[Batch]
) -> list[str]:
    """Returns what is wrong, one sentence each."""
    different = {payload(batch): batch for batch in batches}
    return [
        *_documents(system, conversations),
        *_deliveries(different),
        *_fates(conversations, list(different.values())),
        *_commands(system),
    ]


def _documents(system: System, conversations: Sequence[Conversation]) -> Iterator[str]:
    found = read_documents(system.main)
    wrong = counted_wrong = 0
    for each in conversations:
        expected = documents(each.world, each.items)
        wrong += sum(
            found.messages.pop(path, None) != fields for path, fields in expected.messages.items()
        )
        counted_wrong += sum(
            found.unread.get(path) != count for path, count in expected.unread.items()
        )
    if wrong:
        yield f"{wrong} messages differ from the model's"
    if counted_wrong:
        yield f"{counted_wrong} unread counts differ from the model's"
    if found.messages:
        yield f"{len(found.messages)} messages are there that the model does not know"


def _deliveries(different: dict[bytes, Batch]) -> Iterator[str]:
    expected = {sha256(body).hexdigest(): len(batch) for body, batch in different.items()}
    stored = dict(Delivery.objects.filter(repeat_of=None).values_list("digest", "item_count"))
    if stored != expected:
        yield f"{len(stored)} different deliveries are stored, {len(expected)} were answered"
    if Event.objects.count() != sum(expected.values()):
        yield f"{Event.objects.count()} events for {sum(expected.values())} items"
    texts = Event.objects.filter(kind="text", state__in=APPLIED).order_by().values("message_id")
    counts = texts.annotate(processed=Count("pk", filter=Q(state=State.PROCESSED)))
    odd = counts.exclude(processed=1).count()
    if odd:
        yield f"{odd} texts were not processed exactly once"


def _fates(conversations: Sequence[Conversation], batches: Sequence[Batch]) -> Iterator[str]:
    fates = {
        id(item): fate(each.world, each.items, item)
        for each in conversations
        for item in each.items
    }
    expected = Counter(fates[id(item)].value for batch in batches for item in batch)
    found: Counter[str] = Counter()
    rows = Event.objects.order_by().values_list("state", "reason").annotate(Count("pk"))
    for state, reason, count in rows:
        found[_fate_word(state, reason)] += count
    if found != expected:
        yield f"outcomes are {dict(found)}, the model's {dict(expected)}"


def _fate_word(state: str, reason: str) -> str:
    if state in APPLIED:
        return Fate.APPLIED.value
    return Fate.IGNORED.value if state == State.IGNORED else reason


def _commands(system: System) -> Iterator[str]:
    """What a scheduler asks."""
    for command in ("accounted", "reconcile"):
        try:
            system.stack.manage(command)
        except StackFailed:
            yield f"manage.py {command} complains"
