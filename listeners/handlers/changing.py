"""A change of a message that is in a chat already, whatever kind of item brings it."""

from collections.abc import Callable
from typing import Any

from listeners.chat import ChatMessage
from listeners.handlers.target import Target, locate
from listeners.workspace import Outcome, Workspace
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Item

# Takes an item of its kind; returns the message as it is then, and the reason of the outcome.
Change = Callable[[Any, Target], tuple[ChatMessage, Reason]]


def apply(item: Item, change: Change, *, workspace: Workspace) -> Outcome | None:
    """Lays down the message as the item leaves it, or says why not."""
    target = locate(item, message_id=item.changes, workspace=workspace)
    if isinstance(target, Reason):
        return Outcome(item=item, reason=target, detail=workspace.remark(item))
    message, reason = change(item, target)
    outcome = Outcome(
        item=item,
        reason=reason,
        chat=target.record.chat,
        document_id=message.document_id,
        stored_id=message.message_id if message.message_id != item.changes else "",
        candidates=target.candidates,
        detail=workspace.remark(item),
    )
    return workspace.settle(outcome, message, chat=target.record.chat)
