"""Webhooks and tasks in a large ledger with many events open, beside the same in an empty one."""

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace

from benchmarks import subjects
from benchmarks.databases import databases_beside
from benchmarks.figures import Measured
from benchmarks.parts import handler, ingress


def measure(options: Namespace) -> Iterator[Measured]:
    """The two take turns, round by round."""
    receiving = subjects.ours(services=ingress.SERVICES)
    applying = subjects.ours(services=handler.SERVICES)
    rows, backlog = options.events, options.backlog
    with databases_beside(ingress.REST) as server:
        for _ in range(options.rounds):
            for subject, events in (("empty", 0), (f"ours, {rows} rows", rows)):
                yield from ingress.received(
                    replace(receiving, name=subject), server, options, events=events
                )
            yield from handler.applied(replace(applying, name="empty"), server, options)
            yield from handler.applied(
                replace(applying, name=f"ours, {rows} rows, {backlog} open"),
                server,
                options,
                events=rows,
                backlog=backlog,
            )
