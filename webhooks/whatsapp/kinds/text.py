"""A text: the driver's words."""

from dataclasses import dataclass
from datetime import datetime

from webhooks.whatsapp.envelope import Message
from webhooks.whatsapp.fields import Common, Flawed, of_driver
from webhooks.whatsapp.items import DriverMessage


@dataclass(frozen=True, kw_only=True, slots=True)
class TextMessage(DriverMessage):
    """A driver's words, as they were written."""


def read(message: Message, common: Common, *, when: datetime, profile_name: str) -> TextMessage:
    """Reads a message of type text. Raises Flawed."""
    body = message.text.body if message.text else None
    if body is None:
        raise Flawed("text.body is missing or not a string")
    return TextMessage(**common, **of_driver(message, profile_name), occurred_at=when, body=body)
