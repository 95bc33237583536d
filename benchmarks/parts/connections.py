"""Our application with connections of its own, and behind PgBouncer, as both are deployed."""

from argparse import Namespace
from collections.abc import Iterator
from configparser import ConfigParser
from dataclasses import replace

from benchmarks import processes, subjects
from benchmarks.costs import spending
from benchmarks.databases import Databases, databases_beside, rows
from benchmarks.figures import Measured
from benchmarks.parts.ingress import LOADS, REST, SERVICES, taking
from benchmarks.subjects import Subject
from tests.pgbouncer import AS_DEPLOYED, pooled
from tests.programs import find_pgbouncer

TAKEN = (LOADS[0], LOADS[3])
SESSIONS = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE backend_type = 'client backend' AND datname LIKE 'of\\_%' AND pid <> pg_backend_pid()"
)


def measure(options: Namespace) -> Iterator[Measured]:
    """The two take turns, round by round. Raises RuntimeError where PgBouncer is missing."""
    program = find_pgbouncer()
    if program is None:
        raise RuntimeError("PgBouncer was not found")
    ours = subjects.ours(services=SERVICES)
    with databases_beside(REST) as server, pooled(program, server.url, size=_size()) as pooler:
        for _ in range(options.rounds):
            yield from _one(ours, server, options)
            behind = replace(ours, name="behind PgBouncer")
            yield from _one(behind, server, options, pooler=pooler)


def _one(
    subject: Subject, server: Databases, options: Namespace, *, pooler: str = ""
) -> Iterator[Measured]:
    with taking(subject, server, seconds=options.seconds, pooler=pooler) as ground:
        between = processes.child("pgbouncer")
        for load in TAKEN:
            with spending({"PgBouncer": between}) as spent:
                values = ground.measure(load, seconds=options.seconds)
            [(sessions,)] = rows(server.url, SESSIONS)
            own = spent.seconds["PgBouncer"] / (values["events/s"] * options.seconds) * 1e6
            pooler_own = {"PgBouncer, µs": own} if own else {}
            values = {**values, **pooler_own, "sessions": float(sessions)}
            yield Measured(load=load.name, subject=subject.name, values=values)


def _size() -> int:
    """Connections behind the pooler, as deployed."""
    configuration = ConfigParser(interpolation=None)
    configuration.read(AS_DEPLOYED)
    return configuration.getint("pgbouncer", "default_pool_size")
