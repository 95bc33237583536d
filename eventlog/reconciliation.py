"""Compares the ledger with Firestore: does each chat still show what its events did to it?

Only what an event processed is looked for, or a text that it found written, and only whether the
document is at least as far: it may have gone on since. The unread count is not compared, since the
drawer sets it back.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from django.db.models import Exists, OuterRef, Q, QuerySet

from eventlog.chunks import chunks
from eventlog.questions.windows import Window, received_in
from listeners.chat import ChatMessage
from listeners.firestore.documents import StoredMessage
from listeners.firestore.queries import IN_LIMIT
from listeners.firestore.store import Store
from listeners.models import Placement
from visn_whatsapp.explained import Explained
from visn_whatsapp.findings import Finding
from webhooks.conditions import ERASED
from webhooks.models import Event
from webhooks.outcomes import State
from webhooks.whatsapp.items import IN_A_CHAT, MAKING, Kind
from webhooks.whatsapp.kinds.status import STATUSES

BATCH = IN_LIMIT * 8  # events whose messages are read at a time
NAMED_AT_MOST = 1000
FIELDS = (
    "kind",
    "name",
    "state",
    "message_id",
    "target_id",
    "stored_id",
    "occurred_at",
    "lease_id",
    "enquiry_id",
    "document_id",
)


class Drift(Explained):
    """In what a chat differs from what the ledger says was done to it."""

    MESSAGE_MISSING = "message_missing", "The message is not in the chat that the event was for."
    MESSAGE_TWICE = "message_twice", "The driver's text is in another chat as well."
    STATUS_BEHIND = "status_behind", "The message shows a lesser status, or not when it came."
    REACTION_BEHIND = "reaction_behind", "Nobody's newest reaction is as new as this one."


@dataclass(kw_only=True, slots=True)
class Report:
    """What was compared and what has drifted. Events are named by their row alone."""

    due: int = 0  # events that were to be compared, as counted apart from reading them
    checked: int = 0
    erased: int = 0  # events of people who were erased: of which chat they were nobody knows
    drifts: Counter[Drift] = field(default_factory=Counter)
    named: list[tuple[int, Drift]] = field(default_factory=list)  # the first of them

    @property
    def finding(self) -> Finding:
        """What the comparison came to."""
        if self.checked < self.due:
            return Finding.CANNOT_TELL
        if self.drifts:
            return Finding.WRONG
        return Finding.WELL if self.checked else Finding.NOTHING

    def add(self, event: Event, drift: Drift) -> None:
        """Notes a drift."""
        self.drifts[drift] += 1
        if len(self.named) < NAMED_AT_MOST:
            self.named.append((event.pk, drift))


def reconcile(window: Window, *, store: Store) -> Report:
    """Compares the processed events that were received in the window, and texts found written.

    Reads a batch of messages at a time, however large the window is. Raises `Unavailable`
    and Django's database errors.
    """
    events = _events(window)
    gone = Event.objects.filter(ERASED, received_in(window), state=State.PROCESSED)
    report = Report(due=events.count(), erased=gone.count())
    for batch in _batches(events):
        for event, stored in with_messages(batch, store=store):
            report.checked += 1
            drift = drift_of(event, stored)
            if drift is not None:
                report.add(event, drift)
    # What was opened again meanwhile cannot be asked for.
    report.due = min(report.due, events.count())
    return report


def _events(window: Window) -> QuerySet[Event]:
    applied = Q(state=State.PROCESSED, kind__in=IN_A_CHAT)
    found = Q(Exists(found_placements()), state=State.DUPLICATE, kind__in=MAKING)
    return Event.objects.filter(received_in(window), applied | found, erased_at=None)


def found_placements() -> QuerySet[Placement]:
    """For a query of events: the placements of texts that were found written by somebody else.

    Their event is a duplicate, and the only one that says where the text is.
    """
    return Placement.objects.filter(event=OuterRef("pk")).exclude(document_id="")


def _batches(events: QuerySet[Event]) -> Iterator[list[Event]]:
    rows = events.only(*FIELDS, "received_at")
    for some in chunks(rows, by="received_at", value=attrgetter("received_at"), size=BATCH):
        for start in range(0, len(some), BATCH):
            yield some[start : start + BATCH]


def with_messages(
    events: Sequence[Event], *, store: Store
) -> Iterator[tuple[Event, Sequence[StoredMessage]]]:
    """Reads the messages of events, all at once. Yields each event with those that have its id.

    Raises `Unavailable`.
    """
    ids = {event.held_as for event in events} - {""}
    _, messages = store.load(lookups=(), message_ids=ids)
    by_id: dict[str, list[StoredMessage]] = {}
    for stored in messages:
        by_id.setdefault(stored.message.message_id, []).append(stored)
    for event in events:
        yield event, by_id.get(event.held_as, ())


def drift_of(event: Event, stored: Sequence[StoredMessage]) -> Drift | None:
    """In what the messages with its id differ from what a processed event did; None: in nothing."""
    own = [
        each.message
        for each in stored
        if (each.chat.lease_id, each.chat.enquiry_id, each.message.document_id)
        == (event.lease_id, event.enquiry_id, event.document)
    ]
    if not own:
        return Drift.MESSAGE_MISSING
    if event.kind in MAKING:
        copies = [each for each in stored if each.message.document_id == event.document]
        return Drift.MESSAGE_TWICE if len(copies) > 1 else None
    shows, drift = CHANGES[event.kind]
    return None if shows(own[0], event) else drift


def _shows_status(message: ChatMessage, event: Event) -> bool:
    known = message.status_times.get(event.name)
    is_noted = known is not None and event.occurred_at is not None and known <= event.occurred_at
    return is_noted and STATUSES.get(message.status, 0) >= STATUSES[event.name]


def _shows_reaction(message: ChatMessage, event: Event) -> bool:
    moments = (mark.at for mark in message.marks.values())
    return event.occurred_at is None or any(moment >= event.occurred_at for moment in moments)


# For each kind that changes a message: whether it is seen there, and what it is called if not.
CHANGES: Mapping[str, tuple[Callable[[ChatMessage, Event], bool], Drift]] = {
    Kind.STATUS: (_shows_status, Drift.STATUS_BEHIND),
    Kind.REACTION: (_shows_reaction, Drift.REACTION_BEHIND),
}
