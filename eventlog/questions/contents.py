"""What an item says, read again from the bytes of its delivery."""

from dataclasses import dataclass
from datetime import datetime

from eventlog.questions.effort import is_too_much
from webhooks.models import Delivery, Event
from webhooks.whatsapp import tolerant
from webhooks.whatsapp.blanking import Unblankable, places
from webhooks.whatsapp.items import Item
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """What is left of an item."""

    has_bytes: bool  # its delivery's are kept
    emptied_at: datetime | None  # when they were taken
    item: Item | None  # as the program reads it today; None if the bytes no longer lead to one
    raw: bytes  # Meta's JSON of it; empty where nobody knows for sure where it stands
    is_too_much: bool  # nobody has looked where it stands

    @property
    def tree(self) -> object:
        """What the JSON says, however generously read; None where it says nothing."""
        try:
            return tolerant.load(self.raw) if self.raw else None
        except tolerant.NotJsonError:
            return None


def contents_of(event: Event) -> Contents:
    """Reads the bytes of its delivery."""
    stored = Delivery.objects.values_list("body", "emptied_at").get(pk=event.delivery_id)
    body = bytes(stored[0] or b"")
    items = read(parse(body))
    too_much = is_too_much(body)
    return Contents(
        has_bytes=bool(body),
        emptied_at=stored[1],
        item=next((item for item in items if item.position == event.position), None),
        raw=b"" if too_much else _raw(body, event.position),
        is_too_much=too_much,
    )


def _raw(body: bytes, position: int) -> bytes:
    try:
        return body[slice(*places(body).get(position, (0, 0)))]
    except Unblankable:
        return b""
