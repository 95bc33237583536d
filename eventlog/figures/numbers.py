"""The lease numbers that events came from: each once, in whichever spellings Meta names it.

Rows are kept by what the events say, so that a rule about spellings can be mended; who reads them
adds up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from eventlog.models import LeaseNumber
from webhooks.whatsapp.numbers import canonical


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownNumber:
    """A lease number: since when events come from it, and when the last one came."""

    number: str  # as its last event spells it
    key: str  # the same for all spellings
    pk: int  # of the first of its rows: it stands for the number in addresses
    pks: frozenset[int]  # of its rows, one for each spelling
    first_event_at: datetime
    last_event_at: datetime
    last_event: int  # its id: lists are asked for what has the same number


def known_numbers() -> list[KnownNumber]:
    """All of them, in the order of their digits. One query."""
    spelled: dict[str, list[LeaseNumber]] = {}
    for row in LeaseNumber.objects.order_by("pk"):
        spelled.setdefault(canonical(row.number), []).append(row)
    found = (_joined(key, rows) for key, rows in spelled.items())
    return sorted(found, key=lambda known: known.number)


def _joined(key: str, rows: Iterable[LeaseNumber]) -> KnownNumber:
    every = list(rows)
    last = max(every, key=lambda row: (row.last_event_at, row.last_event))
    return KnownNumber(
        number=last.number,
        key=key,
        pk=every[0].pk,
        pks=frozenset(row.pk for row in every),
        first_event_at=min(row.first_event_at for row in every),
        last_event_at=last.last_event_at,
        last_event=last.last_event,
    )
