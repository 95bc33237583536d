"""A PostgreSQL that keeps what it confirms, and databases in it, each as new."""

import itertools
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks.subjects import Subject
from sandbox.stack.environment import inherited
from tests.postgresql import cluster, owner_of
from tests.programs import find_postgresql

KEEPING = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@dataclass(kw_only=True)
class Databases:
    """The databases of one server; what is made ready once is copied for each who needs it."""

    url: str
    _serials: Iterator[int] = field(default_factory=itertools.count)
    _ready: dict[tuple[Path, int], str] = field(default_factory=dict)  # by checkout and events

    @property
    def process(self) -> int:
        """The id of the server's first process."""
        [folder] = parse_qs(urlsplit(self.url).query)["host"]
        return int((Path(folder) / "data" / "postmaster.pid").read_text().split()[0])

    @contextmanager
    def fresh(self, subject: Subject, *, events: int = 0) -> Iterator[str]:
        """Yields the URL of a database of its own, migrated and filled with so many events."""
        name = f"of_{next(self._serials)}"
        template = self._template(subject, events) if subject.is_ours else "template1"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self._named(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _template(self, subject: Subject, events: int) -> str:
        key = (subject.root, events)
        if key not in self._ready:
            name = f"ready_{len(self._ready)}"
            self._run(f"CREATE DATABASE {name}")
            variables = {**subject.variables, "DATABASE_URL": self._named(name)}
            manage(subject.root, "migrate", "--verbosity", "0", variables=variables)
            if events:
                fill = ["fill_ledger", f"--events={events}", f"--deliveries={events // 4}"]
                manage(subject.root, *fill, variables=variables)
            self._ready[key] = name
        return self._ready[key]

    def _named(self, name: str) -> str:
        return self.url.replace("@/postgres?", f"@/{name}?")

    def _run(self, statement: str) -> None:
        with owner_of(self.url) as owner:
            owner.execute(statement.encode())


def manage(root: Path, *command: str, variables: Mapping[str, str]) -> None:
    """Runs a command of a checkout. Raises CalledProcessError if it fails."""
    subprocess.run(
        [str(root / ".venv" / "bin" / "python"), "manage.py", *command],
        cwd=root,
        env={**inherited(), **variables, "SERVICES": ""},  # all of them: some checks want the admin
        check=True,
        stdout=subprocess.DEVNULL,
    )


def rows(url: str, query: str) -> Sequence[tuple[Any, ...]]:
    """Returns what a query finds."""
    with owner_of(url) as owner:
        return owner.execute(query.encode()).fetchall()


@contextmanager
def databases() -> Iterator[Databases]:
    """Runs the server. Raises RuntimeError where its programs are missing."""
    programs = find_postgresql()
    if programs is None:
        raise RuntimeError("PostgreSQL's server programs were not found")
    with cluster(programs, log=None, **KEEPING) as url:
        yield Databases(url=url)


@contextmanager
def databases_beside(core: int) -> Iterator[Databases]:
    """Runs it on this core, as this process and all that it starts and does not put elsewhere."""
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        with databases() as server:
            yield server
    finally:
        os.sched_setaffinity(0, all_cores)
