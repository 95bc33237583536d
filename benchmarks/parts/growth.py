"""Tasks in a large ledger with many events open, beside the same in an empty one."""

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace

from benchmarks import subjects
from benchmarks.databases import databases_beside
from benchmarks.figures import Measured
from benchmarks.parts.handler import SERVICES, applied
from benchmarks.parts.ingress import REST


def measure(options: Namespace) -> Iterator[Measured]:
    """The two take turns, round by round."""
    subject = subjects.ours(services=SERVICES)
    with databases_beside(REST) as server:
        for _ in range(options.rounds):
            yield from applied(replace(subject, name="empty"), server, options)
            yield from applied(
                replace(subject, name=f"ours, {options.events} rows, {options.backlog} open"),
                server,
                options,
                events=options.events,
                backlog=options.backlog,
            )
