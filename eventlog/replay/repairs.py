"""What a repair would do: which of the chosen events Firestore has lost, and what can come back."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from eventlog.models import ReplayedEvent
from eventlog.reconciliation import (
    BATCH,
    FIELDS,
    Drift,
    drift_of,
    found_placements,
    with_messages,
)
from eventlog.replay.losses import Lost
from listeners.firestore.documents import StoredMessage
from listeners.firestore.store import Store
from listeners.models import Placement
from listeners.tracking import ChatKey
from visn_whatsapp.explained import Explained
from webhooks.models import Event
from webhooks.outcomes import State
from webhooks.whatsapp.items import IN_A_CHAT, MAKING


class Remedy(Explained):
    """What a repair does with an event."""

    CREATED = "created", "No chat holds the text: it is created again in its chat, and counted."
    APPLIED = "applied", "Applied again to its message, which is there or is created before."
    INTACT = "intact", "Left alone: the chat shows it."
    HELD = "held", "Left alone: another document holds the text's id. Compare the two."
    NO_MESSAGE = (
        "no_message",
        "Cannot: the message that it changed is gone, and a repair makes no message but a text of "
        "the driver.",
    )
    NO_BYTES = "no_bytes", "Cannot: its bytes are gone."
    NO_PLACEMENT = (
        "no_placement",
        "Cannot: the ledger does not say which chat the text was given to.",
    )
    BUSY = "busy", "Left alone: it is in a replay or repair that has not finished."
    ERASED = "erased", "Left alone: it was erased at a person's request."
    NOT_APPLIED = "not_applied", "Left alone: it was never applied. A replay may help."


REPAIRED = frozenset({Remedy.CREATED, Remedy.APPLIED})
# Nothing is wrong with the chat, as far as this event goes.
WELL = frozenset({Remedy.INTACT, Remedy.NOT_APPLIED, Remedy.ERASED})
NEVER_LOOKED_FOR = (Remedy.NOT_APPLIED, Remedy.ERASED)
Key = tuple[str, str, str]  # lease, enquiry and document


@dataclass(kw_only=True, slots=True)
class RepairPreview:
    """What a repair of the chosen events would do. Events are named by their row alone."""

    counts: Counter[Remedy] = field(default_factory=Counter)
    events: list[int] = field(default_factory=list)  # those that would be opened again
    named: list[tuple[int, Remedy]] = field(default_factory=list)  # whom nobody can repair
    unread: Counter[ChatKey] = field(default_factory=Counter)  # by how much it rises
    gone: int = 0  # chosen, and not in the ledger any more

    @property
    def too_many(self) -> bool:
        """Whether it has to be narrowed first."""
        limit: int = settings.REPLAY_MAX_EVENTS
        return len(self.events) > limit

    @property
    def possible(self) -> bool:
        """Whether there is something to repair, and not too much."""
        return bool(self.events) and not self.too_many

    @property
    def compared(self) -> bool:
        """Whether any of the chosen events should be in a chat, and was looked for there."""
        return self.counts.total() > sum(self.counts[each] for each in NEVER_LOOKED_FOR)

    @property
    def left(self) -> int:
        """How many differences stay whatever is repaired."""
        wrong = sum(count for remedy, count in self.counts.items() if remedy not in WELL)
        return wrong - len(self.events) + self.gone


def preview(lost: Lost, *, store: Store) -> RepairPreview:
    """Compares the chosen events with their chats. Raises `Unavailable`, and database errors."""
    found = RepairPreview(gone=lost.gone)
    created: set[Key] = set()
    orphans: list[Event] = []  # whose message may be created
    for batch in _batches(lost.events):
        for event, stored in with_messages(batch, store=store):
            remedy = _remedy(event, stored)
            if remedy == Remedy.NO_MESSAGE:
                orphans.append(event)
                continue
            if remedy == Remedy.CREATED:
                created.add(_key(event))
                found.unread[ChatKey(lease_id=event.lease_id, enquiry_id=event.enquiry_id)] += 1
            _add(found, event, remedy)
    for event in orphans:
        comes = _key(event) in created
        _add(found, event, Remedy.APPLIED if comes else Remedy.NO_MESSAGE)
    return found


def _batches(events: QuerySet[Event]) -> Iterator[Sequence[Event]]:
    has_bytes = ExpressionWrapper(Q(delivery__body__isnull=False), output_field=BooleanField())
    rows = events.only(*FIELDS, "erased_at").annotate(
        has_bytes=has_bytes,
        has_placement=Exists(Placement.objects.filter(event=OuterRef("pk"))),
        was_found=Exists(found_placements()),
        busy=Exists(ReplayedEvent.objects.filter(event=OuterRef("pk"), closed_at=None)),
    )
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


def _remedy(event: Event, stored: Sequence[StoredMessage]) -> Remedy:
    """The one place that says what may be brought back: a new reason against it belongs here."""
    if event.erased_at is not None or event.busy:  # type: ignore[attr-defined]
        return Remedy.BUSY if event.erased_at is None else Remedy.ERASED
    if not _is_in_a_chat(event):
        return Remedy.NOT_APPLIED
    drift = drift_of(event, stored)
    if drift is None or drift == Drift.MESSAGE_TWICE:
        return Remedy.INTACT
    if not event.has_bytes:  # type: ignore[attr-defined]
        return Remedy.NO_BYTES
    if event.kind not in MAKING:
        return Remedy.NO_MESSAGE if drift == Drift.MESSAGE_MISSING else Remedy.APPLIED
    return _of_text(event, stored)


def _is_in_a_chat(event: Event) -> bool:
    """Whether a chat should show it: applied by us, or a text that was found written."""
    if event.state == State.DUPLICATE and event.kind in MAKING:
        return bool(event.was_found)  # type: ignore[attr-defined]
    return event.state == State.PROCESSED and event.kind in IN_A_CHAT


def _of_text(event: Event, stored: Sequence[StoredMessage]) -> Remedy:
    if stored:
        return Remedy.HELD
    return Remedy.CREATED if event.has_placement else Remedy.NO_PLACEMENT  # type: ignore[attr-defined]


def _key(event: Event) -> Key:
    return event.lease_id, event.enquiry_id, event.document


def _add(found: RepairPreview, event: Event, remedy: Remedy) -> None:
    found.counts[remedy] += 1
    if remedy in REPAIRED:
        found.events.append(event.pk)
    elif remedy not in WELL:
        found.named.append((event.pk, remedy))
