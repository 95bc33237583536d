"""The ledger goes back to a moment, a region is lost: as the runbook has it, on one machine.

PostgreSQL is restored from a backup and from what it has written since, as a cloud does it.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox import stack
from sandbox.demo.cast import Enquiry
from sandbox.demo.meta import NO_ANSWER, Meta
from sandbox.emulators import Options, Part
from sandbox.stack.spec import ALL_IN_ONE, Spec
from tests.archived import Archived, archived, host_of
from tests.journeys.conftest import World, reaction, text
from tests.journeys.ledger import Ledger
from tests.journeys.test_restored_ledger import accounted, paused, stopped, unknown
from tests.journeys.worlds import world_of
from tests.programs import find_postgresql
from tests.sandbox.stack.processes import eventually

pytestmark = pytest.mark.needs("postgresql")

APPLIED = ("processed", "applied")
FOUND = ("duplicate", "already_applied")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A stack, and the PostgreSQL that it is led to by a name that may lead elsewhere."""

    world: World
    postgresql: Archived
    name: Path

    @contextmanager
    def led_to(self, url: str) -> Iterator[None]:
        """The name leads to another PostgreSQL meanwhile."""
        self._lead(url)
        try:
            yield
        finally:
            self._lead(self.postgresql.url)

    def _lead(self, url: str) -> None:
        self.name.unlink()
        self.name.symlink_to(host_of(url))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place whose ledger has been kept since before its first row."""
    programs = find_postgresql()
    assert programs is not None
    folder = tmp_path_factory.mktemp("disasters")
    name = folder / "ledger"
    with archived(programs) as postgresql:
        name.symlink_to(host_of(postgresql.url))
        url = postgresql.url.replace(host_of(postgresql.url), str(name))
        with world_of(Spec(folder=folder, servers=ALL_IN_ONE, database_url=url)) as world:
            yield Place(world=world, postgresql=postgresql, name=name)


def now(world: World) -> datetime:
    """The time of the ledger, some time after all that it has committed and before all else."""
    time.sleep(0.1)
    [(moment,)] = world.ledger.query("SELECT clock_timestamp()")
    time.sleep(0.1)
    assert isinstance(moment, datetime)
    return moment


def writes(world: World, enquiry: Enquiry, words: str) -> bytes:
    """A new text of the enquiry's driver, written now."""
    return world.delivery(enquiry, messages=[text(enquiry, words=words, at=int(time.time()))])


def settled(world: World, body: bytes) -> list[tuple[str, str]]:
    return [(row.state, row.reason) for row in world.ledger.settled(body)]


def posted(world: World, *bodies: bytes) -> None:
    assert [world.post(body) for body in bodies] == [200] * len(bodies)


def moved(world: World, enquiry: Enquiry, *, overwritten: bool = False) -> Enquiry:
    """The driver is sent to another enquiry: by a new record, or the one that there is."""
    new = replace(enquiry, enquiry_id=f"{enquiry.enquiry_id}-new")
    at = datetime.now(UTC)
    world.platform.store({new.path: {"unReadWhatsappMessageCount": 0}})
    world.platform.track(
        {enquiry.tracking: new.tracking_fields(now=at)}
        if overwritten
        else {
            enquiry.tracking: enquiry.tracking_fields(now=at) | {"active": False},
            new.tracking: new.tracking_fields(now=at),
        }
    )
    return new


def chats(world: World, *enquiries: Enquiry) -> list[str]:
    """What drivers wrote in each of these chats, in the order of the words."""
    found = [
        (path, str(fields["message"]))
        for path, fields in world.platform.chat_messages().items()
        if fields["source"] == "driver"
    ]
    return [
        "".join(sorted(words for path, words in found if path.startswith(f"{each.messages}/")))
        for each in enquiries
    ]


def unread(world: World, *enquiries: Enquiry) -> list[object]:
    return [world.unread(each) for each in enquiries]


def is_accounted_for(world: World) -> bool:
    return accounted(world) == {"failed": False, "unknown": 0}


def test_the_ledger_goes_back_to_a_moment(place: Place) -> None:
    world, running = place.world, place.world.running
    stays, leaves, given = drivers = (world.chat(), world.chat(), world.chat())
    message = world.outbound(stays)
    kept, open_then, forgotten, in_queue = (
        [writes(world, each, words) for each in drivers] for words in ("a", "b", "c", "d")
    )
    liked = world.delivery(stays, messages=[reaction(message, "👍", at=int(time.time()))])
    posted(world, *kept)
    assert [settled(world, body) for body in kept] == [[APPLIED]] * 3
    with paused(world):
        posted(world, *open_then)
        moment = now(world)
    posted(world, *forgotten, liked)
    done = [settled(world, body) for body in (*open_then, *forgotten, liked)]
    assert done == [[APPLIED]] * 7

    with ExitStack() as queue:
        queue.enter_context(paused(world))
        posted(world, *in_queue)
        after = moved(world, leaves), moved(world, given, overwritten=True)
        with stopped(world), place.postgresql.restored(moment) as url, place.led_to(url):
            running.manage("restored", "--to", moment.isoformat())
            start_again(world)
            queue.close()
            for body in open_then:
                world.ledger.make_due(body)
            running.manage("requeue_stuck")  # as it runs each minute

            assert [settled(world, body) for body in open_then] == [[FOUND]] * 3
            assert eventually(lambda: unknown(world) == 3, seconds=30)
            assert accounted(world) == {"failed": True}

            posted(world, *forgotten, *in_queue, liked)  # Meta, or whoever has the bytes

            assert [settled(world, body) for body in forgotten] == [[FOUND]] * 3
            assert [settled(world, body) for body in (*in_queue, liked)] == [[APPLIED]] * 4
            assert chats(world, *drivers, *after) == ["abcd", "abc", "abc", "d", "d"]
            assert unread(world, *drivers, *after) == [4, 3, 3, 1, 1]
            assert is_accounted_for(world)
            assert "stand behind: 0." in running.manage("mend_sequences", "--dry-run")
            for server in running.servers.values():
                server.kill()  # before the ledger is another one again


def start_again(world: World) -> None:
    for name, server in world.running.servers.items():
        server.restart()
        world.running.wait_until_ready(name)


def test_a_region_is_lost(place: Place, tmp_path: Path) -> None:
    """Services, queue and ledger begin again elsewhere; Firestore is where it was.

    The old place comes back in the end, with tasks for texts that went the other way as well.
    """
    old = place.world
    drivers = (old.chat(), old.chat())
    kept, behind, held, twice, resent = (
        [writes(old, each, words) for each in drivers] for words in "abcde"
    )
    posted(old, *kept)
    moment = now(old)
    posted(old, *behind)  # what no copy elsewhere has got yet
    assert [settled(old, body) for body in (*kept, *behind)] == [[APPLIED]] * 4
    with ExitStack() as queue:
        queue.enter_context(paused(old))
        posted(old, *held, *twice)
        with stopped(old):
            assert {old.post(body) for body in resent} == {NO_ANSWER}
            with place.postgresql.restored(moment) as url, elsewhere(place, tmp_path, url) as new:
                new.running.manage("restored", "--to", moment.isoformat())
                posted(new, *behind, *twice, *resent)  # Meta heard nothing of them
                assert [settled(new, body) for body in behind] == [[FOUND]] * 2
                assert [settled(new, body) for body in (*twice, *resent)] == [[APPLIED]] * 4
                after = moved(new, drivers[1])

                old.running.manage("restored", "--cut-over")  # before the old place goes on
                start_again(old)
                queue.close()

                assert [settled(old, body) for body in held] == [[APPLIED]] * 2
                assert [settled(old, body) for body in twice] == [[FOUND]] * 2
                assert chats(new, *drivers, after) == ["abcde", "abde", "c"]
                assert unread(new, *drivers, after) == [5, 4, 1]
                assert is_accounted_for(old)
                assert is_accounted_for(new)
            old.running.manage("restored", "--close", "1")


@contextmanager
def elsewhere(place: Place, folder: Path, url: str) -> Iterator[World]:
    """Services and a queue of their own, on a copy of the ledger and the same Firestore."""
    world = place.world
    others = Options(
        parts=frozenset({Part.TASKS, Part.IDENTITY}),
        firestore_host=world.running.emulators.firestore_host,
    )
    spec = Spec(folder=folder, servers=ALL_IN_ONE, database_url=url, emulators=others)
    with (
        stack.start(spec) as running,
        closing(Meta(url=running.webhook_url, secret=running.secrets.app_secret)) as meta,
    ):
        yield replace(world, running=running, ledger=Ledger(url=url), meta=meta)
