"""The database is a standby, or takes connections and says nothing: told in time, and then over."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from sandbox import stack
from sandbox.stack import Server, Spec, Stack
from tests.faults.test_database_budgets import THREADS, post, ready
from tests.postgresql import USERS, cluster, owner_of, standby
from tests.programs import find_postgresql
from visn_whatsapp.roles import ALL_SERVICES

pytestmark = pytest.mark.needs("postgresql")

SOCKET = ".s.PGSQL.5432"
READY_BUDGET = 15.0  # seconds; the probe's own six, on a busy machine


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A server that reaches its database by an address that may lead to another one."""

    running: Stack
    primary: str  # URL of the owner
    address: Path

    def lead_to(self, url: str) -> None:
        """From now on the address is that of another cluster."""
        new = self.address.with_name("new")
        new.symlink_to(Path(url.partition("host=")[2]) / SOCKET)
        new.rename(self.address)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Each place of the server has a session with the primary."""
    programs = find_postgresql()
    assert programs is not None
    folder = tmp_path_factory.mktemp("away")
    address = folder / SOCKET
    with cluster(programs) as primary:
        with owner_of(primary) as owner:
            owner.execute(USERS.read_text())
        address.symlink_to(Path(primary.partition("host=")[2]) / SOCKET)
        services = {"DATABASE_URL": f"postgres://visn_services@/postgres?host={folder}"}
        server = Server(name="server", services=ALL_SERVICES, threads=THREADS, variables=services)
        spec = Spec(folder=folder, servers=(server,), database_url=primary)
        with stack.start(spec) as running:
            assert set(posts(running, range(4 * THREADS))) == {200}
            yield Scene(running=running, primary=primary, address=address)


def posts(running: Stack, serials: range) -> list[int]:
    """The statuses of as many posts at once as there are places."""
    with ThreadPoolExecutor(THREADS) as posters:
        return [status for status, _ in posters.map(lambda serial: post(running, serial), serials)]


def test_a_standby_is_told_and_serves_as_soon_as_it_is_promoted(scene: Scene) -> None:
    programs = find_postgresql()
    assert programs is not None
    with standby(programs, scene.primary) as other, owner_of(other) as owner:
        scene.lead_to(other)
        with owner_of(scene.primary) as before:
            [(before_it,)] = before.execute("SELECT count(*) FROM webhooks_delivery").fetchall()
            before.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE usename = 'visn_services'"
            )
        assert set(posts(scene.running, range(100, 100 + 4 * THREADS))) == {503}
        assert ready(scene.running) == 503

        owner.execute("SELECT pg_promote()")

        assert set(posts(scene.running, range(100, 100 + 4 * THREADS))) == {200}
        assert ready(scene.running) == 200
        counted = owner.execute("SELECT count(*) FROM webhooks_delivery").fetchone()
        assert counted == (before_it + 4 * THREADS,)
        scene.lead_to(scene.primary)


@contextmanager
def stopped(url: str) -> Iterator[None]:
    """PostgreSQL does nothing any more; the system goes on to take connections for it."""
    with owner_of(url) as owner:
        sessions = [
            pid
            for (pid,) in owner.execute(
                "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            )
        ]
        folder = Path(url.partition("host=")[2])
    server = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    everything = [server, *sessions]
    signal_all(everything, signal.SIGSTOP)
    try:
        yield
    finally:
        signal_all(everything, signal.SIGCONT)


def signal_all(processes: list[int], number: int) -> None:
    for process in processes:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            continue  # a session that ended meanwhile


def test_a_database_that_says_nothing_is_told_in_time(scene: Scene) -> None:
    with stopped(scene.primary):
        began = time.monotonic()
        assert ready(scene.running) == 503
        assert time.monotonic() - began < READY_BUDGET
    assert ready(scene.running) == 200
    assert set(posts(scene.running, range(200, 220))) == {200}


def test_people_are_told_in_words_until_it_is_back(scene: Scene) -> None:
    front = scene.running.address("admin") + "/admin/"
    cookies = {"sessionid": "a" * 32}  # whose it is has to be looked up
    assert requests.get(front, cookies=cookies, timeout=30).url.endswith(
        "/admin/login/?next=/admin/"
    )
    scene.lead_to("host=/nowhere")
    try:
        with owner_of(scene.primary) as owner:
            owner.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE usename = 'visn_services'"
            )
        # The session that was kept is gone when it is used, and there is no other.
        for _ in range(2):
            told = requests.get(front, cookies=cookies, timeout=30)
            assert told.status_code == 503
            assert "<h1>The database does not answer</h1>" in told.text
            assert told.headers["Content-Security-Policy"]
    finally:
        scene.lead_to(scene.primary)
    assert requests.get(front, cookies=cookies, timeout=30).status_code == 200
