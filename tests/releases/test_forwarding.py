"""Gateway and callable of two releases beside each other: what one forwards the other enqueues.

The older is the last commit whose callable knows calls of one delivery alone.
"""

import json
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from sandbox.stack import Server, Spec, Stack
from tests.house import ROOT
from tests.journeys.conftest import World, text
from tests.journeys.worlds import world_of
from tests.postgresql import cluster
from tests.programs import find_postgresql
from tests.releases.older import is_at_hand, unpack
from tests.sandbox.stack.processes import eventually
from visn_whatsapp.settings.database import database

OLDER = "97e9b2e3"
POSTS = 24
TOGETHER = {"TASKS_TOGETHER": "true"}
HOLD_SECONDS = 1.0
CALLED = '"POST /callable/whatsapp/events HTTP/1.1" 200'
REFUSED = '"POST /callable/whatsapp/events HTTP/1.1" 400'
SINGLY = "Several deliveries in one call were not understood: for a while each has its own."

pytestmark = pytest.mark.skipif(not is_at_hand(OLDER), reason="LEFT OUT: needs the history of git")


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with that release."""
    return unpack(OLDER, tmp_path_factory.mktemp("older"))


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgresql"))]
)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A new database; empty: the stack's own file."""
    programs = find_postgresql()
    if request.param == "sqlite" or programs is None:
        yield ""
        return
    with cluster(programs) as url:
        yield url


def servers(
    *, gateway: Path = ROOT, called: Path = ROOT, shared: bool = True
) -> tuple[Server, ...]:
    """Each service by itself; the callable's tasks are shared or not."""
    return (
        Server(
            name="gateway",
            services=("repair-serve-api",),
            threads=POSTS,
            root=gateway,
            variables=TOGETHER,
        ),
        Server(
            name="callable",
            services=("repair-serve-callable",),
            root=called,
            variables={"TASKS_TOGETHER": str(shared).lower()},
        ),
        Server(name="applying", services=("queue-services",)),
    )


@contextmanager
def nobody_writes(url: str) -> Iterator[None]:
    """Lets whoever writes a delivery wait, so that others come meanwhile."""
    config = database(url)
    if config["ENGINE"].endswith("sqlite3"):
        with sqlite3.connect(config["NAME"], isolation_level=None) as held:
            held.execute("BEGIN IMMEDIATE")
            yield
            held.execute("ROLLBACK")
        held.close()
        return
    host, name, user = config["OPTIONS"]["host"], config["NAME"], config["USER"]
    with psycopg.connect(host=host, dbname=name, user=user) as connection:
        connection.execute("LOCK TABLE webhooks_delivery IN EXCLUSIVE MODE")
        yield


def posted(world: World) -> None:
    """Posts that come at once are all applied, each once."""
    enquiries = [world.chat() for _ in range(POSTS)]
    bodies = [world.delivery(each, messages=[text(each)]) for each in enquiries]
    with ThreadPoolExecutor(POSTS) as posters:
        with nobody_writes(world.ledger.url):
            answers = [posters.submit(world.post, body) for body in bodies]
            time.sleep(HOLD_SECONDS)
        assert {each.result() for each in answers} == {200}
    for body in bodies:
        assert [row[:2] for row in world.ledger.settled(body)] == [("processed", "applied")]
    assert [world.unread(each) for each in enquiries] == [1] * POSTS


def calls(running: Stack, line: str = CALLED) -> int:
    """How many the callable has answered so."""
    return running.logs()["callable"].count(line)


def messages(running: Stack) -> list[str]:
    """What the gateway has logged of its own."""
    lines = (line for line in running.logs()["gateway"].splitlines() if line.startswith("{"))
    said = [json.loads(line) for line in lines]
    return [each["message"] for each in said if each["logger"].startswith("webhooks")]


@pytest.mark.parametrize("shared", [True, False])
def test_those_who_come_at_once_go_from_process_to_process_in_one_call(
    database_url: str, shared: bool, tmp_path: Path
) -> None:
    spec = Spec(folder=tmp_path, database_url=database_url, servers=servers(shared=shared))
    with world_of(spec) as world:
        posted(world)
        tasks = world.running.emulators.counters.read()["tasks"]["CreateTask"]
        assert tasks == POSTS if not shared else tasks <= POSTS / 2
        assert 0 < calls(world.running) <= POSTS / 2
        assert messages(world.running) == []


def test_an_older_callable_is_called_for_each(
    database_url: str, older: Path, tmp_path: Path
) -> None:
    spec = Spec(folder=tmp_path, database_url=database_url, servers=servers(called=older))
    with world_of(spec) as world:
        posted(world)
        assert eventually(lambda: calls(world.running) == POSTS)
        refused = calls(world.running, REFUSED)
        assert messages(world.running) == [SINGLY] * refused
        assert refused

        posted(world)
        assert eventually(lambda: calls(world.running) == 2 * POSTS)
        assert calls(world.running, REFUSED) == refused, "it is remembered"


def test_an_older_gateway_calls_for_each(older: Path, tmp_path: Path) -> None:
    with world_of(Spec(folder=tmp_path, servers=servers(gateway=older))) as world:
        posted(world)
        assert eventually(lambda: calls(world.running) == POSTS)
        assert messages(world.running) == []
