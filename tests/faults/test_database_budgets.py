"""A lock or a read-only spell holds up nobody for long, and is over when it is over."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3

from sandbox import samples, stack
from sandbox.demo.meta import Meta
from sandbox.stack import Server, Spec, Stack
from tests.postgresql import USERS, cluster, owner_of
from tests.programs import find_postgresql
from tests.sandbox.stack.processes import eventually
from visn_whatsapp.roles import ALL_SERVICES

pytestmark = pytest.mark.needs("postgresql")

THREADS = 4
BUDGET = 12.0  # seconds; one lock's three, on a busy machine, and far from the lock's own time


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A cluster whose users are made as the file says."""
    programs = find_postgresql()
    assert programs is not None
    with cluster(programs) as made:
        with owner_of(made) as owner:
            owner.execute(USERS.read_text())
        yield made


@pytest.fixture(scope="module")
def running(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One server, whose database user is that of the services."""
    services = {"DATABASE_URL": url.replace("postgres@/", "visn_services@/")}
    server = Server(name="server", services=ALL_SERVICES, threads=THREADS, variables=services)
    folder = tmp_path_factory.mktemp("budgets")
    with stack.start(Spec(folder=folder, servers=(server,), database_url=url)) as started:
        yield started


def payload(serial: int) -> bytes:
    message = samples.text(message_id=samples.wamid(samples.DRIVER_NUMBER, serial))
    change = samples.change(messages=[message], contacts=[samples.contact()])
    return samples.encode(samples.envelope(samples.entry(change)))


def post(running: Stack, serial: int) -> tuple[int, float]:
    """The status of a post, and the seconds until it came."""
    meta = Meta(url=running.webhook_url, secret=running.secrets.app_secret)
    began = time.monotonic()
    status = meta.post(payload(serial)).status
    meta.close()
    return status, time.monotonic() - began


def ready(running: Stack) -> int:
    address = running.address("repair-serve-api")
    return urllib3.request("GET", f"{address}/health/ready", timeout=20, retries=False).status


def test_a_lock_on_the_ledger_is_answered_in_a_few_seconds(running: Stack, url: str) -> None:
    with owner_of(url) as owner, ThreadPoolExecutor(THREADS) as posters, owner.transaction():
        owner.execute("LOCK TABLE webhooks_event IN ACCESS EXCLUSIVE MODE")
        answers = list(posters.map(lambda serial: post(running, serial), range(THREADS)))
    assert [status for status, _ in answers] == [503] * THREADS
    assert max(seconds for _, seconds in answers) < BUDGET
    assert post(running, 0)[0] == 200


def start(running: Stack, chore: str) -> int:
    """Starts a chore as Cloud Scheduler does, and returns the status of the answer."""
    variables = running.environment(ALL_SERVICES)
    issuer = running.emulators.issuer
    claims = issuer.claims(
        audience=variables["CHORES_AUDIENCE"],
        email=variables["CHORES_CALLERS"],
        issued_at=int(time.time()),
    )
    return urllib3.request(
        "POST",
        f"{running.address('queue-services')}/chores/{chore}",
        headers={"Authorization": f"Bearer {issuer.sign(claims)}"},
        timeout=30,
        retries=False,
    ).status


def test_chores_are_done_with_the_limits_of_the_services(running: Stack, url: str) -> None:
    assert post(running, 300)[0] == 200
    with owner_of(url) as owner:
        still_open = "SELECT count(*) FROM webhooks_event WHERE settled_at IS NULL"
        assert eventually(lambda: owner.execute(still_open).fetchone() == (0,), seconds=30)
        owner.execute(
            "UPDATE webhooks_event SET received_at = now() - interval '1 hour', state = 'received',"
            " settled_at = NULL, check_at = now() - interval '1 minute'"
        )
        owner.execute("DELETE FROM webhooks_sweepertask; DELETE FROM webhooks_donechore")
        assert [start(running, chore) for chore in ("sweeper", "catch-up")] == [200, 200]
        [(tasks,)] = owner.execute("SELECT count(*) FROM webhooks_sweepertask").fetchall()
        [(figures,)] = owner.execute("SELECT count(*) FROM eventlog_figure").fetchall()
        done = owner.execute("SELECT name FROM webhooks_donechore ORDER BY name").fetchall()
    assert tasks > 0
    assert figures > 0
    assert done == [("catch-up",), ("sweeper",)]


def test_of_two_rounds_at_once_one_is_told_so_and_nobody_waits_for_long(
    running: Stack, url: str
) -> None:
    assert start(running, "catch-up") == 200
    with owner_of(url) as owner, ThreadPoolExecutor(2) as scheduler:
        with owner.transaction():
            owner.execute("SELECT FROM eventlog_rollup FOR UPDATE")
            began = time.monotonic()
            answers = list(scheduler.map(lambda _: start(running, "catch-up"), range(2)))
            assert time.monotonic() - began < BUDGET
            # Tasks and the other chore have places all the while.
            assert start(running, "sweeper") == 200
        assert sorted(answers) == [409, 503]
        assert start(running, "catch-up") == 200


def test_a_connection_for_each_place_and_one_for_probes_are_enough(
    running: Stack, url: str
) -> None:
    """PostgreSQL refuses any more; one of a probe's may be on its way out."""
    with owner_of(url) as owner, ThreadPoolExecutor(4 * THREADS) as callers:
        owner.execute(f"ALTER ROLE visn_services CONNECTION LIMIT {THREADS + 1 + 1}")
        probes = [callers.submit(ready, running) for _ in range(THREADS)]
        posts = list(callers.map(lambda serial: post(running, serial), range(200, 280)))
        assert {status for status, _ in posts} == {200}
        assert {probe.result() for probe in probes} == {200}
        owner.execute("ALTER ROLE visn_services CONNECTION LIMIT -1")


def test_a_read_only_spell_is_told_and_over_when_it_is_over(running: Stack, url: str) -> None:
    with owner_of(url) as owner, ThreadPoolExecutor(THREADS) as posters:
        owner.execute("ALTER ROLE visn_services SET default_transaction_read_only = on")
        owner.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE usename = 'visn_services'"
        )
        refused = list(posters.map(lambda serial: post(running, serial), range(100, 140)))
        assert {status for status, _ in refused} == {503}
        assert ready(running) == 503
        owner.execute("ALTER ROLE visn_services RESET default_transaction_read_only")
        assert eventually(lambda: ready(running) == 200)
        taken = list(posters.map(lambda serial: post(running, serial), range(100, 140)))
    assert [status for status, _ in taken] == [200] * 40
