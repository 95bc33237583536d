"""Finds the message that a status or a reaction is about."""

from dataclasses import dataclass

from listeners.chat import ChatMessage
from listeners.tracking import TrackingRecord
from listeners.workspace import Workspace
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Item


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """The message, and the tracking record whose chat holds it."""

    record: TrackingRecord
    message: ChatMessage
    candidates: tuple[TrackingRecord, ...]  # all that were looked at
    names: frozenset[str]  # of the driver, as far as the item, the records and aliases tell


def locate(item: Item, *, message_id: str, workspace: Workspace) -> Target | Reason:
    """Looks in the chats of all candidates, active or not, if at least one of them is active.

    Returns the reason if there is no such message (contract: Which chat).
    """
    refused = unreachable(item, workspace=workspace)
    if refused is not None:
        return refused
    candidates = workspace.candidates(item).records
    held = workspace.meant(item, (record.chat for record in candidates), message_id)
    if held is None:
        return Reason.WAITING_FOR_MESSAGE
    chat, message = held
    record = next(each for each in candidates if each.chat == chat)
    return Target(
        record=record,
        message=message,
        candidates=candidates,
        names=workspace.names(item),
    )


def unreachable(item: Item, *, workspace: Workspace) -> Reason | None:
    """Why no chat can be found for the item; None if there is an active candidate."""
    if not item.person.number and not item.person.user_id:
        return Reason.NO_PERSON
    if not workspace.candidates(item).active:
        return Reason.NO_ACTIVE_TRACKING
    return None
