"""The figures of a soak, as docs/reliability.md shows them."""

import platform
from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import quantiles

from tests.soak.run import Soak


def report(soak: Soak, failures: Sequence[str], *, commit: str, database: str) -> str:
    """The whole report in Markdown."""
    return "\n".join([*_lines(soak, commit, database), "", *_end(failures), ""])


def _lines(soak: Soak, commit: str, database: str) -> Iterator[str]:
    items = sum(len(batch) for batch in soak.batches)
    python = platform.python_version()
    yield f"Soak of {soak.seconds:.0f} s at {commit}, {database}, Python {python}"
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| deliveries answered with 200 | {len(soak.batches)} |"
    yield f"| items in them | {items} ({items / soak.seconds:.0f}/s) |"
    yield f"| conversations | {len(soak.conversations)} |"
    yield f"| answers of the webhook | {_counts(soak.answers)} |"
    yield f"| its latency, p50 / p95 / p99 | {_latency(soak.latencies)} |"
    yield f"| tasks dispatched | {soak.dispatches} |"
    yield f"| processes killed | {_counts(soak.kills)} |"
    yield f"| calls struck by faults | {soak.struck.total()} |"
    yield f"| settled after the end | {soak.settled_after:.1f} s |"
    for growth in soak.growths:
        medians = " → ".join(f"{quarter:.1f}" for quarter in growth.quarters)
        yield (
            f"| memory of {growth.name} by quarters of {growth.seconds:.0f} s | "
            f"{medians} MiB ({growth.per_minute:+.2f} MiB/min) |"
        )
    yield ""
    yield "| fault | calls struck |"
    yield "|---|---|"
    for name, count in sorted(soak.struck.items()):
        yield f"| {name} | {count} |"


def _counts(counter: Counter[int] | Counter[str]) -> str:
    pairs = sorted((str(name), count) for name, count in counter.items())
    return ", ".join(f"{name}: {count}" for name, count in pairs)


def _latency(seconds: Sequence[float]) -> str:
    if len(seconds) < 2:
        return "–"
    cuts = quantiles(seconds, n=100)
    return " / ".join(f"{1000 * cuts[percent - 1]:.0f}" for percent in (50, 95, 99)) + " ms"


def _end(failures: Sequence[str]) -> list[str]:
    if not failures:
        return ["Every item is accounted for, the documents equal the model's, memory is flat."]
    return [f"FAILED: {failure}." for failure in failures]
