"""A release takes another's place under load as docs/deployment.md has it, and gives it back.

Meta posts all the while: the ledger is migrated, both releases serve side by side, the older one
ends, comes back for a while in place of the newer one, and ends. Nothing is refused, lost or
applied twice.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import pytest

from sandbox.demo.cast import Enquiry
from sandbox.demo.meta import NO_ANSWER
from sandbox.stack import Server, Spec
from tests.house import ROOT
from tests.journeys.conftest import World, reaction, status, text
from tests.journeys.worlds import world_of
from tests.postgresql import cluster
from tests.programs import find_postgresql
from tests.releases.older import is_at_hand, unpack

pytestmark = pytest.mark.needs("postgresql")

# From the events' end, as they are replaced. What stands between two processes is what two releases
# have to understand of each other: a call, and a task.
SERVERS = {
    "applying": ("queue-services", "repair-serve-callable"),
    "receiving": ("repair-serve-api",),
}
RELEASES = {
    "before the placements' lease number": "5b305737",
    "the last one": "5013a82c",
}
POSTERS = 3
PAUSE_SECONDS = 0.1  # of a poster after each of its posts
PHASE_SECONDS = 1.0
SETTLED_SECONDS = 150.0  # the queue waits longer after each attempt
OPEN = "SELECT count(*) FROM webhooks_event WHERE state IN ('received', 'queued', 'waiting')"
OUTCOMES = "SELECT kind, state, reason, count(*) FROM webhooks_event GROUP BY 1, 2, 3"


@dataclass(kw_only=True)
class Traffic:
    """What Meta posts until it is told to stop, each thread to chats of its own."""

    world: World
    ends: Event = field(default_factory=Event)
    answers: Counter[int] = field(default_factory=Counter)
    texts: Counter[Enquiry] = field(default_factory=Counter)
    others: int = 0  # statuses and reactions

    def post(self) -> None:
        """One thread's: a text, a status and a reaction at a time, until each is taken."""
        enquiry = self.world.chat()
        while not self.ends.is_set():
            message = self.world.outbound(enquiry)
            self._until_taken(
                self.world.delivery(
                    enquiry,
                    messages=[text(enquiry), reaction(message, "👍")],
                    statuses=[status(message, "delivered")],
                )
            )
            self.texts[enquiry] += 1
            self.others += 2
            sleep(PAUSE_SECONDS)

    def _until_taken(self, body: bytes) -> None:
        while (answer := self.world.post(body)) != 200:
            self.answers[answer] += 1
            sleep(PAUSE_SECONDS)
        self.answers[answer] += 1


@contextmanager
def traffic(world: World) -> Iterator[Traffic]:
    """Meta posts as long as this lasts."""
    made = Traffic(world=world)
    posters = [Thread(target=made.post) for _ in range(POSTERS)]
    for poster in posters:
        poster.start()
    try:
        yield made
    finally:
        made.ends.set()
        for poster in posters:
            poster.join()


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """Two releases of the same services, at the same addresses."""

    world: World
    older: Path

    def join(self, root: Path, name: str) -> None:
        """Another release begins to serve beside the one that does."""
        for place, services in SERVERS.items():
            server = Server(name=f"{name} {place}", services=services, root=root)
            self.world.running.join(server, beside=place)

    def end(self, name: str = "") -> None:
        """A release ends, each server once its requests are answered."""
        for place in SERVERS:
            self.world.running.servers[f"{name} {place}".strip()].stop()


@pytest.fixture(params=RELEASES)
def rollout(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rollout]:
    """The older release serves, on a ledger as its own migrations made it."""
    commit, programs = RELEASES[request.param], find_postgresql()
    assert programs is not None
    if not is_at_hand(commit):
        pytest.skip("LEFT OUT: needs the history of git")
    older = unpack(commit, tmp_path_factory.mktemp("older"))
    servers = tuple(
        Server(name=place, services=services, root=older) for place, services in SERVERS.items()
    )
    with (
        cluster(programs) as url,
        world_of(Spec(folder=tmp_path, servers=servers, database_url=url, root=older)) as world,
    ):
        yield Rollout(world=world, older=older)


def test_nothing_is_refused_lost_or_doubled_on_the_way_there_and_back(rollout: Rollout) -> None:
    world, running = rollout.world, rollout.world.running
    with traffic(world) as posted:
        sleep(PHASE_SECONDS)
        running.manage("migrate", "--verbosity", "0", root=ROOT)
        sleep(PHASE_SECONDS)  # the older release on the ledger of the newer one
        rollout.join(ROOT, "newer")
        sleep(PHASE_SECONDS)  # both
        rollout.end()
        running.manage("catch_up", root=ROOT)
        sleep(PHASE_SECONDS)  # the newer one alone
        rollout.join(rollout.older, "again")
        rollout.end("newer")
        sleep(PHASE_SECONDS)  # the older one came back
        rollout.join(ROOT, "at last")
        rollout.end("again")

    assert set(posted.answers) <= {200, NO_ANSWER}
    assert posted.answers[200] > 50
    assert posted.answers[NO_ANSWER] <= 4 * POSTERS  # as a server ended, and Meta tries again
    settle(world)
    assert {row[:3] for row in world.ledger.query(OUTCOMES)} == {
        ("text", "processed", "applied"),
        ("reaction", "processed", "applied"),
        ("status", "processed", "applied"),
    }
    assert {each: world.unread(each) for each in posted.texts} == posted.texts


def settle(world: World) -> None:
    """The sweeper sees to what a server left that ended."""
    world.running.begin("requeue_stuck", "requeue_stuck", "--every", "1", root=ROOT)
    deadline = monotonic() + SETTLED_SECONDS
    while world.ledger.query(OPEN) != [(0,)]:
        assert monotonic() < deadline, world.ledger.query(OUTCOMES)
        sleep(0.2)
