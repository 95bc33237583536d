"""In what a delivery, read with today's code, differs from its rows.

A difference holds words of ours and names of columns, and no value that Meta sent.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from visn_whatsapp.explained import Explained
from webhooks import new_events
from webhooks.matching import match
from webhooks.models import Delivery, Event
from webhooks.outcomes import OPEN, Reason, State
from webhooks.whatsapp.items import Item
from webhooks.whatsapp.payload import Payload, parse
from webhooks.whatsapp.reading import read

logger = logging.getLogger(__name__)

# The columns that say what an item is, as they have been in every release.
FIELDS = (
    "kind",
    "name",
    "account_id",
    "lease_number",
    "phone_number_id",
    "person_number",
    "person_user_id",
    "message_id",
    "target_id",
    "occurred_at",
)
COLUMNS = ("delivery_id", "position", *FIELDS, "state", "reason", "reopenings")
LATER_COLUMNS = ("erased_at",)  # that the tables of a release before have not
TO_BE_APPLIED = "to_be_applied"  # in place of the reason of what is not settled as it is read

_SAID = attrgetter(*FIELDS)


class Way(Explained):
    """How today's reading differs."""

    OTHERWISE = "read_otherwise", "The item says something else than its event."
    ANOTHER = (
        "another_item",
        "In the event's place stands an item that a run would not take for the event's.",
    )
    NOT_IN_LEDGER = "not_in_ledger", "Today's code reads an item that has no event."
    NOT_READ = "not_read", "The ledger has an event that today's code reads no item for."
    VERDICT = "verdict", "The delivery as a whole is judged otherwise."
    RAISED = "raised", "Today's code raises an error, and reads nothing of the delivery."


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What a column that holds words of ours says in the ledger, and what it would say today."""

    column: str
    was: str
    now: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """What many items may have in common."""

    way: Way
    kind: str = ""  # the item's; the ledger's word if there are two
    fields: tuple[str, ...] = ()  # the columns that differ
    words: tuple[Words, ...] = ()  # of those of them whose words are ours


@dataclass(frozen=True, kw_only=True, slots=True)
class Reread:
    """One delivery, read again."""

    items: int
    erased: int = 0  # of them, that stand blank for what was erased
    differences: Sequence[tuple[int | None, Difference]]  # with the item's position, if of one


def reread_one(delivery: Delivery, rows: Iterable[Event]) -> Reread:
    """Compares the bytes of a delivery, which it still has, with all rows of it that say something.

    Erased rows are blank as their items are.
    """
    try:
        payload = parse(bytes(delivery.body or b""))
        items = read(payload)
    except Exception as error:
        # A release that fails on what was stored is what this is to find, whatever it raises.
        logger.exception("A delivery cannot be read again.", extra={"delivery": str(delivery.pk)})
        raised = Words(column="error", was="", now=type(error).__name__)
        return Reread(items=0, differences=[(None, Difference(way=Way.RAISED, words=(raised,)))])
    every = [*rows]
    found = [*_of_verdict(delivery, payload), *_of_items(delivery, items, every)]
    erased = sum(map(_is_erased, every))
    return Reread(items=len(items), erased=erased, differences=found)


def _is_erased(row: Event) -> bool:
    """On tables that have no column for it nobody is."""
    return row.__dict__.get("erased_at") is not None


def _of_verdict(delivery: Delivery, payload: Payload) -> Iterator[tuple[None, Difference]]:
    was, now = delivery.verdict, payload.verdict.value
    if was != now:
        words = Words(column="verdict", was=was, now=now)
        yield None, Difference(way=Way.VERDICT, fields=("verdict",), words=(words,))


def _of_items(
    delivery: Delivery, items: Sequence[Item], rows: Iterable[Event]
) -> Iterator[tuple[int, Difference]]:
    lone_items, lone_rows = dict[int, Item](), dict[int, Event]()
    for item, row in match(items, rows):
        if row is not None and _is_erased(row):
            continue
        if item is not None and row is not None:
            fields, words = _between(new_events.event_of(delivery, item), row)
            if fields:
                way = Way.OTHERWISE
                yield row.position, Difference(way=way, kind=row.kind, fields=fields, words=words)
        elif item is not None:
            lone_items[item.position] = item
        elif row is not None:
            lone_rows[row.position] = row
    for position in sorted({*lone_items, *lone_rows}):
        yield position, _alone(delivery, lone_items.get(position), lone_rows.get(position))


def _alone(delivery: Delivery, item: Item | None, row: Event | None) -> Difference:
    """What there is of an item and an event in its place that are not taken for each other."""
    if item is None:
        return Difference(way=Way.NOT_READ, kind=row.kind if row else "")
    if row is None:
        return Difference(way=Way.NOT_IN_LEDGER, kind=item.kind.value)
    fields, words = _between(new_events.event_of(delivery, item), row)
    return Difference(way=Way.ANOTHER, kind=row.kind, fields=fields, words=words)


def _between(today: Event, row: Event) -> tuple[tuple[str, ...], tuple[Words, ...]]:
    """The columns in which a row that was written today would differ, and their words of ours."""
    now, was = _SAID(today), _SAID(row)
    fields = [name for name, old, new in zip(FIELDS, was, now, strict=True) if old != new]
    words = [Words(column="kind", was=row.kind, now=today.kind)] if "kind" in fields else []
    reasons = Words(column="reason", was=_settled(row, today), now=_reason(today))
    if reasons.was != reasons.now:
        fields.append(reasons.column)
        words.append(reasons)
    return tuple(fields), tuple(words)


def _reason(today: Event) -> str:
    return TO_BE_APPLIED if today.state in OPEN else today.reason


def _settled(row: Event, today: Event) -> str:
    """The reason that a row was settled for as it was read.

    Whatever another release calls it: nothing else is ignored or malformed. Of what was opened
    again and has no outcome of its own yet it is not known, and taken to be the same.
    """
    if row.state == State.IGNORED or row.reason == Reason.MALFORMED:
        return row.reason
    undecided = row.state in OPEN or row.reason == Reason.GAVE_UP
    return _reason(today) if row.reopenings and undecided else TO_BE_APPLIED
