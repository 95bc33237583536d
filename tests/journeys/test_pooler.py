"""Everything behind a transaction pooler, where each statement may meet another session."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from uuid import UUID

import psycopg
import pytest

from sandbox import samples, stack
from sandbox.demo.meta import Meta
from sandbox.demo.platform import Platform, connected
from sandbox.stack import Server, Spec, Stack
from tests.faults.test_database_budgets import start
from tests.journeys.commands import BESIDE_THE_LEDGER, OURS, something_for_each, told_by_commands
from tests.journeys.conftest import AT, NOW, World, reaction, status, text
from tests.journeys.ledger import Ledger
from tests.journeys.test_doctor import Doctor
from tests.journeys.test_restored_ledger import paused
from tests.journeys.test_tasks import hand_over
from tests.journeys.visitor import Visitor
from tests.pgbouncer import CONNECTIONS, PORT, pooled
from tests.postgresql import USERS, cluster, owner_of
from tests.programs import find_pgbouncer, find_postgresql
from visn_whatsapp.roles import ALL_SERVICES
from webhooks import tasks

pytestmark = pytest.mark.needs("pgbouncer")

NAME, PASSWORD = "ada", "correct horse battery staple"
SUPERUSER = {
    "DJANGO_SUPERUSER_USERNAME": NAME,
    "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
    "DJANGO_SUPERUSER_EMAIL": "ada@visn.example",
}
POSTERS, POSTS = 8, 40
LOCK_BUDGET = 15.0  # seconds: a lock's three, on a busy machine
APPLIED = ("processed", "applied")


@pytest.fixture(scope="module")
def database() -> Iterator[tuple[str, str]]:
    """The URLs of a ledger: past the pooler, and through it.

    Its time zone is not ours: every session has to be told, or the pooler has to remember.
    """
    programs, pooler = find_postgresql(), find_pgbouncer()
    assert programs is not None
    assert pooler is not None
    with (
        cluster(programs, timezone="Asia/Kolkata") as direct,
        pooled(pooler, direct, users=("postgres", "visn_services")) as through,
    ):
        with owner_of(direct) as owner:
            owner.execute(USERS.read_text())
        yield direct, through


@pytest.fixture(scope="module")
def running(database: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Every service, and a ledger that is reached through the pooler alone.

    Each has the database user that it is deployed with.
    """
    services = {"DATABASE_URL": database[1].replace("postgres@/", "visn_services@/")}
    machines = tuple(each for each in ALL_SERVICES if each != "admin")
    spec = Spec(
        folder=tmp_path_factory.mktemp("pooler"),
        servers=(
            Server(name="machines", services=machines, variables=services),
            Server(name="admin", services=("admin",)),
        ),
        database_url=database[1],
        variables=SUPERUSER,
    )
    with stack.start(spec) as started:
        started.manage("createsuperuser", "--noinput")
        yield started


@pytest.fixture(scope="module")
def platform(running: Stack) -> Iterator[Platform]:
    """The rest of ViSN: both databases of the stack."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", running.emulators.firestore_host)
        with connected(project=running.spec.emulators.project) as platform:
            yield platform


@pytest.fixture
def world(database: tuple[str, str], running: Stack, platform: Platform) -> Iterator[World]:
    """A world of its own, which looks into the ledger past the pooler."""
    meta = Meta(url=running.webhook_url, secret=running.secrets.app_secret)
    yield World(running=running, platform=platform, ledger=Ledger(url=database[0]), meta=meta)
    meta.close()


def test_one_client_meets_several_sessions(database: tuple[str, str]) -> None:
    """Otherwise nothing here would show anything."""
    place = database[1].partition("host=")[2].partition("&")[0]
    with psycopg.connect(
        host=place, port=PORT, user="postgres", dbname="postgres", autocommit=True
    ) as client:
        rows = [client.execute("SELECT pg_backend_pid()", prepare=False) for _ in range(6)]
        assert len({row.fetchone() for row in rows}) > 1


def test_a_thousand_items_of_every_kind_come_again_and_wait(world: World) -> None:
    enquiries = [world.chat() for _ in range(20)]
    outbound = [world.outbound(enquiry) for enquiry in enquiries]
    late = world.outbound(enquiries[0], stored=False)
    body = world.delivery(
        *enquiries,
        messages=[
            *(text(enquiry, at=AT + place) for place in range(47) for enquiry in enquiries),
            *(reaction(message, "\N{THUMBS UP SIGN}") for message in outbound),
            samples.image(),
        ],
        statuses=[*(status(message, "read") for message in outbound), status(late, "delivered")],
    )

    assert [world.post(body), world.post(body)] == [200, 200]
    world.platform.store({late.path: late.fields(now=NOW)})

    rows = world.ledger.settled(body, seconds=60)
    assert Counter(row[:2] for row in rows) == {APPLIED: 981, ("ignored", "unsupported_type"): 1}
    assert [world.unread(enquiry) for enquiry in enquiries] == [47] * 20
    assert world.ledger.deliveries(body) == 2


def test_chores_are_done_for_cloud_scheduler(world: World) -> None:
    """As the services' user, whose limits hold in each of the sessions."""
    body = world.delivery(messages=[samples.image()])
    assert world.post(body) == 200
    world.ledger.settled(body)
    world.ledger.query("DELETE FROM webhooks_donechore")
    assert [start(world.running, chore) for chore in ("sweeper", "catch-up")] == [200, 200]
    done = world.ledger.query("SELECT name FROM webhooks_donechore ORDER BY name")
    assert [name for (name,) in done] == ["catch-up", "sweeper"]


def test_many_posts_at_once_share_a_few_sessions(world: World) -> None:
    enquiries = [world.chat() for _ in range(POSTERS)]
    bodies = [
        world.delivery(enquiry, messages=[text(enquiry)])
        for _ in range(POSTS // POSTERS)
        for enquiry in enquiries
    ]

    with ThreadPoolExecutor(POSTERS) as posters:
        answers = list(posters.map(world.post, bodies))

    assert set(answers) == {200}
    outcomes = [world.ledger.settled(body) for body in bodies]
    assert [[row[:2] for row in rows] for rows in outcomes] == [[APPLIED]] * POSTS
    moments = world.ledger.query("SELECT DISTINCT received_at > now() FROM webhooks_event")
    assert moments == [(False,)]  # no time was taken for another zone's


def test_a_lock_is_waited_for_no_longer_than_the_user_may(
    database: tuple[str, str], world: World
) -> None:
    """The pooler passes on what is said of a user."""
    body = world.delivery(world.chat(), messages=[samples.image()])
    with owner_of(database[0]) as owner, owner.transaction():
        owner.execute("LOCK TABLE webhooks_event IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        assert world.post(body) == 503
        assert time.monotonic() - began < LOCK_BUDGET
    assert world.post(body) == 200
    assert world.ledger.settled(body)[0].state == "ignored"


def test_a_task_whose_rows_are_locked_comes_again_and_holds_up_no_other(
    database: tuple[str, str], world: World
) -> None:
    enquiries = [world.chat() for _ in range(2)]
    locked, free = (world.delivery(each, messages=[text(each)]) for each in enquiries)
    with paused(world), owner_of(database[0]) as owner, ThreadPoolExecutor(1) as queue:
        assert [world.post(locked), world.post(free)] == [200, 200]
        with owner.transaction():
            rows = "SELECT 1 FROM webhooks_event WHERE delivery_id = %s FOR UPDATE"
            owner.execute(rows, [delivery_of(world, locked)])
            began = time.monotonic()
            task = queue.submit(hand_over, world, task_of(world, locked), chunk_size=0)
            assert hand_over(world, task_of(world, free), chunk_size=0) == 200
            assert [row[:2] for row in world.ledger.events(free)] == [APPLIED]
            assert task.result() == 503
            assert time.monotonic() - began < LOCK_BUDGET
    assert [row[:2] for row in world.ledger.settled(locked)] == [APPLIED]
    assert [world.unread(each) for each in enquiries] == [1, 1]


def task_of(world: World, body: bytes) -> bytes:
    return tasks.encode(UUID(delivery_of(world, body)))


def delivery_of(world: World, body: bytes) -> str:
    [(key,)] = world.ledger.query(
        "SELECT CAST(id AS TEXT) FROM webhooks_delivery WHERE digest = ?",
        sha256(body).hexdigest(),
    )
    return str(key)


def test_a_statement_takes_no_longer_than_the_user_may(database: tuple[str, str]) -> None:
    place = database[1].partition("host=")[2].partition("&")[0]
    with psycopg.connect(
        host=place, port=PORT, user="visn_services", dbname="postgres", autocommit=True
    ) as client:
        limits = [
            client.execute(f"SHOW {name}", prepare=False).fetchone()
            for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
            for _ in range(CONNECTIONS)
        ]
    assert limits == [(limit,) for limit in ("3s", "8s", "30s") for _ in range(CONNECTIONS)]


def test_every_command_comes_to_its_end(world: World) -> None:
    """Also one that is written after this: it is missing here until it is run here."""
    runs = {command.split()[0] for command in told_by_commands(event=0)}
    assert runs | {"doctor"} == OURS - BESIDE_THE_LEDGER

    for command, words in told_by_commands(event=something_for_each(world)).items():
        said = world.running.manage(*command.split())
        assert words in said, command
        assert "Traceback" not in said
    seen, _ = Doctor(world=world).asked("queue-services")  # which ends with 1: the queue is local
    assert {each["health"] for each in seen if each["subject"] == "ledger"} == {"well"}


def test_somebody_logs_in_and_opens_every_page(world: World) -> None:
    enquiry = world.chat()
    body = world.delivery(
        enquiry,
        messages=[text(enquiry), samples.image()],
        statuses=[status(world.outbound(enquiry), "failed")],
    )
    assert world.post(body) == 200
    world.ledger.settled(body)
    visitor = Visitor(address=world.running.address("admin"))

    assert visitor.log_in(NAME, PASSWORD) == 200
    statuses = visitor.open_everything(
        "/admin/",
        "/admin/figures/?stretch=day",
        "/admin/replays/new/?state=ignored&span=1h",
        "/admin/export/events.csv?span=1h",
    )

    assert {path: status for path, status in statuses.items() if status != 200} == {}
    assert len(statuses) >= 30
