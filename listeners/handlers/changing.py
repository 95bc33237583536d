"""A change of a message that is in a chat already, whatever kind of event brings it."""

from collections.abc import Callable
from typing import Any

from listeners.chat import ChatMessage
from listeners.handlers.target import Target, locate
from listeners.workspace import Outcome, Workspace
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Item

# Takes an event of its kind; returns the message as it is then, and the reason of the outcome.
Change = Callable[[Any, Target], tuple[ChatMessage, Reason]]


def apply(event: Item, change: Change, *, workspace: Workspace) -> Outcome | None:
    """Lays down the message as the event leaves it, or says why not."""
    target = locate(event, message_id=event.changes, workspace=workspace)
    if isinstance(target, Reason):
        return Outcome(event=event, reason=target)
    message, reason = change(event, target)
    outcome = Outcome(
        event=event,
        reason=reason,
        chat=target.record.chat,
        document_id=message.document_id,
        candidates=target.candidates,
    )
    return workspace.settle(outcome, message, chat=target.record.chat)
