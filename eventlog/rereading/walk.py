"""Goes through the deliveries of a window, the oldest first, and reads each again.

A part of them at a time, so that a process holds few of their bytes however many there are; and
what is read of the database is read to its end before the bytes are looked at, so that nothing is
open there meanwhile.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from eventlog.chunks import chunks
from eventlog.questions.windows import Window, received_in
from eventlog.rereading.differences import COLUMNS, LATER_COLUMNS, reread_one
from eventlog.rereading.report import Report
from visn_whatsapp.read_only import each_read_only, read_only
from webhooks.models import Delivery, Event

KEYS_AT_A_TIME = 1000
# Of these a part has at most so many, or it is a single delivery.
DELIVERIES_AT_A_TIME = 200
ITEMS_AT_A_TIME = 2000
BYTES_AT_A_TIME = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Key:
    """What there is to know of a delivery before its bytes are read."""

    delivery: UUID
    received_at: datetime
    size: int
    items: int
    repeat_of: UUID | None


def reread(window: Window) -> Iterator[Report]:
    """Yields the same report after each part, as it has grown. Writes nothing.

    Raises Django's database errors.
    """
    rows = Delivery.objects.filter(received_in(window))
    with read_only():
        report = Report(due=rows.count())
        columns = (*COLUMNS, *_there_of(LATER_COLUMNS))
    for part in _parts(_keys(rows)):
        _add(report, part, columns)
        yield report
    with read_only():
        # Repeats that retention has deleted meanwhile cannot be asked for.
        report.due = min(report.due, rows.count())
    yield report


def _there_of(names: Sequence[str]) -> Sequence[str]:
    """Those of the columns that the table has: it may be read before it is migrated."""
    table = Event._meta.db_table  # noqa: SLF001 - Django documents it as public
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
    return [name for name in names if name in {column.name for column in found}]


def _keys(rows: QuerySet[Delivery]) -> Iterator[Key]:
    names = ("pk", "received_at", "size", "item_count", "repeat_of")
    found = rows.values_list(*names)
    pages = chunks(found, by="received_at", value=lambda row: row[1], size=KEYS_AT_A_TIME)
    for page in each_read_only(pages):
        yield from (Key(*row) for row in page)


def _parts(keys: Iterable[Key]) -> Iterator[list[Key]]:
    part: list[Key] = []
    size = items = 0
    for key in keys:
        full = size + key.size > BYTES_AT_A_TIME or items + key.items > ITEMS_AT_A_TIME
        if part and (full or len(part) == DELIVERIES_AT_A_TIME):
            yield part
            part, size, items = [], 0, 0
        part.append(key)
        size += key.size
        items += key.items
    if part:
        yield part


def _add(report: Report, part: list[Key], columns: Sequence[str]) -> None:
    firsts = [key.delivery for key in part if key.repeat_of is None]
    report.repeats += len(part) - len(firsts)
    deliveries, rows = _load(firsts, columns)
    for delivery in deliveries:
        if delivery.body is None:
            report.emptied += 1
        else:
            report.add(delivery.pk, reread_one(delivery, rows.get(delivery.pk, ())))
    report.up_to = part[-1].received_at


def _load(
    keys: list[UUID], columns: Sequence[str]
) -> tuple[list[Delivery], dict[UUID, list[Event]]]:
    """The deliveries, in order, and their rows.

    The rows first: whoever still has bytes then had all of its rows. Apart from each other:
    joined, a table might be read for a few.
    """
    rows: dict[UUID, list[Event]] = defaultdict(list)
    with read_only():
        for row in Event.objects.filter(delivery__in=keys).only(*columns).order_by():
            rows[row.delivery_id].append(row)
        found = Delivery.objects.filter(pk__in=keys).only("received_at", "body", "verdict")
        return list(found.order_by("received_at", "pk")), rows
