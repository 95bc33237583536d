"""What somebody wants to replay: events, and in words which."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When

from eventlog.models import ReplayedEvent
from visn_whatsapp.explained import Explained
from webhooks.models import Delivery, Event
from webhooks.outcomes import REOPENABLE, Reason, State

# A preview counts row by row; what holds more than this has to be narrowed first.
COUNTED_AT_MOST = 100_000


class Gone(Explained):
    """What there is no more of an event that could be replayed otherwise."""

    NOTHING = "", "All is there."
    ERASED = "erased", "It was erased at a person's request: there is nothing left to replay."
    EMPTIED = "emptied", "Its bytes are gone, so that nothing can be read again."


EMPTIED = Exists(Delivery.objects.filter(pk=OuterRef("delivery"), body__isnull=True))
READABLE_AGAIN = Q(erased_at__isnull=True) & ~EMPTIED
BUSY = Exists(ReplayedEvent.objects.filter(event=OuterRef("pk"), closed_at=None))
# What a replay would open now.
OPENABLE = READABLE_AGAIN & ~BUSY & Q(state__in=REOPENABLE)

WHY_NOT = {
    State.RECEIVED: "It has no outcome yet: it is on its way to the queue.",
    State.QUEUED: "It has no outcome yet: its task is in the queue.",
    State.WAITING: "It has no outcome yet: it waits for its message and is tried again by itself.",
    State.PROCESSED: "It is in the chat already: doing it again would change nothing.",
    State.DUPLICATE: "Another event said the same and was applied.",
}
HINTS = {
    Reason.NO_ACTIVE_TRACKING: "Applied if an active tracking record exists by now.",
    Reason.NO_PERSON: "The same again: Meta named nobody, and the bytes do not change.",
    Reason.ENQUIRY_NOT_FOUND: "Applied if the enquiry exists by now.",
    Reason.MESSAGE_NOT_FOUND: "Applied if its message is in a chat by now; otherwise it waits "
    "for it once more, up to an hour and a half.",
    Reason.HELD_ELSEWHERE: "Created if no chat holds its id by now.",
    Reason.ERASED: "The same again: the message was erased at a person's request.",
    Reason.MALFORMED: "Read again from the raw bytes: the same, unless a newer version of this "
    "program can read it.",
    Reason.TOO_LARGE: "Applied if the document has become smaller.",
    Reason.REFUSED: "Applied if what Firestore refused has been put right.",
    Reason.RULE_RAISED: "Applied if the bug has been fixed.",
    Reason.GAVE_UP: "Tried again like a new event.",
}
HINT_FOR_IGNORED = (
    "Read again from the raw bytes: ignored again, unless a newer version of this program "
    "applies it."
)


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Events, and what they are in words that hold no personal data."""

    events: QuerySet[Event]
    words: str
    unknown: tuple[int, ...] = ()  # events that were named, and are not in the ledger


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Events of a selection that are in the same state for the same reason."""

    state: State
    reason: Reason
    count: int
    gone: Gone = Gone.NOTHING

    @property
    def replayable(self) -> bool:
        """Whether such events can be opened again."""
        return self.state in REOPENABLE and self.gone == Gone.NOTHING

    @property
    def remark(self) -> str:
        """What to expect of a replay, or why there can be none."""
        if self.gone != Gone.NOTHING:
            return self.gone.meaning
        if not self.replayable:
            return WHY_NOT[self.state]
        return HINTS.get(self.reason, HINT_FOR_IGNORED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """What a replay of a selection would do."""

    groups: tuple[Group, ...]  # replayable ones first, then the largest first
    busy: int  # replayable, but in another replay that is not finished
    limit: int  # events at most in one replay
    cut_off: bool  # there are more events than were counted

    @property
    def replayable(self) -> int:
        """How many events would be opened again."""
        return sum(group.count for group in self.groups if group.replayable) - self.busy

    @property
    def left_alone(self) -> int:
        """How many events would stay as they are."""
        return sum(group.count for group in self.groups) - self.replayable

    @property
    def too_many(self) -> bool:
        """Whether it has to be narrowed first."""
        return self.cut_off or self.replayable > self.limit

    @property
    def possible(self) -> bool:
        """Whether there is something to replay, and not too much."""
        return self.replayable > 0 and not self.too_many


def preview(selection: Selection, *, limit: int) -> Preview:
    """Counts what a replay of a selection would open again, and what it would leave alone."""
    events = selection.events.order_by().annotate(gone=_gone())
    rows = events.values_list("state", "reason", "gone")[: COUNTED_AT_MOST + 1]
    counts = Counter(rows.iterator(chunk_size=5000))
    cut_off = counts.total() > COUNTED_AT_MOST
    groups = [
        Group(state=State.of(state), reason=Reason.of(reason), count=count, gone=Gone.of(gone))
        for (state, reason, gone), count in counts.items()
    ]
    return Preview(
        groups=tuple(sorted(groups, key=lambda group: (not group.replayable, -group.count))),
        busy=0 if cut_off else _busy(selection),
        limit=limit,
        cut_off=cut_off,
    )


def _busy(selection: Selection) -> int:
    """How many of the events are waiting for their turn in an unfinished replay."""
    return ReplayedEvent.objects.filter(
        Exists(selection.events.filter(READABLE_AGAIN, pk=OuterRef("event"), state__in=REOPENABLE)),
        closed_at=None,
        reopened_at=None,
    ).count()


def _gone() -> Case:
    return Case(
        When(erased_at__isnull=False, then=Value(Gone.ERASED.value)),
        When(EMPTIED, then=Value(Gone.EMPTIED.value)),
        default=Value(Gone.NOTHING.value),
        output_field=CharField(),
    )
