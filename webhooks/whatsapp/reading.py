"""What a payload means: its items, counted as the contract's rule 5 counts them."""

from dataclasses import replace

from msgspec.structs import asdict

from webhooks.outcomes import Reason
from webhooks.whatsapp import failures
from webhooks.whatsapp.envelope import (
    IN_EVERY_VALUE,
    MESSAGES,
    Change,
    ErrorNotice,
    SalvagedValue,
    Value,
)
from webhooks.whatsapp.fields import Place
from webhooks.whatsapp.items import Item, Kind, UnprocessedItem
from webhooks.whatsapp.limits import MAX_ITEMS, NAME_LENGTH
from webhooks.whatsapp.meaning import from_message, from_status
from webhooks.whatsapp.payload import Payload, Verdict
from webhooks.whatsapp.salvage import Part, Unreadable

_FLAWS = {
    "payload": "the payload is not JSON",
    "envelope": "the payload is not an object",
    "entry": "entry is missing or not a list",
    "entry[]": "an entry is not an object",
    "changes": "changes is missing or not a list",
    "change": "a change is not an object",
    "field": "field is missing or not a string",
    "value": "value is missing or not an object",
    "messages": "messages is not a list",
    "statuses": "statuses is not a list",
    "errors": "errors is not a list",
    "items": f"there are more than {MAX_ITEMS} items",
}


class _TooMany(Exception):
    """There are more items than anybody sends."""


class _Items(list[Item]):
    """As many items as a payload may have."""

    def __init__(self) -> None:
        super().__init__()
        # Changes without items, and what they are named after.
        self.bare: list[tuple[Place, str]] = []

    def append(self, item: Item) -> None:
        if len(self) == MAX_ITEMS:
            raise _TooMany
        super().append(item)


def read(payload: Payload) -> tuple[Item, ...]:
    """The items of a payload in its order: by entry, change, then messages, statuses, errors.

    Changes without any come last: older releases did not count them, and the positions of the
    others are what they were.
    """
    items = _Items()
    try:
        _read(items, payload)
        for place, name in items.bare:
            reason = Reason.WITHOUT_ITEMS
            items.append(_ignored(len(items), place, Kind.CHANGE, name, reason))
    except _TooMany:
        return (*items, _container(len(items), Place.of("", None), "items"))
    return tuple(items)


def _read(items: _Items, payload: Payload) -> None:
    if payload.verdict is Verdict.NOT_JSON:
        items.append(_container(0, Place.of("", None), "payload"))
    elif payload.verdict is Verdict.NOT_WHATSAPP:
        _read_another_product(items, payload.parts)
    else:
        for account_id, part in payload.parts:
            if isinstance(part, Unreadable):
                items.append(_container(len(items), Place.of(account_id, None), part.name))
            else:
                _read_change(items, Place.of(account_id, part.value), part)


def _read_another_product(items: _Items, parts: tuple[Part, ...]) -> None:
    """One item for each change; a lone one if there is none."""
    for account_id, part in parts:
        if part == Unreadable("change") or isinstance(part, Change):
            field = part.field if isinstance(part, Change) else None
            place = Place.of(account_id, None)
            items.append(_ignored(len(items), place, Kind.CHANGE, field, Reason.NOT_WHATSAPP))
    if not items:
        items.append(_ignored(0, Place.of("", None), Kind.CHANGE, None, Reason.NOT_WHATSAPP))


def _read_change(items: _Items, place: Place, change: Change) -> None:
    if change.field == MESSAGES and change.value is not None:
        _read_value(items, place, change.value)
    elif change.field == MESSAGES:
        items.append(_container(len(items), place, "value"))
    elif change.field:
        reason = Reason.UNSUPPORTED_FIELD
        items.append(_ignored(len(items), place, Kind.CHANGE, change.field, reason))
    else:
        items.append(_container(len(items), place, "field"))


def _read_value(items: _Items, place: Place, value: Value) -> None:
    unreadable = value.unreadable if isinstance(value, SalvagedValue) else ()
    before = len(items)
    if "messages" in unreadable:
        items.append(_container(len(items), place, "messages"))
    for message in value.messages or ():
        items.append(from_message(len(items), place, message))
    if "statuses" in unreadable:
        items.append(_container(len(items), place, "statuses"))
    for status in value.statuses or ():
        items.append(from_status(len(items), place, status))
    if "errors" in unreadable:
        items.append(_container(len(items), place, "errors"))
    for notice in value.errors or ():
        items.append(_notice(len(items), place, notice))
    if len(items) == before:
        items.bare.append((place, _keys_of(value)))


def _keys_of(value: Value) -> str:
    """The keys that tell what a value is instead; those that every value has, if there are none."""
    keys = value.keys if isinstance(value, SalvagedValue) else ()
    return ", ".join([key for key in keys if key not in IN_EVERY_VALUE] or keys)


def _notice(position: int, place: Place, notice: ErrorNotice) -> UnprocessedItem:
    code = None if notice.code is None else str(notice.code)
    item = _ignored(position, place, Kind.ERROR, code, Reason.ERROR_NOTICE)
    said = {field: value for field, value in asdict(notice).items() if value is not None}
    return replace(item, errors=failures.kept([said] if said else None))


def _container(position: int, place: Place, name: str) -> UnprocessedItem:
    return UnprocessedItem(
        position=position,
        account_id=place.account_id,
        lease_number=place.lease_number,
        phone_number_id=place.phone_number_id,
        kind=Kind.CONTAINER,
        name=name,
        reason=Reason.MALFORMED,
        detail=_FLAWS[name],
    )


def _ignored(
    position: int, place: Place, kind: Kind, name: str | None, reason: Reason
) -> UnprocessedItem:
    return UnprocessedItem(
        position=position,
        account_id=place.account_id,
        lease_number=place.lease_number,
        phone_number_id=place.phone_number_id,
        kind=kind,
        name=(name or "")[:NAME_LENGTH],
        reason=reason,
    )
