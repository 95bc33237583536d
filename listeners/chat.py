"""A chat message and the contract's rules for it: what a status and a reaction change."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from webhooks.outcomes import Reason
from webhooks.whatsapp.items import DriverMessage
from webhooks.whatsapp.kinds.reaction import Reaction
from webhooks.whatsapp.kinds.status import STATUSES, Status, StatusUpdate


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonReaction:
    """One person's emoji on a message."""

    emoji: str
    person: str
    message_id: str  # of the reaction itself
    reacted_at: datetime


@dataclass(frozen=True, slots=True, order=True)
class ReactionMark:
    """The newest reaction or removal of one person. The order of the fields is the rule's."""

    at: datetime
    removed: bool
    message_id: str  # of the reaction itself


@dataclass(frozen=True, slots=True)
class Errors:
    """What Meta said about a failure, whole. Two are equal if they are the same JSON.

    Python takes 1, 1.0 and true for equal, and the smaller JSON has to win.
    """

    values: tuple[object, ...] = field(compare=False)
    spelling: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "spelling", canonical_json(self.values))


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatMessage:
    """A message of a chat, as far as items change it. Every change makes a new one."""

    document_id: str
    message_id: str  # Meta's id
    status: str = ""
    status_times: Mapping[str, datetime] = field(default_factory=dict)
    errors: Errors | None = None  # None until a failed status has been applied
    reactions: tuple[PersonReaction, ...] = ()
    marks: Mapping[str, ReactionMark] = field(default_factory=dict)
    written: DriverMessage | None = None  # what the driver wrote, where this creates the message

    @property
    def reacting(self) -> Mapping[str, datetime]:
        """Who has reacted, and when last; also those who took it back."""
        shown = {reaction.person: reaction.reacted_at for reaction in self.reactions}
        return shown | {person: mark.at for person, mark in self.marks.items()}


def with_status(message: ChatMessage, item: StatusUpdate) -> tuple[ChatMessage, Reason]:
    """Rule 2: a status never goes back; a late one only fills the times."""
    word = item.status.word
    known = message.status_times.get(word)
    earliest = item.occurred_at if known is None else min(known, item.occurred_at)
    # Where the sender has written its own word over a greater one, the times still tell of it.
    shown = (message.status, *message.status_times)
    greatest = max([item.status, *(STATUSES[each] for each in shown if each in STATUSES)])
    changed = replace(
        message,
        status=greatest.word,
        status_times={**message.status_times, word: earliest},
        errors=_errors(message, item, known),
    )
    if changed == message:
        return message, Reason.ALREADY_APPLIED
    if item.status == greatest:
        return changed, Reason.APPLIED
    if item.status == Status.FAILED:
        return changed, Reason.FAILED_AFTER_DELIVERY
    return changed, Reason.LATE_STATUS


def _errors(message: ChatMessage, item: StatusUpdate, known: datetime | None) -> Errors | None:
    """The errors of the earliest failure; of two in the same second, the smaller as JSON."""
    if item.status != Status.FAILED:
        return message.errors
    if known is None or item.occurred_at < known:
        return Errors(item.errors)
    if item.occurred_at > known:
        return message.errors
    candidates = (message.errors or Errors(()), Errors(item.errors))
    return min(candidates, key=lambda errors: errors.spelling)


def canonical_json(value: object) -> str:
    """One spelling for equal values: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)


def with_reaction(
    message: ChatMessage, item: Reaction, *, person: str, names: Collection[str] = ()
) -> tuple[ChatMessage, Reason]:
    """Rule 3: a person's newest reaction or removal wins, in the order (at, removed, id).

    It is noted under `person`. `names` are all others that the same person may stand under, since
    a tracking record's number is corrected now and then.
    """
    same = {person, *names}
    mark = ReactionMark(item.occurred_at, item.removed, item.message_id)
    known = {name: message.marks[name] for name in same if name in message.marks}
    holder = max(known, key=lambda name: (known[name], name), default=person)
    if known and mark <= known[holder]:
        reason = Reason.ALREADY_APPLIED if mark == known[holder] else Reason.LATE_REACTION
        return _without(message, known.keys() - {holder}), reason
    reactions = [other for other in message.reactions if other.person not in same]
    if not item.removed:
        reactions.append(
            PersonReaction(
                emoji=item.emoji,
                person=person,
                message_id=item.message_id,
                reacted_at=item.occurred_at,
            )
        )
    reactions.sort(key=lambda reaction: (reaction.reacted_at, reaction.person))
    others = {name: known for name, known in message.marks.items() if name not in same}
    changed = replace(message, reactions=tuple(reactions), marks={**others, person: mark})
    return changed, Reason.APPLIED


def _without(message: ChatMessage, names: Collection[str]) -> ChatMessage:
    """The message without what stands under these names: it is known now whose they are."""
    if not names:
        return message
    return replace(
        message,
        reactions=tuple(each for each in message.reactions if each.person not in names),
        marks={name: mark for name, mark in message.marks.items() if name not in names},
    )
