"""Which of several items for the same thing is the one that did it, by what is known of them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter

from listeners.tracking import ChatKey
from listeners.workspace import Outcome
from webhooks.outcomes import DENIED, OPEN, Reason, State
from webhooks.whatsapp.items import CHANGING, DriverMessage, Effect, kinds_that
from webhooks.whatsapp.wamids import key_of

# Meta's id of the reaction, or that a status's message is stored under; and Meta's word for it.
Change = tuple[str, str]
_OF_MESSAGE = kinds_that(Effect.CHANGES_MESSAGE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """Where a text's message is known to be, and what became of its placement's event."""

    chat: ChatKey
    document_id: str
    reason: Reason  # its event wrote the message, or found it written


@dataclass(frozen=True, kw_only=True, slots=True)
class Changing:
    """An event that changes a message, as the ledger has it."""

    pk: int
    kind: str
    name: str
    message_id: str
    stored_id: str
    state: str
    check_at: datetime | None

    @property
    def change(self) -> Change:
        """What it does."""
        return change_of(
            kind=self.kind, name=self.name, message_id=self.message_id, stored_id=self.stored_id
        )

    def is_left(self, *, until: datetime) -> bool:
        """Whether a run may be at it; at one that waits for longer none is."""
        waits = self.state == State.WAITING and self.check_at is not None and self.check_at > until
        return self.state in OPEN and not waits


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What the ledger knows of the items that a run has outcomes for."""

    changes: Collection[Change] = ()  # that an event is recorded as having made, or will be
    # The positions of those that a run beside this one has recorded as duplicates meanwhile.
    ended: Collection[int] = ()
    # By position: of texts that the run could not write.
    texts: Mapping[int, Written] = field(default_factory=dict)


def judge(outcomes: Collection[Outcome], known: Known) -> list[Outcome]:
    """Returns the outcomes as they are to be recorded."""
    judged = _with_own_changes(outcomes, known)
    return [_as_written(each, known.texts.get(each.item.position)) for each in judged]


def made_by(events: Iterable[Changing]) -> set[Change]:
    """What these events are recorded as having done."""
    return {each.change for each in events if each.state == State.PROCESSED}


def left_to(
    others: Iterable[Changing], doubtful: Iterable[Outcome], *, until: datetime
) -> set[Change]:
    """What of these outcomes one of the others is yet to tell of.

    An open event may be of a run that did it and is recorded next. If it is not, its run finds
    itself the last that is left, and tells of it.
    """
    left = {
        (named, each.name)
        for each in others
        if each.is_left(until=until)
        for named in _names_of(each.kind, each.message_id)
    }
    return {
        change(each)
        for each in doubtful
        for named in _names_of(each.item.kind, each.item.message_id)
        if (named, each.item.name) in left
    }


def forsaken(events: Collection[Changing], denied: Iterable[Outcome]) -> list[int]:
    """Of each change of these outcomes that nobody is recorded as having made, the first duplicate.

    It was left to one of them, which has found no message to apply it to.
    """
    left = {
        (named, each.item.name)
        for each in denied
        for named in _names_of(each.item.kind, each.item.message_id)
    }
    found, made = sorted(events, key=attrgetter("pk")), made_by(events)
    first: dict[Change, int] = {}
    for each in found:
        names = {(named, each.name) for named in _names_of(each.kind, each.message_id)}
        if each.state == State.DUPLICATE and each.change not in made and names & left:
            first.setdefault(each.change, each.pk)
    return [*first.values()]


def _names_of(kind: str, message_id: str) -> set[str]:
    """A change's id, and what the ids of the message have in common that it names."""
    key = key_of(message_id) if kind in _OF_MESSAGE else ""
    return {message_id, key} if key else {message_id}


def of_several(outcomes: Iterable[Outcome]) -> set[int]:
    """The positions of what a run has more than once, where only the ledger tells whose it is."""
    found: dict[Change, list[Outcome]] = {}
    for each in outcomes:
        if each.item.kind in CHANGING:
            found.setdefault(change(each), []).append(each)
    return {
        each.item.position
        for same in found.values()
        if len(same) > 1 and any(map(is_doubtful, same))
        for each in same
    }


def _with_own_changes(outcomes: Collection[Outcome], known: Known) -> Collection[Outcome]:
    """Tells an item that was applied by an earlier, unfinished run from a duplicate.

    The document says that the same was applied before. If no other event has been recorded as
    having done that, or is left to be, it was this one.
    """
    if not any(is_doubtful(outcome) for outcome in outcomes):
        return outcomes
    open_ones = [each for each in outcomes if each.item.position not in known.ended]
    made = {change(each) for each in open_ones if each.reason.state == State.PROCESSED}
    made.update(known.changes)
    judged = []
    for outcome in outcomes:
        own = is_doubtful(outcome) and change(outcome) not in made
        own = own and outcome.item.position not in known.ended
        judged.append(replace(outcome, reason=Reason.APPLIED) if own else outcome)
        if own:
            made.add(change(outcome))
    return judged


def _as_written(outcome: Outcome, written: Written | None) -> Outcome:
    """Takes back that a text could not be written where a run beside us has written it."""
    if written is None:
        return outcome
    return replace(
        outcome, reason=written.reason, chat=written.chat, document_id=written.document_id
    )


def is_doubtful(outcome: Outcome) -> bool:
    """Whether only the ledger can tell if it was this item that did what the document says."""
    return outcome.reason == Reason.ALREADY_APPLIED and outcome.item.kind in CHANGING


def is_denied_change(outcome: Outcome) -> bool:
    """Whether it is a status or reaction for which no message was found."""
    return outcome.item.kind in CHANGING and outcome.reason.state in DENIED


def is_denied_text(outcome: Outcome) -> bool:
    """Whether it is a text that could not be written; a run beside us may have written it."""
    return isinstance(outcome.item, DriverMessage) and outcome.reason.state in DENIED


def is_duplicate_text(outcome: Outcome) -> bool:
    """Whether it is a text whose message another event has made, which may not know that."""
    return isinstance(outcome.item, DriverMessage) and outcome.reason.state == State.DUPLICATE


def change_of(*, kind: str, name: str, message_id: str, stored_id: str) -> Change:
    """What an event or item does, the same under whichever of its message's ids it came."""
    return (stored_id if stored_id and kind in _OF_MESSAGE else message_id), name


def change(outcome: Outcome) -> Change:
    """The same of an item that a run has an outcome for."""
    item = outcome.item
    return change_of(
        kind=item.kind,
        name=item.name,
        message_id=item.message_id,
        stored_id=outcome.stored_id,
    )
