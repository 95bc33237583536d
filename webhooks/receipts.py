"""Where payloads stand in the ledger, and how those of one transaction go on together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Protocol
from uuid import UUID

from visn_whatsapp.traces import Trace


class Sent(Enum):
    """How far a payload has got on its way to the queue."""

    NOT_YET = auto()  # it goes by itself
    UNNOTED = auto()  # its task is made, which has to be noted where somebody holds its events
    DONE = auto()  # it has a task, or none could be made, which was logged


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """Where an arrival stands in the ledger."""

    row: UUID  # its own delivery
    delivery: UUID  # the delivery that has the bytes and the events; another one for a repeat
    digest: str  # of its bytes
    needs_task: bool  # whether any of those events is open
    sent: Sent = Sent.NOT_YET


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A payload whose rows are committed, and that needs a task."""

    receipt: Receipt
    body: bytes
    at: datetime | None  # when it came; None: by the ledger's clock, as it was written
    trace: Trace | None = None  # what it came under, where spans are exported


class Way(Protocol):
    """A way to the queue for several payloads at once; equal ways are one."""

    def send(self, written: Sequence[Written]) -> Sequence[Sent]:
        """Sends payloads on and says of each how far it got; what one comes to stops no other."""
