"""Measures what handling a task costs, beside the two Firestore calls that it cannot do without.

    python -m benchmarks.listener [--database-url postgres://…]

Prints CPU microseconds of this process per event, medians of interleaved rounds. The stand-in for
Firestore runs in a process of its own. The machine is noisy: read the ratios.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

ROUNDS = 9
SIZES = (1, 10, 100)

Measured = Callable[[], float]


@contextmanager
def firestore() -> Iterator[str]:
    """Runs the stand-in and yields its address."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready"
        process = subprocess.Popen(
            [sys.executable, "manage.py", "emulators", "--ready-file", str(ready)],
            stdout=subprocess.DEVNULL,
        )
        try:
            while not ready.exists():
                time.sleep(0.05)
            yield json.loads(ready.read_text())["FIRESTORE_EMULATOR_HOST"]
        finally:
            process.terminate()
            process.wait()


def prepare(database_url: str, firestore_host: str) -> None:
    """Makes the ledger and points Google's client to the stand-in."""
    os.environ["FIRESTORE_EMULATOR_HOST"] = firestore_host
    os.environ["DATABASE_URL"] = database_url
    os.environ["DJANGO_SETTINGS_MODULE"] = "visn_whatsapp.settings.local"
    os.environ["LOG_LEVEL"] = "ERROR"
    import django  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)


def measurements(project: str) -> dict[str, Measured]:
    """What is measured: name → a function that returns CPU seconds per event."""
    from benchmarks.listener_work import Bench  # noqa: PLC0415

    bench = Bench(project=project, now=datetime.now(UTC))
    named: dict[str, Measured] = {"one query and one commit": bench.bare_calls}
    for size in SIZES:
        named[f"handle, {size} texts a task"] = lambda size=size: bench.texts(size)  # type: ignore[misc]
    named["handle, a status"] = bench.statuses
    return named


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, firestore() as host:
        prepare(arguments.database_url or f"sqlite:///{folder}/ledger.sqlite3", host)
        named = measurements(f"bench-{uuid4().hex[:8]}")
        figures: dict[str, list[float]] = {name: [] for name in named}
        for _ in range(ROUNDS + 1):
            for name, measured in named.items():
                figures[name].append(measured())
        base = statistics.median(figures["one query and one commit"][1:])
        for name, values in figures.items():
            median = statistics.median(values[1:])
            sys.stdout.write(f"{name:<28}{median * 1e6:>8.0f} µs{median / base:>8.2f}\n")


if __name__ == "__main__":
    main()
