"""Looks for texts that somebody may have written whom this ledger does not remember."""

from collections.abc import Mapping, Sequence

from listeners.firestore.documents import StoredMessage
from listeners.means import Means
from listeners.placements import Choice
from listeners.tracking import ChatKey
from listeners.workspace import Placed, Workspace
from webhooks import clock
from webhooks.outcomes import Reason
from webhooks.whatsapp.identifiers import own_document_id
from webhooks.whatsapp.items import DriverMessage
from webhooks.whatsapp.numbers import is_same_number

Placements = Mapping[int, Placed | Reason]


def search(
    placements: Placements, choices: Mapping[int, Choice], *, workspace: Workspace, means: Means
) -> Placements:
    """Looks for the texts that are sought, by Meta's id, in all chats of their drivers.

    What a repair creates again must be in no chat at all: where somebody else's holds it, it is
    not written, and its placement is left as it is. Costs one call of Firestore more, and nothing
    where no text is sought. Raises `Unavailable`.
    """
    sought = {
        position: placed
        for position, placed in placements.items()
        if isinstance(placed, Placed) and placed.sought and not placed.applied
    }
    if not sought:
        return placements
    texts = {position: choices[position][0] for position in sought}
    _, messages = means.load(lookups=(), message_ids={text.message_id for text in texts.values()})
    found: dict[int, StoredMessage | None] = {}
    elsewhere: dict[int, Reason] = {}
    for position, text in texts.items():
        placed = sought[position]
        holding = _holding(text, placed, messages)
        held = _in_own_chats(text, placed, holding, workspace=workspace)
        if held is None and holding and placed.recreated:
            elsewhere[position] = Reason.HELD_ELSEWHERE
        else:
            found[position] = held
    return {**placements, **means.decide(choices, found, now=clock.now()), **elsewhere}


def _in_own_chats(
    text: DriverMessage, placed: Placed, holding: Sequence[StoredMessage], *, workspace: Workspace
) -> StoredMessage | None:
    """The message that holds the text: that of the chat it belongs to, or of the best candidate.

    Or else of a chat to which no tracking record leads any more: a message with Meta's id that was
    written to this lease number is this text (contract: rule 1), wherever it is. Not for a repair,
    which knows the chat.
    """
    chats = [placed.chat, *(record.chat for record in workspace.candidates(text).records)]
    own = [each for each in holding if each.chat in chats]
    if own or placed.recreated:
        return min(own, key=lambda each: chats.index(each.chat), default=None)
    return next((each for each in holding if _was_written_to(text.lease_number, each)), None)


def _was_written_to(lease_number: str, stored: StoredMessage) -> bool:
    return is_same_number(stored.lease_number, lease_number)


def _is_own(stored: StoredMessage, chat: ChatKey) -> bool:
    own = own_document_id(stored.message.message_id)
    return (stored.chat, stored.message.document_id) == (chat, own)


def _holding(
    text: DriverMessage, placed: Placed, messages: Sequence[StoredMessage]
) -> list[StoredMessage]:
    """The messages with the text's id, in any chat; of a repair without the one that it makes."""
    return [
        each
        for each in sorted(messages, key=lambda each: each.message.document_id)
        if each.message.message_id == text.message_id
        and not (placed.recreated and _is_own(each, placed.chat))
    ]
