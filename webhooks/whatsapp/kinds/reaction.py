"""A reaction: the driver's emoji on a message, its change, or its removal."""

from dataclasses import dataclass
from datetime import datetime

from webhooks.whatsapp.envelope import Message
from webhooks.whatsapp.fields import Common, Flawed, message_id
from webhooks.whatsapp.items import Item


@dataclass(frozen=True, kw_only=True, slots=True)
class Reaction(Item):
    """A driver's emoji on a message. `message_id` is always present."""

    occurred_at: datetime
    target_id: str  # Meta's id of the message reacted to
    emoji: str  # empty: the reaction is removed

    @property
    def removed(self) -> bool:
        """Whether this takes the person's reaction away."""
        return not self.emoji

    @property
    def refers_to(self) -> str:
        """The message reacted to."""
        return self.target_id

    @property
    def changes(self) -> str:
        """The same: the reaction is shown on it."""
        return self.target_id


def read(
    message: Message,
    common: Common,
    *,
    when: datetime,
    profile_name: str,  # noqa: ARG001 (whose it is says the person alone)
) -> Reaction:
    """Reads a message of type reaction. Raises Flawed."""
    part = message.reaction
    target_id = message_id(part.message_id) if part else ""
    if part is None or not target_id:
        raise Flawed("reaction.message_id is missing or too long")
    emoji = "" if part.emoji is None else part.emoji
    if not isinstance(emoji, str):
        raise Flawed("reaction.emoji is not a string")
    return Reaction(**common, occurred_at=when, target_id=target_id, emoji=emoji)
