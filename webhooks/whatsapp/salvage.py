"""What can be kept of JSON whose types are not those that Meta documents.

One rule: what has the wrong type counts as absent, alone. Whatever holds it, stands beside it or
follows it is kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar, get_args

import msgspec

from webhooks.whatsapp.envelope import (
    Change,
    Contact,
    ErrorNotice,
    Message,
    Metadata,
    SalvagedValue,
    StatusPart,
    Value,
)

S = TypeVar("S", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A container that has not the documented form, so that no item can be read from it."""

    name: str  # which one: envelope, entry, entry[], changes, change


Part = tuple[str, Change | Unreadable]
"""The id of the WhatsApp Business Account (`entry[].id`), and one of its changes."""


def parts(tree: object) -> tuple[str | None, list[Part]]:
    """The product (`object`) and the parts of a payload, given as plain JSON values."""
    if not isinstance(tree, dict):
        return None, [("", Unreadable("envelope"))]
    return _string(tree, "object"), list(_parts(tree.get("entry")))


def change(tree: object) -> Change | Unreadable:
    """One of `changes[]`, given as plain JSON values."""
    if not isinstance(tree, dict):
        return Unreadable("change")
    return Change(field=_string(tree, "field"), value=_value(tree.get("value")))


def _parts(entries: object) -> Iterator[Part]:
    if not isinstance(entries, list):
        yield "", Unreadable("entry")
        return
    for entry in entries:
        if not isinstance(entry, dict):
            yield "", Unreadable("entry[]")
            continue
        account_id = _string(entry, "id") or ""
        changes = entry.get("changes")
        if isinstance(changes, list):
            yield from ((account_id, change(tree)) for tree in changes)
        else:
            yield account_id, Unreadable("changes")


def _value(tree: object) -> Value | None:
    if not isinstance(tree, dict):
        return None
    return SalvagedValue(
        metadata=_struct(tree.get("metadata"), Metadata),
        contacts=_structs(tree, "contacts", Contact),
        messages=_structs(tree, "messages", Message),
        statuses=_structs(tree, "statuses", StatusPart),
        errors=_structs(tree, "errors", ErrorNotice),
        unreadable=frozenset(
            name
            for name in ("messages", "statuses", "errors")
            if not isinstance(tree.get(name), list | None)
        ),
        keys=tuple(tree),
    )


def _structs(tree: dict[str, object], name: str, kind: type[S]) -> list[S] | None:
    items = tree.get(name)
    return [_struct(item, kind) for item in items] if isinstance(items, list) else None


def _struct(tree: object, kind: type[S]) -> S:
    """The fields of the right type; all absent if this is no object at all."""
    if not isinstance(tree, dict):
        return kind()
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError:
        values = {
            field.name: _salvaged(tree[field.encode_name], field.type)
            for field in msgspec.structs.fields(kind)
            if field.encode_name in tree
        }
        return kind(**values)


def _salvaged(tree: object, annotation: object) -> object:
    try:
        return msgspec.convert(tree, annotation)
    except msgspec.ValidationError:
        for option in get_args(annotation):
            if issubclass(option, msgspec.Struct):
                return _struct(tree, option)
        return None


def _string(tree: dict[str, object], name: str) -> str | None:
    value = tree.get(name)
    return value if isinstance(value, str) else None
