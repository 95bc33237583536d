"""PostgreSQL is restarted, then killed, under load: what was answered with 200 gets done."""

import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from google.cloud.firestore import Client

from sandbox import stack
from sandbox.stack import Spec
from tests import postgresql
from tests.convergence.model import documents
from tests.convergence.payloads import payload
from tests.convergence.stored import store_ids, store_world
from tests.faults.scene import Scene, scene
from tests.faults.system import PROJECT, SERVERS, System
from tests.programs import find_postgresql

SCENES = 12  # two deliveries each
POSTERS = 3  # threads
AWAY_SECONDS = 1.0
LONGEST = 60.0
# A commit that was answered is in the hands of the system, which lives on.
CONFIGURATION = postgresql.CONFIGURATION | {"synchronous_commit": "on"}


@dataclass(kw_only=True)
class Cluster:
    """A PostgreSQL that can be stopped and started again."""

    programs: Path
    folder: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """The value of DATABASE_URL."""
        return f"postgres://postgres@/postgres?host={self.folder}"

    def start(self) -> None:
        """Returns when it answers."""
        settings = [f"--{name}={value}" for name, value in CONFIGURATION.items()]
        server = str(self.programs / "postgres")
        command = [server, "-D", str(self.folder / "data"), "-k", str(self.folder), *settings]
        self.process = subprocess.Popen(postgresql.as_server(command), cwd="/")
        postgresql._wait_until_it_answers(self.folder, self.process)

    def stop(self, number: int) -> None:
        """Ends it by a signal: SIGINT in order, SIGQUIT at once, as if it had crashed."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait()

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """Runs a statement and returns its rows."""
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres") as link:
            cursor = link.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []


@contextmanager
def cluster(programs: Path) -> Iterator[Cluster]:
    """A new cluster that runs."""
    with tempfile.TemporaryDirectory(prefix="visn-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        shutil.chown(folder, postgresql.server_user())
        command = postgresql.as_server(postgresql.initdb(programs, folder))
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)
        made = Cluster(programs=programs, folder=folder)
        made.start()
        try:
            yield made
        finally:
            made.stop(signal.SIGINT)


@pytest.mark.needs("postgresql")
def test_restarted_under_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Meta is told 503 meanwhile and comes again; tasks are tried again."""
    programs = find_postgresql()
    assert programs is not None
    with cluster(programs) as database:
        spec = Spec(folder=tmp_path, servers=SERVERS, database_url=database.url)
        with stack.start(spec) as running:
            monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", running.emulators.firestore_host)
            system = System(
                stack=running,
                main=Client(project=PROJECT),
                ancillary=Client(project=PROJECT, database="ancillary"),
                kill_file=tmp_path / "kill",
            )
            scenes = [scene() for _ in range(SCENES)]
            for played in scenes:
                world = played.stream.world
                store_world(world, main=system.main, ancillary=system.ancillary, late=played.late)
            answers = deliver_while(system, scenes, database)
            assert 200 in answers
            assert answers - {200, 503, 0} == set()
            for played in scenes:
                store_ids(played.late, main=system.main)
            settle(system, database)
            for played in scenes:
                expected = documents(played.stream.world, played.stream.items)
                assert system.documents(played.stream) == expected
            check_ledger(scenes, database)


def deliver_while(system: System, scenes: list[Scene], database: Cluster) -> set[int]:
    """Posts everything, and meanwhile restarts the database twice; returns what was answered."""
    over = threading.Event()

    def restart() -> None:
        for number in (signal.SIGINT, signal.SIGQUIT):
            time.sleep(0.3)
            database.stop(number)
            time.sleep(AWAY_SECONDS)
            database.start()
        over.set()

    def deliver(played: Scene) -> set[int]:
        answers: set[int] = set()
        for batch in played.stream.deliveries:
            answers |= set(system.deliver(batch))
        while not over.is_set():  # the same again, as long as it lasts
            answers |= {system.post(payload(played.stream.deliveries[0]))}
        return answers

    with ThreadPoolExecutor(POSTERS + 1) as pool:
        restarting = pool.submit(restart)
        answers = set().union(*pool.map(deliver, scenes))
        restarting.result()
    return answers


def settle(system: System, database: Cluster) -> None:
    """Returns when no event is open; the sweeper comes every second or so."""
    deadline = time.monotonic() + LONGEST
    while database.rows("SELECT 1 FROM webhooks_event WHERE settled_at IS NULL LIMIT 1"):
        assert time.monotonic() < deadline, "events stay open"
        time.sleep(1)
        database.rows(
            "UPDATE webhooks_event SET check_at = now() - interval '5 minutes' "
            "WHERE settled_at IS NULL"
        )
        system.stack.manage("requeue_stuck")


def check_ledger(scenes: list[Scene], database: Cluster) -> None:
    """Every item is there once for each different payload, and each text was processed once."""
    batches = {payload(batch): batch for each in scenes for batch in each.stream.deliveries}
    [(deliveries, items)] = database.rows(
        "SELECT count(*), sum(item_count) FROM webhooks_delivery WHERE repeat_of_id IS NULL"
    )
    assert (deliveries, items) == (len(batches), sum(map(len, batches.values())))
    assert database.rows("SELECT count(*) FROM webhooks_event") == [(items,)]
    assert database.rows(
        "SELECT DISTINCT count(*) FILTER (WHERE state = 'processed') FROM webhooks_event "
        "WHERE kind = 'text' AND reason IN ('applied', 'already_applied') GROUP BY message_id"
    ) == [(1,)]
