"""What the driver wrote, of whatever kind, becomes a message of one chat, chosen once for all."""

from collections.abc import Collection

from listeners.chat import ChatMessage
from listeners.handlers.target import unreachable
from listeners.tracking import ChatKey
from listeners.workspace import Outcome, Placed, Workspace
from webhooks.outcomes import Reason
from webhooks.whatsapp.identifiers import document_id
from webhooks.whatsapp.items import DriverMessage

FOUND = "it was in the chat already, written by somebody whom this ledger does not remember"


def choose(
    item: DriverMessage, *, workspace: Workspace, beside: Collection[str], patient: bool
) -> ChatKey | Reason | None:
    """Chooses the chat of a text that has none yet, or says why there is none (contract).

    `beside` has Meta's ids of the texts that are applied together with this one. None: it quotes
    one of them, and which chat holds that is not certain before it is written. `patient` says
    that a reply may still wait for the message it quotes.
    """
    refused = unreachable(item, workspace=workspace)
    if refused is not None:
        return refused
    chats = _active_chats(item, workspace=workspace)
    if not needs_quoted(item, workspace=workspace):
        return chats[0]
    held = workspace.meant(item, chats, item.reply_to)
    if held is not None:
        return held[0]
    if workspace.is_meant(item, beside, item.reply_to):
        return None
    return Reason.WAITING_FOR_QUOTED if patient else chats[0]


def needs_quoted(item: DriverMessage, *, workspace: Workspace) -> bool:
    """Whether only the quoted message tells which of several chats is meant."""
    return bool(item.reply_to) and len(set(_active_chats(item, workspace=workspace))) > 1


def _active_chats(item: DriverMessage, *, workspace: Workspace) -> list[ChatKey]:
    return [record.chat for record in workspace.candidates(item).active]


def apply(
    item: DriverMessage, *, workspace: Workspace, placement: Placed | Reason
) -> Outcome | None:
    """Lays down the new message, or says that it has been created before, or why it cannot be."""
    if isinstance(placement, Reason):
        return Outcome(item=item, reason=placement, detail=workspace.remark(item))
    if placement.found:
        return Outcome(
            item=item,
            reason=Reason.ALREADY_APPLIED,
            chat=placement.chat,
            document_id=placement.found,
            detail=FOUND,
            candidates=workspace.candidates(item).records,
        )
    # A document of another id may hold the same text: an older gateway's, before a cut-over.
    existing = workspace.read(placement.chat, document_id(item.message_id))
    # Whoever lays it down here: the event that has the placement is the one that did it.
    outcome = Outcome(
        item=item,
        reason=Reason.APPLIED if placement.mine else Reason.ALREADY_APPLIED,
        chat=placement.chat,
        document_id=document_id(item.message_id),
        candidates=workspace.candidates(item).records,
        stored_id=_stored_id(item, placement.chat, workspace=workspace),
        detail=workspace.remark(item),
    )
    if placement.applied:
        return outcome
    return workspace.settle(outcome, existing or _new(item), chat=placement.chat)


def _stored_id(item: DriverMessage, chat: ChatKey, *, workspace: Workspace) -> str:
    """Meta's other id by which the quoted message was found; empty where it has the quoted one."""
    held = workspace.meant(item, [chat], item.reply_to) if item.reply_to else None
    return held[1].message_id if held and held[1].message_id != item.reply_to else ""


def _new(item: DriverMessage) -> ChatMessage:
    return ChatMessage(
        document_id=document_id(item.message_id),
        message_id=item.message_id,
        status="received",
        written=item,
    )
