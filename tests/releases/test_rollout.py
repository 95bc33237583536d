"""Two releases beside each other, while one replaces the other: each applies what the other queues.

The older is the commit that taught the task handler to read a task of several deliveries, and does
not write one. It is taken from the history of git and runs as it was.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest

from sandbox import samples
from sandbox.emulators import Fault, FaultKind
from sandbox.stack import Server, Spec
from tests.house import ROOT
from tests.journeys.conftest import World, text
from tests.journeys.worlds import world_of
from tests.releases.older import is_at_hand, unpack
from webhooks import tasks

OLDER = "973f51c6"
KEY = UUID("01990000-0000-7000-8000-000000000000")
DIGEST = "0a" * 32
RECEIVING, APPLYING = ("repair-serve-api", "repair-serve-callable"), ("queue-services",)
POSTS = 24
APPLIED = ("processed", "applied")


needs_history = pytest.mark.skipif(
    not is_at_hand(OLDER), reason="LEFT OUT: needs the history of git"
)


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with that release."""
    return unpack(OLDER, tmp_path_factory.mktemp("older"))


@pytest.fixture(params=["we write, they read", "they write, we read"])
def world(request: pytest.FixtureRequest, older: Path, tmp_path: Path) -> Iterator[World]:
    """The services of both: one release receives, the other applies."""
    ours = request.param.startswith("we")
    receiving, applying = (ROOT, older) if ours else (older, ROOT)
    servers = (
        Server(name="receiving", services=RECEIVING, threads=POSTS, root=receiving),
        Server(name="applying", services=APPLYING, root=applying),
    )
    with world_of(Spec(folder=tmp_path, servers=servers)) as made:
        yield made


@needs_history
def test_each_release_applies_what_the_other_has_queued(
    world: World, request: pytest.FixtureRequest
) -> None:
    """A queue that takes a while lets deliveries come together, and share a task of ours."""
    slow = Fault(
        kind=FaultKind.SLOW, service="tasks", method="CreateTask", seconds=0.3, probability=1
    )
    world.running.emulators.faults.add(slow)
    enquiries = [world.chat() for _ in range(POSTS)]
    bodies = [world.delivery(each, messages=[text(each), samples.image()]) for each in enquiries]
    with ThreadPoolExecutor(POSTS) as posters:
        assert set(posters.map(world.post, bodies)) == {200}

    for body in bodies:
        outcomes = {row[:2] for row in world.ledger.settled(body, seconds=60)}
        assert outcomes == {APPLIED, ("ignored", "unsupported_type")}
    assert [world.unread(each) for each in enquiries] == [1] * POSTS
    assert world.ledger.query("SELECT count(*) FROM listeners_unreadabletask") == [(0,)]
    calls = world.running.emulators.counters.read()["tasks"]["CreateTask"]
    ours = "we write" in request.node.name
    assert calls < POSTS if ours else calls >= POSTS


WRITTEN = {  # by that release, as bytes
    b'{"v":1,"delivery":"%s"}': tasks.Task(delivery=KEY),
    b'{"v":1,"delivery":"%s","digest":"%s"}': tasks.Task(delivery=KEY, digest=DIGEST),
    b'{"v":1,"delivery":"%s","digest":"%s","events":[1,2]}': tasks.Task(
        delivery=KEY, digest=DIGEST, events=(1, 2)
    ),
}


@pytest.mark.parametrize("body", WRITTEN)
def test_the_bytes_of_an_older_task_say_what_they_said(body: bytes) -> None:
    filled = body.replace(b"%s", str(KEY).encode(), 1).replace(b"%s", DIGEST.encode(), 1)
    assert list(tasks.decode(filled)) == [WRITTEN[body]]
