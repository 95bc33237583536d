"""The doctor beside running services: what it says of each, and that it leaves nothing behind."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import grpc
import pytest
from google.cloud.tasks_v2 import CloudTasksClient, Queue
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from google.protobuf.duration_pb2 import Duration

from tests import graph_api
from tests.graph_api import GraphApi
from tests.journeys.conftest import World
from webhooks.chores import Chore

TABLES = (
    *("webhooks_delivery", "webhooks_event", "webhooks_refusalcount"),
    *("listeners_taskrun", "listeners_unreadabletask", "listeners_unknowndelivery"),
)
COMMANDS = (("requeue_stuck",), ("catch_up",), ("prune_ledger", "--days=90"))
DONE = (
    "INSERT INTO webhooks_donechore (name, done_at) VALUES (?, ?) "
    "ON CONFLICT (name) DO UPDATE SET done_at = excluded.done_at"
)
Line = tuple[str, str]  # what is looked at, and how it is


@dataclass(frozen=True, kw_only=True)
class Doctor:
    """The doctor as whoever deploys runs it, with the settings of some of the services."""

    world: World

    def asked(self, *services: str, **variables: str) -> tuple[list[dict[str, str]], int]:
        """What it sees and its exit status, from where these services are."""
        done = self.run(services, variables, "--json", f"--webhook-url={self.webhook}")
        report = json.loads(done.stdout.splitlines()[-1])  # the log goes the same way
        assert report["exit_status"] == done.returncode
        return report["seen"], done.returncode

    def run(
        self, services: tuple[str, ...], variables: dict[str, str], *arguments: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs the command."""
        return self.manage("doctor", *arguments, services=services, variables=variables)

    def manage(
        self,
        *arguments: str,
        services: tuple[str, ...] = (),
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> subprocess.CompletedProcess[str]:
        """Runs any command, as its job does."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env={**self.world.running.environment(services), **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    @property
    def webhook(self) -> str:
        """Where Meta posts."""
        return self.world.running.webhook_url


@pytest.fixture
def doctor(world: World) -> Iterator[Doctor]:
    """Everything is as it has to be: the queue as it was made, and each chore done."""
    with queue(world) as (client, path):
        before = client.get_queue(name=path)
        client.update_queue(queue=Queue(name=path, **AS_MADE))
        for chore in Chore:
            world.ledger.query(DONE, chore, datetime.now(UTC).isoformat(" "))
        yield Doctor(world=world)
        limits = {"rate_limits": before.rate_limits, "retry_config": before.retry_config}
        client.update_queue(queue=Queue(name=path, **limits))
        client.resume_queue(name=path)


AS_MADE: dict[str, Any] = {
    "rate_limits": {"max_dispatches_per_second": 500, "max_concurrent_dispatches": 64},
    "retry_config": {
        "max_attempts": 12,
        "min_backoff": Duration(seconds=1),
        "max_backoff": Duration(seconds=300),
        "max_doublings": 8,
    },
}


@contextmanager
def queue(world: World) -> Iterator[tuple[CloudTasksClient, str]]:
    """Cloud Tasks, and the name of the queue."""
    emulators = world.running.emulators
    with grpc.insecure_channel(emulators.tasks_host) as channel:
        client = CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
        options = world.running.spec.emulators
        yield client, client.queue_path(options.project, options.location, options.queues[0])


def lines(seen: list[dict[str, str]]) -> list[Line]:
    return [(each["subject"], each["health"]) for each in seen]


def rows(world: World) -> list[int]:
    counts = (world.ledger.query(f"SELECT COUNT(*) FROM {table}") for table in TABLES)  # noqa: S608 - names
    return [int(count) for [(count,)] in counts]


def test_from_everywhere_all_is_well_and_nothing_is_left_behind(
    doctor: Doctor, world: World
) -> None:
    world.ledger.query("DELETE FROM webhooks_donechore")
    assert [doctor.manage(*command).returncode for command in COMMANDS] == [0] * len(COMMANDS)
    before = rows(world)
    seen, exit_status = doctor.asked("queue-services")
    assert lines(seen) == [
        ("settings", "well"),
        *[("ledger", "well")] * 3,
        *[("chores", "well")] * 3,
        ("attention", "well"),
        *[("firestore", "well")] * 5,
        *[("queue", "well")] * 2,
        ("callable", "not_looked"),
        ("webhook", "not_looked"),
        *[("admin", "not_looked"), ("meta", "not_looked")],
    ]
    assert exit_status == 0
    seen, exit_status = doctor.asked("repair-serve-api")
    assert lines(seen)[-7:] == [
        ("firestore", "not_looked"),
        ("queue", "not_looked"),
        ("callable", "well"),
        *[("webhook", "well")] * 2,
        *[("admin", "not_looked"), ("meta", "not_looked")],
    ]
    assert exit_status == 0
    assert rows(world) == before
    with queue(world) as (client, path):
        assert list(client.list_tasks(parent=path)) == []


NOWHERE = "127.0.0.1:1"  # nobody listens there


@pytest.mark.parametrize(
    ("services", "variables", "line", "words"),
    [
        pytest.param(
            "queue-services",
            {"TASK_HANDLER_AUDIENCE": "https://another.example"},
            ("queue", "wrong"),
            "The task handler answers 401 to a probe.",
            id="another audience",
        ),
        pytest.param(
            "queue-services",
            {"TASKS_SERVICE_ACCOUNT": "another@local.invalid"},
            ("queue", "wrong"),
            "The task handler answers 403 to a probe.",
            id="another account",
        ),
        pytest.param(
            "queue-services",
            {"TASKS_QUEUE": "another-queue"},
            ("queue", "wrong"),
            "The queue: NotFound.",
            id="no such queue",
        ),
        pytest.param(
            "queue-services",
            {"FIRESTORE_EMULATOR_HOST": NOWHERE},
            ("firestore", "could_not_tell"),
            "Tracking records in ancillary cannot be reached (ServiceUnavailable).",
            id="no Firestore",
        ),
        pytest.param(
            "queue-services",
            {"TASKS_EMULATOR_HOST": NOWHERE},
            ("queue", "could_not_tell"),
            "The queue cannot be reached (ServiceUnavailable).",
            id="no Cloud Tasks",
        ),
        pytest.param(
            "queue-services",
            {"DATABASE_URL": "sqlite:////nowhere/ledger.sqlite3"},
            ("ledger", "could_not_tell"),
            "The database cannot be reached (OperationalError).",
            id="no database",
        ),
        pytest.param(
            "queue-services",
            {"DATABASE_URL": "sqlite://:memory:"},
            ("ledger", "wrong"),
            "Migrations of this release were not applied: ",
            id="no tables",
        ),
        pytest.param(
            "repair-serve-api",
            {"WHATSAPP_APP_SECRET": "0123456789abcdef0123456789abcdef"},
            ("webhook", "wrong"),
            " refuses what is signed with the app's secret.",
            id="another secret",
        ),
        pytest.param(
            "repair-serve-api",
            {"WHATSAPP_VERIFY_TOKEN": "another-verify-token"},
            ("webhook", "wrong"),
            " refuses our verify token.",
            id="another verify token",
        ),
        pytest.param(
            "repair-serve-api",
            {"CALLABLE_AUDIENCE": "https://another.example"},
            ("callable", "wrong"),
            "repair-serve-callable answers 401.",
            id="another audience of the callable",
        ),
        pytest.param(
            "repair-serve-api",
            {"CALLABLE_URL": f"http://{NOWHERE}/callable/whatsapp/events"},
            ("callable", "could_not_tell"),
            "repair-serve-callable does not answer (NewConnectionError).",
            id="no callable",
        ),
    ],
)
def test_what_is_amiss_is_named_with_its_remedy(
    doctor: Doctor, services: str, variables: dict[str, str], line: Line, words: str
) -> None:
    seen, ended = doctor.asked(services, **variables)
    [found, *_] = [each for each in seen if (each["subject"], each["health"]) == line]
    assert words in found["words"]
    assert found["remedy"]
    assert ended == (1 if ("wrong" in {each["health"] for each in seen}) else 2)
    assert {each["subject"] for each in seen} == SUBJECTS  # it keeps nobody else from being seen


def test_whoever_else_answers_is_not_the_callable(doctor: Doctor, world: World) -> None:
    live = f"{world.running.address('repair-serve-api')}/health/live"
    seen, exit_status = doctor.asked("repair-serve-api", CALLABLE_URL=live)
    [found] = [each for each in seen if each["subject"] == "callable"]
    assert (found["health"], found["words"]) == ("wrong", "repair-serve-callable answers 200.")
    assert exit_status == 1


SUBJECTS = {
    *("settings", "ledger", "chores", "attention"),
    *("firestore", "queue", "callable", "webhook", "admin", "meta"),
}


def test_a_database_that_takes_no_writes_is_told(doctor: Doctor, world: World) -> None:
    url = world.running.spec.database
    if url.startswith("sqlite"):
        pytest.skip("of PostgreSQL, which may be a standby")
    read_only = f"{url}&options=-c%20default_transaction_read_only%3Don"
    seen, exit_status = doctor.asked("queue-services", DATABASE_URL=read_only)
    assert seen[1]["words"] == "The database takes no writes."
    others = {health for subject, health in lines(seen) if subject != "ledger"}
    assert others <= {"well", "not_looked"}
    assert exit_status == 1


def test_a_queue_that_is_paused_or_was_made_otherwise_is_told(doctor: Doctor, world: World) -> None:
    with queue(world) as (client, path):
        client.pause_queue(name=path)
        client.update_queue(queue=Queue(name=path, retry_config={"max_attempts": 3}))
    seen, exit_status = doctor.asked("queue-services")
    paused, otherwise = (each for each in seen if each["subject"] == "queue")
    assert paused["words"] == "The queue is paused."
    assert paused["remedy"].startswith("gcloud tasks queues resume whatsapp-messages-queue ")
    assert otherwise["words"].startswith("The queue makes 3 attempts, ")
    assert "--max-attempts=12 --min-backoff=1s --max-backoff=300s" in otherwise["remedy"]
    assert exit_status == 1


def test_a_queue_that_starts_fewer_tasks_is_told(doctor: Doctor, world: World) -> None:
    with queue(world) as (client, path):
        slow = {**AS_MADE, "rate_limits": {"max_dispatches_per_second": 0.5}}
        client.update_queue(queue=Queue(name=path, **slow))
        seen, exit_status = doctor.asked("queue-services")
        client.update_queue(queue=Queue(name=path, **AS_MADE))
    [wrong, *_] = [each for each in seen if each["subject"] == "queue"]
    assert wrong["words"].endswith(", and starts 0.5 tasks a second.")
    assert wrong["remedy"].endswith(" --max-dispatches-per-second=500")
    assert exit_status == 1


@pytest.mark.parametrize("name", list(Chore))
def test_a_chore_that_nobody_does_any_more_is_told(
    doctor: Doctor, world: World, name: Chore
) -> None:
    world.ledger.query("UPDATE webhooks_donechore SET done_at = ? WHERE name = ?", LONG_AGO, name)
    seen, exit_status = doctor.asked("queue-services")
    late = [each for each in seen if lines([each]) == [("chores", "wrong")]]
    assert [each["words"] for each in late] == [f"{name} was last done 01 Jan 00:00:00."]
    world.ledger.query("DELETE FROM webhooks_donechore WHERE name = ?", name)
    seen, _ = doctor.asked("queue-services")
    late = [each for each in seen if lines([each]) == [("chores", "wrong")]]
    assert [each["words"] for each in late] == [f"{name} was never done."]
    assert exit_status == 1


LONG_AGO = "2026-01-01 00:00:00+00:00"


def test_what_needs_attention_is_told_from_a_process_without_the_event_log(
    doctor: Doctor, world: World
) -> None:
    world.ledger.query(
        "INSERT INTO listeners_unreadabletask (digest, body, size, task_name, first_seen_at, "
        "last_seen_at, seen, closed_by_name) VALUES ('d', 'x', 1, '', ?, ?, 1, '')",
        *(LONG_AGO, LONG_AGO),
    )
    seen, exit_status = doctor.asked("queue-services")
    assert ("attention", "well") in lines(seen)  # somebody should look at it, but nothing waits
    assert exit_status == 0
    world.ledger.query(
        "INSERT INTO listeners_unknowndelivery (id, delivery, digest, first_seen_at, last_seen_at, "
        "seen, looks, closing, closed_by_name) VALUES (7, ?, '', ?, ?, 1, 9, '', '')",
        *("0" * 32, LONG_AGO, LONG_AGO),
    )
    seen, exit_status = doctor.asked("queue-services")
    [waiting] = [each for each in seen if lines([each]) == [("attention", "wrong")]]
    assert waiting["words"].startswith(
        "Tasks name 1 delivery that the ledger has not, since 01 Jan"
    )
    assert exit_status == 1
    world.ledger.query("DELETE FROM listeners_unknowndelivery")
    world.ledger.query("DELETE FROM listeners_unreadabletask")


def test_what_meta_has_is_told_and_no_number_and_no_token(doctor: Doctor) -> None:
    graph = GraphApi()
    graph.subscription["callback_url"] = doctor.webhook
    with graph_api.serving(graph) as address:
        done = doctor.run(
            ("repair-serve-api",),
            {
                "GRAPH_API_URL": address,
                "WHATSAPP_APP_SECRET": graph_api.APP_SECRET,
                "WHATSAPP_APP_ID": graph_api.APP_ID,
                "WHATSAPP_ACCOUNTS": graph_api.ACCOUNT,
                "WHATSAPP_ACCESS_TOKEN": graph_api.TOKEN,
            },
            f"--webhook-url={doctor.webhook}",
        )
    told = [line for line in done.stdout.splitlines() if " meta " in line]
    assert [line[:18] for line in told] == ["ok      meta      "] * 4
    for secret in (graph_api.TOKEN, graph_api.APP_SECRET, "15550783881", "555-078"):
        assert secret not in done.stdout + done.stderr


@pytest.mark.parametrize("url", ["http://visn.example/v1", "https://u:p@visn.example/v1", "x"])
def test_the_verify_token_goes_to_no_other_kind_of_address(doctor: Doctor, url: str) -> None:
    done = doctor.run(("repair-serve-api",), {}, f"--webhook-url={url}")
    assert done.returncode == 2
    assert "--webhook-url must be https://HOST/PATH, and nothing more." in done.stderr


def test_people_read_a_line_for_each_and_no_secret(doctor: Doctor, world: World) -> None:
    done = doctor.run(
        ("repair-serve-api",),
        {"WHATSAPP_VERIFY_TOKEN": "another-verify-token"},
        f"--webhook-url={doctor.webhook}",
    )
    assert done.returncode == 1
    told = done.stdout.splitlines()
    assert told[0] == "ok      settings  The settings of repair-serve-api keep every rule."
    assert f"WRONG   webhook   {doctor.webhook} refuses our verify token." in told
    assert done.stderr == "Found: Not everything is as it has to be.\n"
    secrets = world.running.secrets
    for secret in (secrets.key, secrets.app_secret, secrets.verify_token, "another-verify-token"):
        assert secret not in done.stdout + done.stderr
