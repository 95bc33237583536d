"""What an item says, read again from the bytes of its delivery."""

from webhooks.models import Delivery, Event
from webhooks.whatsapp.items import Item
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read


def item_of(event: Event) -> Item | None:
    """The item as the program reads it today; None if the bytes no longer lead to one."""
    body = Delivery.objects.values_list("body", flat=True).get(pk=event.delivery_id)
    items = read(parse(bytes(body or b"")))
    return next((item for item in items if item.position == event.position), None)
