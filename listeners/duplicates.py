"""Which of several items for the same thing is the one that did it, by what is known of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from listeners.tracking import ChatKey
from listeners.workspace import Outcome
from webhooks.outcomes import DENIED, Reason, State
from webhooks.whatsapp.items import CHANGING, DriverMessage, Effect, kinds_that

# Meta's id of the reaction, or that a status's message is stored under; and Meta's word for it.
Change = tuple[str, str]
_OF_MESSAGE = kinds_that(Effect.CHANGES_MESSAGE)
ONCE = kinds_that(Effect.CHANGES_TARGET)  # with an id of its own, under which it is made once


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """Where a text's message is known to be, and what became of its placement's event."""

    chat: ChatKey
    document_id: str
    reason: Reason  # its event wrote the message, or found it written


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What the ledger knows of the items that a run has outcomes for."""

    changes: Collection[Change] = ()  # that an event is recorded as having made
    # The reactions among what the run itself has made that a run beside it has claimed meanwhile.
    claimed: Collection[Change] = ()
    # By position: of texts that the run could not write.
    texts: Mapping[int, Written] = field(default_factory=dict)


def judge(outcomes: Collection[Outcome], known: Known) -> list[Outcome]:
    """Returns the outcomes as they are to be recorded."""
    judged = _with_own_changes(_unclaimed(outcomes, known.claimed), known.changes)
    return [_as_written(each, known.texts.get(each.item.position)) for each in judged]


def told_apart(outcomes: Collection[Outcome]) -> list[Outcome]:
    """Says of the duplicates in one pass that another item of it did the same.

    Whichever of the two is recorded first: the ledger alone would call the first its own.
    """
    made = _made(outcomes)
    return [
        replace(each, done_beside=True) if is_doubtful(each) and _change(each) in made else each
        for each in outcomes
    ]


def _made(outcomes: Collection[Outcome]) -> set[Change]:
    return {_change(each) for each in outcomes if each.reason.state == State.PROCESSED}


def _unclaimed(outcomes: Collection[Outcome], claimed: Collection[Change]) -> Collection[Outcome]:
    """Leaves a reaction to the run that found it written, by this one, and was recorded first."""
    if not claimed:
        return outcomes
    return [
        replace(each, reason=Reason.ALREADY_APPLIED, done_beside=True)
        if is_own_reaction(each) and _change(each) in claimed
        else each
        for each in outcomes
    ]


def _with_own_changes(
    outcomes: Collection[Outcome], changes: Collection[Change]
) -> Collection[Outcome]:
    """Tells an item that was applied by an earlier, unfinished run from a duplicate.

    The document says that the same was applied before. If no other event has been recorded as
    having done that, it was this one.
    """
    if not any(is_doubtful(outcome) for outcome in outcomes):
        return outcomes
    made = _made(outcomes).union(changes)
    judged = []
    for outcome in outcomes:
        own = is_doubtful(outcome) and _change(outcome) not in made
        judged.append(replace(outcome, reason=Reason.APPLIED) if own else outcome)
        if own:
            made.add(_change(outcome))
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
    already = outcome.reason == Reason.ALREADY_APPLIED and not outcome.done_beside
    return already and outcome.item.kind in CHANGING


def is_own_reaction(outcome: Outcome) -> bool:
    """Whether it is a reaction, which is made once, and the run has made it."""
    return outcome.reason == Reason.APPLIED and outcome.item.kind in ONCE


def is_denied_text(outcome: Outcome) -> bool:
    """Whether it is a text that could not be written; a run beside us may have written it."""
    return isinstance(outcome.item, DriverMessage) and outcome.reason.state in DENIED


def is_duplicate_text(outcome: Outcome) -> bool:
    """Whether it is a text whose message another event has made, which may not know that."""
    return isinstance(outcome.item, DriverMessage) and outcome.reason.state == State.DUPLICATE


def change_of(*, kind: str, name: str, message_id: str, stored_id: str) -> Change:
    """What an event or item does, the same under whichever of its message's ids it came."""
    return (stored_id if stored_id and kind in _OF_MESSAGE else message_id), name


def _change(outcome: Outcome) -> Change:
    item = outcome.item
    return change_of(
        kind=item.kind,
        name=item.name,
        message_id=item.message_id,
        stored_id=outcome.stored_id,
    )
