"""Finds the deliveries that tell of a person: by their events, and by bytes whose rows name nobody.

What is not processed has rows without people: changes of other fields, containers, and what is of
groups. Their bytes are searched for the names, in the order of their receipt.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from eventlog.people.names import events_of
from webhooks.conditions import RARE, RARE_REASON
from webhooks.models import Delivery, Event
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Kind
from webhooks.whatsapp.names import Names

DELIVERIES_AT_A_TIME = 50
# Of these a part has at most so many, or it is a single delivery.
BYTES_AT_A_TIME = 4 * 1024 * 1024
ITEMS_AT_A_TIME = 2000
# Each in the words of an index.
NAMELESS = (
    RARE & Q(kind=Kind.CHANGE.value),
    RARE & Q(kind=Kind.CONTAINER.value),
    RARE_REASON & Q(reason=Reason.GROUP.value),
)
BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """How far the bytes without names have been searched."""

    stream: int = 0  # of NAMELESS; as many as there are: all of them
    since: datetime = BEGINNING
    event: int = 0  # of those received at that moment, the last

    @property
    def is_end(self) -> bool:
        """Whether nothing is left."""
        return self.stream >= len(NAMELESS)

    def as_json(self) -> list[object]:
        """As `of` reads it."""
        return [self.stream, self.since.isoformat(), self.event]

    @classmethod
    def of(cls, said: Sequence[object]) -> "Place":
        """Reads what `as_json` has written; nothing: the beginning."""
        if not said:
            return cls()
        stream, since, event = said
        return cls(
            stream=int(str(stream)),
            since=datetime.fromisoformat(str(since)),
            event=int(str(event)),
        )


def next_named(names: Names) -> list[UUID]:
    """Some of the deliveries whose events name the person, as many as make a part."""
    for condition in events_of(names):
        rows = Event.objects.filter(condition).order_by("received_at", "pk")
        found = rows.values_list("delivery", flat=True)[:DELIVERIES_AT_A_TIME]
        if part := _part(dict.fromkeys(found)):
            return part
    return []


def _part(deliveries: Iterable[UUID]) -> list[UUID]:
    keys = [*deliveries]
    found = Delivery.objects.filter(pk__in=keys).values_list("pk", "size", "item_count")
    sizes = {key: (size, items) for key, size, items in found}
    part: list[UUID] = []
    size = items = 0
    for key in keys:
        size, items = size + sizes[key][0], items + sizes[key][1]
        if part and (size > BYTES_AT_A_TIME or items > ITEMS_AT_A_TIME):
            break
        part.append(key)
    return part


def nameless(place: Place) -> QuerySet[Event]:
    """The events of the place's stream that are left, the oldest first."""
    later = Q(received_at__gt=place.since) | Q(received_at=place.since, pk__gt=place.event)
    rows = Event.objects.filter(NAMELESS[place.stream], later, received_at__gte=place.since)
    return rows.order_by("received_at", "pk")


def search(place: Place, *, names: Names) -> tuple[list[UUID], Place]:
    """Searches the next bytes of which no row says whom they name.

    Returns the deliveries that hold one of the names, and how far it has come.
    """
    columns = nameless(place).values_list("pk", "received_at", "delivery")
    found = list(columns[:DELIVERIES_AT_A_TIME])
    if not found:
        return [], Place(stream=place.stream + 1)
    part = set(_part(dict.fromkeys(delivery for *_, delivery in found)))
    held = [*_until_left_out(found, part)]
    last, since, _ = held[-1]
    after = Place(stream=place.stream, since=since, event=last)
    return _holding(part, names=names), after


def _until_left_out(
    found: Iterable[tuple[int, datetime, UUID]], part: set[UUID]
) -> Iterator[tuple[int, datetime, UUID]]:
    for row in found:
        if row[2] not in part:
            return
        yield row


def _holding(deliveries: Iterable[UUID], *, names: Names) -> list[UUID]:
    rows = Delivery.objects.filter(pk__in=deliveries, body__isnull=False).only("body")
    return [each.pk for each in rows if names.are_in(bytes(each.body or b"").decode("latin-1"))]
