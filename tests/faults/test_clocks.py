"""Processes whose clocks are an hour wrong, on one ledger: nothing is hidden, nothing early."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import urllib3

from sandbox import samples, stack
from sandbox.stack import Server, Spec, Stack
from sandbox.stack.environment import TASK_HANDLER_PATH, WEBHOOK_PATH
from tests import postgresql
from tests.faults.test_postgresql_log import payload, wait_until
from tests.journeys.test_pooler import NAME, PASSWORD, SUPERUSER
from tests.journeys.visitor import Visitor
from tests.programs import find_libfaketime, find_postgresql
from webhooks import tasks
from webhooks.authentication import sign

pytestmark = [pytest.mark.needs("postgresql"), pytest.mark.needs("libfaketime")]

HOUR = timedelta(hours=1)
SHIFTS = {"behind": "-1h", "right": "", "ahead": "+1h"}
EACH = 7  # deliveries to each process
ITEMS = 3  # in each of them
META = urllib3.PoolManager()


def shifted(shift: str) -> Mapping[str, str]:
    """The variables by which a process takes the time for another."""
    library = find_libfaketime()
    assert library is not None
    preload = {
        "LD_PRELOAD": str(library),
        "FAKETIME": shift,
        "DONT_FAKE_MONOTONIC": "1",
        "PYTHONPATH": str(Path(__file__).parent / "faked_clock"),
    }
    return preload if shift else {}


@dataclass(kw_only=True)
class Shifted:
    """The same services in three processes with three clocks, and one ledger."""

    stack: Stack
    url: str

    def post(self, name: str, body: bytes) -> int:
        """Posts to one of the processes as Meta does."""
        headers = {"X-Hub-Signature-256": sign(body, secret=self.stack.secrets.app_secret)}
        url = self.stack._ports[name].address + WEBHOOK_PATH
        return META.request("POST", url, body=body, headers=headers, retries=False).status

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Runs a statement."""
        with psycopg.connect(self.url.replace("postgres://", "postgresql://")) as owner:
            cursor = owner.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def visitor(self, name: str) -> Visitor:
        """Somebody who may see everything, at the admin of one of the processes."""
        visitor = Visitor(address=self.stack._ports[name].address)
        visitor.log_in(NAME, PASSWORD)
        return visitor

    def run(self, name: str, *arguments: str) -> tuple[dict[str, Any], int]:
        """What a command says, in a process with this clock; and its exit status."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments, "--json"],
            env={**self.stack.environment(), **shifted(SHIFTS[name])},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return json.loads(done.stdout), done.returncode


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shifted]:
    """Deliveries by turns through each of the processes, all settled."""
    folder, programs = tmp_path_factory.mktemp("clocks"), find_postgresql()
    assert programs is not None
    # "right" is the last: it is where the queue and the commands find the services.
    servers = tuple(
        Server(
            name=name,
            services=("repair-serve-api", "repair-serve-callable", "queue-services", "admin"),
            variables=shifted(SHIFTS[name]),
        )
        for name in ("behind", "ahead", "right")
    )
    with (
        postgresql.cluster(programs) as url,
        stack.start(
            Spec(folder=folder, servers=servers, database_url=url, variables=SUPERUSER)
        ) as running,
    ):
        made = Shifted(stack=running, url=url)
        running.manage("createsuperuser", "--noinput")
        deliver(made)
        yield made


def deliver(made: Shifted) -> None:
    """Returns when every text is in the chat."""
    url = made.stack.webhook_url
    made.stack.manage("simulate_whatsapp", "text", "--with-chat", "--url", url)
    for turn in range(EACH):
        for place, name in enumerate(SHIFTS):
            first = 100 * (10 * turn + place + 1)
            serials = range(first, first + ITEMS)
            ids = [samples.wamid(samples.DRIVER_NUMBER, serial) for serial in serials]
            assert made.post(name, payload(*(samples.text(message_id=each) for each in ids))) == 200
    is_open = "SELECT 1 FROM webhooks_event WHERE settled_at IS NULL"
    wait_until(lambda: not made.sql(is_open))


DELIVERIES = EACH * len(SHIFTS) + 1
EVENTS = EACH * len(SHIFTS) * ITEMS + 1


def test_all_rows_bear_the_time_of_one_clock(ledger: Shifted) -> None:
    rows = ledger.sql("SELECT id, received_at, now() FROM webhooks_delivery ORDER BY received_at")
    assert len(rows) == DELIVERIES
    told = [datetime.fromtimestamp((row.int >> 80) / 1000, UTC) - at for row, at, _ in rows]
    assert {round(off / HOUR) for off in told} == {-1, 0, 1}  # the clocks of the processes
    assert all(timedelta() <= now - at < timedelta(minutes=2) for _, at, now in rows)
    assert ledger.sql(
        "SELECT count(*) FROM webhooks_event e JOIN webhooks_delivery d ON d.id = e.delivery_id "
        "WHERE e.received_at <> d.received_at OR abs(extract(epoch FROM e.queued_at) - "
        "extract(epoch FROM e.received_at)) > 120"
    ) == [(0,)]


@pytest.mark.parametrize("clock", SHIFTS)
def test_no_check_overlooks_a_row(ledger: Shifted, clock: str) -> None:
    """Whoever wrote it, and whatever time the check itself takes it for."""
    account, status = ledger.run(clock, "accounted")
    assert (account["deliveries"], account["items"], account["events"]) == (
        DELIVERIES,
        EVENTS,
        EVENTS,
    )
    assert (account["finding"], status) == ("well", 0)
    until = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    report, status = ledger.run(clock, "reconcile", f"--until={until}")
    assert (report["due"], report["checked"]) == (EVENTS, EVENTS)
    assert (report["finding"], status) == ("well", 0)


def test_the_sweeper_comes_when_it_is_time(ledger: Shifted) -> None:
    [(event,)] = ledger.sql("SELECT max(id) FROM webhooks_event")
    update = "UPDATE webhooks_event SET state = {}, settled_at = {}, check_at = {} WHERE id = {}"
    try:
        ledger.sql(update.format("'received'", "NULL", "now() + interval '30 minutes'", event))
        assert ledger.run("ahead", "requeue_stuck", "--dry-run")[0]["events"] == 0
        ledger.sql(update.format("'received'", "NULL", "now() - interval '1 second'", event))
        assert ledger.run("behind", "requeue_stuck", "--dry-run")[0]["events"] == 1
    finally:
        ledger.sql(update.format("'processed'", "now()", "NULL", event))


@pytest.mark.parametrize(("clock", "shift"), [("behind", -HOUR), ("right", 0 * HOUR)])
def test_an_unknown_delivery_is_looked_for_when_it_is_time(
    ledger: Shifted, clock: str, shift: timedelta
) -> None:
    """A minute after it was noted, and not at once or in an hour."""
    variables, delivery = ledger.stack.environment(("queue-services",)), uuid4()
    issuer = ledger.stack.emulators.issuer
    claims = issuer.claims(
        audience=variables["TASK_HANDLER_AUDIENCE"],
        email=variables["TASKS_SERVICE_ACCOUNT"],
        issued_at=int((datetime.now(UTC) + shift).timestamp()),
    )
    url = ledger.stack._ports[clock].address + TASK_HANDLER_PATH
    headers = {"Authorization": f"Bearer {issuer.sign(claims)}"}
    answer = META.request("POST", url, body=tasks.encode(delivery), headers=headers, retries=False)

    assert answer.status == 200
    noted = "SELECT delivery, extract(epoch FROM now() - first_seen_at) "
    ago = dict(ledger.sql(f"{noted} FROM listeners_unknowndelivery"))
    assert 0 <= ago[delivery] < 60


@pytest.mark.parametrize(("one", "other"), [("ahead", "behind"), ("behind", "ahead")])
def test_what_is_revealed_is_so_for_five_minutes_everywhere(
    ledger: Shifted, one: str, other: str
) -> None:
    [(event,)] = ledger.sql("SELECT max(id) FROM webhooks_event")
    page = f"/admin/webhooks/event/{event}/change/"
    there, here = ledger.visitor(one), ledger.visitor(other)
    here.session.cookies = there.session.cookies  # the balancer takes them to the other process
    there.press(page, f"/admin/reveal/event/{event}/")

    for shown in (there.get(page), here.get(page)):
        [left] = re.findall(r'data-expires-in="(\d+)"', shown.text)
        assert 240 < int(left) <= 300
    [(noted,)] = ledger.sql(
        "SELECT extract(epoch FROM now() - max(action_time)) FROM django_admin_log"
    )
    assert 0 <= noted < 60


@pytest.mark.parametrize("clock", ["ahead", "behind"])
def test_only_the_step_that_is_due_later_is_shown_as_to_come(ledger: Shifted, clock: str) -> None:
    [(event,)] = ledger.sql("SELECT max(id) FROM webhooks_event")
    update = "UPDATE webhooks_event SET state = {}, settled_at = {}, check_at = {} WHERE id = {}"
    try:
        ledger.sql(update.format("'received'", "NULL", "now() + interval '30 minutes'", event))
        shown = ledger.visitor(clock).get(f"/admin/webhooks/event/{event}/change/").text
    finally:
        ledger.sql(update.format("'processed'", "now()", "NULL", event))
    steps = re.findall(r'<li class="step step-(\w+)([^"]*)"', shown)
    assert len(steps) > 1
    assert [name for name, more in steps if "future" in more] == [steps[-1][0]]


@pytest.mark.parametrize("name", SHIFTS)
def test_the_doctor_says_whose_clock_is_another(ledger: Shifted, name: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--json"],
        env={**ledger.stack.environment(("queue-services",)), **shifted(SHIFTS[name])},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    seen = json.loads(done.stdout.splitlines()[-1])["seen"]
    [*_, told] = [each for each in seen if each["subject"] == "ledger"]
    assert (told["health"], "differ by 36" in told["words"]) == (
        ("wrong", True) if SHIFTS[name] else ("well", False)
    )
