"""The pages of the admin in a large ledger, beside the same in a small one."""

import json
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks import subjects
from benchmarks.databases import databases, manage
from benchmarks.figures import Measured
from benchmarks.subjects import ROOT
from sandbox.stack.environment import inherited

SMALL = 20_000  # events
QUICK = 4_000  # enough for every page to show something


def measure(options: Namespace) -> Iterator[Measured]:
    """The two take turns, round by round."""
    subject = subjects.ours(services="admin")
    if options.short:
        sizes = {"ours": QUICK}
    else:
        sizes = {"small ledger": SMALL, f"ours, {options.events} rows": options.events}
    with databases() as server, ExitStack() as stack:
        urls = {
            name: stack.enter_context(server.fresh(subject, events=events))
            for name, events in sizes.items()
        }
        for url in urls.values():
            variables = {**subject.variables, "DATABASE_URL": url}
            manage(ROOT, "catch_up", variables=variables)
        for _ in range(options.rounds):
            for name, url in urls.items():
                for page, milliseconds in _times(url, rounds=1 if options.short else 5).items():
                    values = {"fastest, ms": milliseconds}
                    yield Measured(load=page, subject=name, values=values)


def _times(url: str, *, rounds: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        times = Path(folder) / "times"
        command = ["-m", "benchmarks.admin_pages", "--rounds", str(rounds), "--save", str(times)]
        subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env={**inherited(), "DATABASE_URL": url},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        found: dict[str, float] = json.loads(times.read_text())
        return found
