"""The ledger is restored to before some deliveries, whose tasks are still in the queue."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from google.cloud.tasks_v2 import CloudTasksClient

from sandbox.stack import StackFailed
from tests.journeys.conftest import World, text
from tests.platform import tasks_client
from tests.programs import find_postgresql
from tests.sandbox.stack.processes import eventually

APPLIED = ("processed", "applied")


@contextmanager
def paused(world: World) -> Iterator[None]:
    """The queue holds its tasks meanwhile."""
    with queues(world) as (client, queue):
        client.pause_queue(name=queue)
        try:
            yield
        finally:
            client.resume_queue(name=queue)


@contextmanager
def queues(world: World) -> Iterator[tuple[CloudTasksClient, str]]:
    """A client of Cloud Tasks, and the name of the queue."""
    variables = world.running.environment()
    queue = CloudTasksClient.queue_path(
        *(variables[each] for each in ("GOOGLE_CLOUD_PROJECT", "TASKS_LOCATION", "TASKS_QUEUE"))
    )
    client = tasks_client(world.running.emulators.tasks_host)
    try:
        yield client, queue
    finally:
        client.transport.close()


@contextmanager
def stopped(world: World) -> Iterator[None]:
    """No process of ours has the ledger open."""
    for server in world.running.servers.values():
        server.kill()
    yield
    for name, server in world.running.servers.items():
        server.restart()
        world.running.wait_until_ready(name)


def backup(world: World, folder: Path) -> Callable[[], None]:
    """Copies the ledger as it is now. Returns what brings it back."""
    url = world.running.spec.database
    return _postgresql(url, folder) if url.startswith("postgres") else _sqlite(url, folder)


def _postgresql(url: str, folder: Path) -> Callable[[], None]:
    programs = find_postgresql()
    assert programs is not None
    programs = (programs / "initdb").resolve().parent  # where Debian keeps the others too
    host = parse_qs(urlsplit(url).query)["host"][0]
    reach = [f"--host={host}", "--username=postgres"]
    dump = folder / "ledger.dump"
    subprocess.run(
        [programs / "pg_dump", *reach, "--format=custom", f"--file={dump}", "postgres"], check=True
    )
    restore = [str(programs / "pg_restore"), *reach, "--dbname=postgres", "--clean", str(dump)]

    def bring_back() -> None:
        subprocess.run(restore, check=True)

    return bring_back


def _sqlite(url: str, folder: Path) -> Callable[[], None]:
    file = Path(url.removeprefix("sqlite:///"))
    wal = file.with_name(f"{file.name}-wal")
    copies = [(each, folder / each.name) for each in (file, wal)]
    for each, copy in copies:
        copy.write_bytes(each.read_bytes() if each.exists() else b"")

    def bring_back() -> None:
        file.with_name(f"{file.name}-shm").unlink(missing_ok=True)
        for each, copy in copies:
            shutil.copy(copy, each)

    return bring_back


def accounted(world: World) -> dict[str, object]:
    """What the command says of deliveries that the ledger has lost."""
    try:
        report = world.running.manage("accounted", "--json")
    except StackFailed as error:
        return {"failed": "Not everything is accounted for" in str(error)}
    found = json.loads(report.splitlines()[-1])  # a file for all runs of a command
    return {"failed": False, "unknown": found["unknown_deliveries"]}


def test_what_it_forgot_is_noted_and_closed_when_the_bytes_come_again(
    world: World, tmp_path: Path
) -> None:
    world.running.manage("unknown_deliveries", "--close-all")  # what other tests' tasks named
    enquiry = world.chat()
    bodies = [world.delivery(enquiry, messages=[text(enquiry)]) for _ in range(3)]
    with stopped(world):
        bring_back = backup(world, tmp_path)
    with paused(world):
        assert [world.post(body) for body in bodies] == [200] * 3
        with stopped(world):
            bring_back()
        assert [world.ledger.events(body) for body in bodies] == [[]] * 3

    # The queue tries again, ever less often, what came while the ledger was put back.
    assert eventually(lambda: unknown(world) == 3, seconds=60)
    assert accounted(world) == {"failed": True}
    assert world.unread(enquiry) == 0

    assert [world.post(body) for body in bodies] == [200] * 3  # Meta, or another gateway

    assert [world.ledger.settled(body) for body in bodies] == [
        [(*APPLIED, row.document)] for [row] in map(world.ledger.events, bodies)
    ]
    assert world.unread(enquiry) == 3
    assert accounted(world) == {"failed": False, "unknown": 0}


def unknown(world: World) -> int:
    [(count,)] = world.ledger.query(
        "SELECT COUNT(*) FROM listeners_unknowndelivery WHERE closed_at IS NULL"
    )
    return int(count)
