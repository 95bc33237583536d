"""The metrics that there are: what each counts or measures, never of a person.

Names are in the manner of OpenTelemetry's semantic conventions, units in UCUM. An attribute has as
few values as the code has words for it, so whatever Meta invents makes no series of its own.
https://opentelemetry.io/docs/specs/semconv/general/metrics/
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

KIND = "visn.kind"
STATE = "visn.state"
REASON = "visn.reason"
STAGE = "visn.stage"
RESULT = "visn.result"
RETRY = "visn.retry"  # whether the queue has tried the task before
REPEAT = "visn.repeat"  # whether the bytes had come before
VERDICT = "visn.verdict"
ERROR = "error.type"  # of the conventions: an exception's class, where there was one
OTHER = "other"  # in place of a word that this release has not

HOLDS_SECONDS = 90.0  # what is told once a minute, until it is told again


class Sort(Enum):
    """How a metric is added up."""

    COUNTER = auto()
    HISTOGRAM = auto()
    GAUGE = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """One of them."""

    name: str
    sort: Sort
    unit: str  # UCUM
    meaning: str
    attributes: tuple[str, ...] = ()


DELIVERIES = Metric(
    name="visn.whatsapp.deliveries",
    sort=Sort.COUNTER,
    unit="{delivery}",
    meaning="Deliveries that were written down.",
    attributes=(VERDICT, REPEAT),
)
RECEIVED = Metric(
    name="visn.whatsapp.events.received",
    sort=Sort.COUNTER,
    unit="{event}",
    meaning="Events that were written down.",
    attributes=(KIND,),
)
SETTLED = Metric(
    name="visn.whatsapp.events.settled",
    sort=Sort.COUNTER,
    unit="{event}",
    meaning="Outcomes of events; one that was opened again has another.",
    attributes=(KIND, STATE, REASON),
)
WAITS = Metric(
    name="visn.whatsapp.events.waits",
    sort=Sort.COUNTER,
    unit="{wait}",
    meaning="Times that an event was put off until its message is there.",
    attributes=(KIND, REASON),
)
ATTEMPTS = Metric(
    name="visn.whatsapp.tasks.attempts",
    sort=Sort.COUNTER,
    unit="{attempt}",
    meaning="Attempts of tasks, by what they came to.",
    attributes=(RESULT, RETRY, ERROR),
)
DURATION = Metric(
    name="visn.whatsapp.stage.duration",
    sort=Sort.HISTOGRAM,
    unit="s",
    meaning="How long events took for each stage of their way.",
    attributes=(STAGE,),
)
OLDEST = Metric(
    name="visn.whatsapp.events.oldest",
    sort=Sort.GAUGE,
    unit="s",
    meaning="How long ago the oldest event came that is still to be applied.",
)
OVERDUE = Metric(
    name="visn.whatsapp.events.overdue",
    sort=Sort.GAUGE,
    unit="{event}",
    meaning="Open events that the sweeper should have seen to.",
)
SILENT = Metric(
    name="visn.whatsapp.lease_numbers.silent",
    sort=Sort.GAUGE,
    unit="{number}",
    meaning="Lease numbers from which nothing comes that should.",
)
METRICS = (DELIVERIES, RECEIVED, SETTLED, WAITS, ATTEMPTS, DURATION, OLDEST, OVERDUE, SILENT)

Attributes = Mapping[str, str | bool]
Record = Callable[[Metric, float, Attributes], None]
_record: Record | None = None
_told: dict[Metric, tuple[float, float]] = {}  # what a gauge shows, and since when


def record_with(exporter: Record | None) -> None:
    """Lets metrics be exported from now on, or no more."""
    global _record  # noqa: PLW0603 - one for the process
    _record = exporter


def are_exported() -> bool:
    """Whether it is worth adding anything up."""
    return _record is not None


def count(metric: Metric, number: int, attributes: Attributes) -> None:
    """Adds to a counter."""
    record = _record  # which the end of the process takes away, in a thread of its own
    if record is not None:
        record(metric, number, attributes)


def measure(metric: Metric, seconds: float, attributes: Attributes) -> None:
    """Adds to a histogram. Clocks that disagree make no negative durations."""
    record = _record
    if record is not None:
        record(metric, max(seconds, 0.0), attributes)


def tell(metric: Metric, value: float) -> None:
    """Lets a gauge show this until it is told again, for a while at most."""
    if _record is not None:
        _told[metric] = value, time.monotonic()


def shown(metric: Metric) -> float | None:
    """What a gauge shows; None: nobody has told it here lately."""
    value, since = _told.get(metric, (0.0, float("-inf")))
    return value if time.monotonic() - since < HOLDS_SECONDS else None
