"""What the ledger holds of a person: their events, with what the bytes say of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from operator import attrgetter
from typing import Any

from eventlog.chunks import chunks
from eventlog.people.names import events_of
from webhooks.matching import match
from webhooks.models import Delivery, Event
from webhooks.whatsapp.blanking import Unblankable, excerpts
from webhooks.whatsapp.items import Item, Person
from webhooks.whatsapp.names import Names
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read

EVENTS_AT_A_TIME = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What the bytes say of an event."""

    event: Event
    read: Mapping[str, Any]  # as the program reads it; empty where the bytes are gone
    raw: str  # as Meta sent it, in JSON; empty where nobody knows where it stands


def held(names: Names) -> Iterator[list[Event]]:
    """All events of a person, some at a time: each once."""
    for condition in events_of(names):
        rows = Event.objects.filter(condition)
        pages = chunks(
            rows, by="received_at", value=attrgetter("received_at"), size=EVENTS_AT_A_TIME
        )
        yield from pages


def said(events: Sequence[Event]) -> Iterator[Said]:
    """Each of some events with what its bytes say, a delivery at a time."""
    of_delivery: dict[Any, list[Event]] = {}
    for event in events:
        of_delivery.setdefault(event.delivery_id, []).append(event)
    for delivery, theirs in of_delivery.items():
        body = Delivery.objects.values_list("body", flat=True).get(pk=delivery)
        yield from _said(bytes(body or b""), delivery, theirs)


def holding(body: bytes, names: Names) -> list[str]:
    """The items of a payload that hold one of the names and name nobody; none where unreadable."""
    items = read(parse(body))
    try:
        raw = excerpts(body)
    except Unblankable:
        return []
    unnamed = (item.position for item in items if item.person == Person())
    return [raw[at] for at in unnamed if names.are_in(raw[at])]


def _said(body: bytes, delivery: Any, theirs: Sequence[Event]) -> Iterator[Said]:
    rows = list(Event.objects.filter(delivery=delivery))
    items = {row.pk: item for item, row in match(read(parse(body)), rows) if item and row}
    try:
        raw: Mapping[int, str] = excerpts(body)
    except Unblankable:
        raw = {}
    for event in theirs:
        item: Item | None = items.get(event.pk) if body else None
        yield Said(
            event=event,
            read=asdict(item) if item else {},
            raw=raw.get(item.position, "") if item else "",
        )
