"""A reaction: the driver's emoji on a message, its change, or its removal."""

from listeners.chat import ChatMessage, with_reaction
from listeners.handlers.target import Target
from webhooks.outcomes import Reason
from webhooks.whatsapp.kinds.reaction import Reaction


def change(item: Reaction, target: Target) -> tuple[ChatMessage, Reason]:
    """Appends the reaction to the message that it is on."""
    person, names = target.record.person, target.names
    return with_reaction(target.message, item, person=person, names=names)
