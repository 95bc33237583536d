"""A status: says how far an outbound message got."""

from listeners.chat import ChatMessage, with_status
from listeners.handlers.target import Target
from webhooks.outcomes import Reason
from webhooks.whatsapp.kinds.status import StatusUpdate


def change(item: StatusUpdate, target: Target) -> tuple[ChatMessage, Reason]:
    """Updates the message that the status names."""
    return with_status(target.message, item)
