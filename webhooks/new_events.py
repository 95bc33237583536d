"""The rows that items begin as.

In columns: to make an object of each row would cost more than all else that a batch needs.
"""

from collections.abc import Sequence

from webhooks import transitions
from webhooks.columns import Columns
from webhooks.models import Delivery, Event
from webhooks.outcomes import Reason
from webhooks.storable import Unstorable
from webhooks.whatsapp.failures import code_of
from webhooks.whatsapp.items import Item, UnprocessedItem
from webhooks.whatsapp.wamids import short_key


def columns_of(items: Sequence[Item]) -> Columns:
    """What the rows of a delivery's items hold, but for the delivery and their moments.

    Raises Unstorable if two of them have one position.
    """
    positions = [item.position for item in items]
    if len(set(positions)) < len(positions):
        raise Unstorable("position")
    ids = [item.message_id for item in items]
    targets = [item.refers_to for item in items]
    people = [item.person for item in items]
    return {
        "position": positions,
        "kind": [str(item.kind) for item in items],
        "name": [item.name for item in items],
        "error_code": [code_of(item.errors) if item.errors else None for item in items],
        "account_id": [item.account_id for item in items],
        "lease_number": [item.lease_number for item in items],
        "phone_number_id": [item.phone_number_id for item in items],
        "person_number": [person.number for person in people],
        "person_user_id": [person.user_id for person in people],
        "message_id": ids,
        "target_id": targets,
        "message_key": [short_key(own) if own else None for own in ids],
        "target_key": [short_key(target) if target else None for target in targets],
        "occurred_at": [item.occurred_at for item in items],
        "detail": [item.detail if isinstance(item, UnprocessedItem) else "" for item in items],
        **transitions.begin([_reason(item) for item in items]),
    }


def event_of(delivery: Delivery, item: Item) -> Event:
    """The row of one item as it begins, not written and without its moments."""
    values = {name: value for name, [value] in columns_of([item]).items()}
    return Event(delivery=delivery, **values)


def _reason(item: Item) -> Reason:
    return item.reason if isinstance(item, UnprocessedItem) else Reason.NONE
