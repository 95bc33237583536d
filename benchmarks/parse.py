"""Measures what reading a payload costs, beside the standard json and a walk in the same run.

    python -m benchmarks.parse

Prints CPU microseconds, medians of interleaved rounds. The machine is noisy: read the ratios.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable

from sandbox import samples
from webhooks.whatsapp.drift.looking import drift
from webhooks.whatsapp.payload import parse, parse_tolerantly
from webhooks.whatsapp.reading import read

ROUNDS = 15
SINGLE = samples.encode(
    samples.envelope(
        samples.entry(samples.change(messages=[samples.text()], contacts=[samples.contact()]))
    )
)
BATCH_SIZE = 1000
BATCH = samples.encode(
    samples.envelope(
        *(
            samples.entry(
                samples.change(
                    messages=[samples.text(message_id=samples.wamid(samples.DRIVER_NUMBER, n))],
                    contacts=[samples.contact()],
                )
            )
            for n in range(BATCH_SIZE)
        )
    )
)

Reader = Callable[[bytes], object]


def json_and_walk(raw: bytes) -> object:
    """The reference: no types, no checks, one tuple for each message."""
    return [
        (item.get("from"), item.get("id"), item.get("timestamp"), item.get("text", {}).get("body"))
        for entry in json.loads(raw)["entry"]
        for change in entry["changes"]
        for item in change["value"].get("messages", ())
    ]


READERS: dict[str, Reader] = {
    "json and a walk (reference)": json_and_walk,
    "parse": parse,
    "parse and read": lambda raw: read(parse(raw)),
    "look over for drift": drift,
    "tolerant parse and read": lambda raw: read(parse_tolerantly(raw)),
}


def cpu_microseconds(reader: Reader, raw: bytes, repetitions: int) -> float:
    """CPU time of one call."""
    start = time.process_time()
    for _ in range(repetitions):
        reader(raw)
    return (time.process_time() - start) / repetitions * 1e6


def measure(raw: bytes, repetitions: int) -> dict[str, float]:
    """The median for each reader; the readers take turns, so that noise hits all alike."""
    rounds = [
        {name: cpu_microseconds(reader, raw, repetitions) for name, reader in READERS.items()}
        for _ in range(ROUNDS)
    ]
    return {name: statistics.median(one[name] for one in rounds) for name in READERS}


def table() -> list[str]:
    """The lines of the report."""
    single = measure(SINGLE, repetitions=2000)
    batch = measure(BATCH, repetitions=3)
    reference = next(iter(READERS))
    lines = [
        f"single text: {len(SINGLE)} bytes; batch: {BATCH_SIZE} texts, {len(BATCH)} bytes",
        f"{'CPU microseconds':<30}{'single':>10}{'ratio':>8}{'batch/event':>14}{'ratio':>8}",
    ]
    for name in READERS:
        alone, each = single[name], batch[name] / BATCH_SIZE
        alone_ratio = alone / single[reference]
        each_ratio = batch[name] / batch[reference]
        lines.append(f"{name:<30}{alone:>10.1f}{alone_ratio:>8.2f}{each:>14.1f}{each_ratio:>8.2f}")
    return lines


if __name__ == "__main__":
    sys.stdout.write("\n".join([*table(), ""]))
