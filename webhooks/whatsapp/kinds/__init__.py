"""One small file for each kind of item that is processed: what it has, and how it is read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from webhooks.whatsapp.envelope import Message
from webhooks.whatsapp.fields import Common
from webhooks.whatsapp.items import Item, Kind
from webhooks.whatsapp.kinds import reaction, text


class Reader(Protocol):
    """Reads a message of one type, which has an id, a lease number and a time. Raises Flawed."""

    def __call__(
        self, message: Message, common: Common, *, when: datetime, profile_name: str
    ) -> Item:
        """What the message means."""


# The types of messages that are processed; the kind is named as Meta names the type.
MESSAGES: Mapping[Kind, Reader] = {
    Kind.TEXT: text.read,
    Kind.REACTION: reaction.read,
}
READ = (*MESSAGES, Kind.STATUS)  # statuses come in a list of their own
