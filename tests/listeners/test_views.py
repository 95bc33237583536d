"""The task handler over HTTP: who may call it, and what it answers."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from listeners.firestore import connection as firestore_connection
from listeners.firestore.queries import Lookup
from listeners.models import TaskRun, UnreadableTask
from sandbox.emulators import Emulators, Fault, FaultKind
from sandbox.samples import text
from tests.identity import IdentityProvider
from tests.platform import DRIVER, LEASE, Platform
from tests.webhooks.databases import new_sessions_read_only
from tests.webhooks.test_sequences import on_postgresql
from webhooks import tasks
from webhooks.models import Event
from webhooks.whatsapp.items import Person

URL = "/webhook-listeners/whatsapp"


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> Iterator[str]:
    """Our stand-in alone: what is tested here is in front of Firestore."""
    yield stand_ins.firestore_host
    stand_ins.faults.clear()


@pytest.fixture
def served(platform: Platform, settings: Settings) -> Iterator[Platform]:
    """A platform that the views find through the settings."""
    settings.GOOGLE_CLOUD_PROJECT = platform.main.project
    settings.TASKS_EMULATOR_HOST = platform.emulators.tasks_host
    yield platform
    firestore_connection.close()


@pytest.fixture
def token(identity_provider: IdentityProvider, settings: Settings) -> str:
    """What Cloud Tasks would send."""
    return identity_provider.token(
        audience=settings.TASK_HANDLER_AUDIENCE, email=settings.TASKS_SERVICE_ACCOUNT
    )


def post(client: Client, body: bytes, token: str, **headers: str) -> int:
    """Posts a task and returns the status of the answer."""
    response = client.post(
        URL,
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}", **headers},
    )
    return response.status_code


def test_a_task_is_applied_and_its_attempt_noted(
    served: Platform, client: Client, token: str
) -> None:
    served.track("e1")
    delivery = served.receive(text())
    headers = {"X-CloudTasks-TaskName": "1234", "X-CloudTasks-TaskRetryCount": "2"}
    assert post(client, tasks.encode(delivery), token, **headers) == 200
    assert served.outcomes(delivery) == [("processed", "applied")]
    run = TaskRun.objects.get()
    assert (run.task_name, run.retry_count, run.result) == ("1234", 2, "done")
    assert run.started_at <= run.finished_at


def test_a_task_touches_events_of_its_own_delivery_alone(
    served: Platform, client: Client, token: str
) -> None:
    served.track("e1")
    own = served.receive(text(message_id="wamid.OWN"))
    other = served.receive(text(message_id="wamid.OTHER"))
    ids = Event.objects.values_list("pk", flat=True)
    assert post(client, tasks.encode(own, events=list(ids)), token) == 200
    assert served.outcomes(own) == [("processed", "applied")]
    assert served.outcomes(other) == [("received", "")]


@pytest.mark.parametrize("retries", ["", "x", "-1", "٣", "9" * 30, "9" * 5000])
def test_odd_headers_do_no_harm(served: Platform, client: Client, token: str, retries: str) -> None:
    delivery = served.receive(text())
    headers = {"X-CloudTasks-TaskName": "é\0" * 900, "X-CloudTasks-TaskRetryCount": retries}
    assert post(client, tasks.encode(delivery), token, **headers) == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"{}",
        b"[1]",
        b'{"v":2,"delivery":"01980000-0000-7000-8000-000000000000"}',
        b'{"v":1,"delivery":"no uuid"}',
        b'{"v":1,"delivery":"01980000-0000-7000-8000-000000000000","events":["1"]}',
        b"[" * 100_000,
    ],
)
def test_an_unreadable_task_is_dropped(
    served: Platform, client: Client, token: str, body: bytes
) -> None:
    assert post(client, body, token) == 200
    assert not TaskRun.objects.exists()


def test_a_task_of_no_delivery_is_a_probe_and_leaves_nothing(
    served: Platform, client: Client, token: str
) -> None:
    assert post(client, tasks.encode_for(()), token) == 200
    assert not TaskRun.objects.exists()
    assert not UnreadableTask.objects.exists()


def test_a_probe_of_nobody_is_refused(served: Platform, client: Client) -> None:
    assert post(client, tasks.encode_for(()), "x.y.z") == 401


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_probe_is_tried_again_where_nothing_could_be_written(
    served: Platform, client: Client, token: str
) -> None:
    with new_sessions_read_only():
        assert post(client, tasks.encode_for(()), token) == 503
    assert post(client, tasks.encode_for(()), token) == 200


def test_an_unknown_delivery_is_answered_once_it_is_noted(
    served: Platform, client: Client, token: str
) -> None:
    body = b'{"v":1,"delivery":"01980000-0000-7000-8000-000000000000"}'
    assert post(client, body, token) == 200


@pytest.mark.parametrize("accept", ["application/xml", "text/html;q=x", "*"])
def test_it_has_one_form_of_answer(
    served: Platform, client: Client, token: str, accept: str
) -> None:
    delivery = served.receive(text())
    assert post(client, tasks.encode(delivery), token, Accept=accept) == 200


@pytest.fixture(params=["missing.json", "", "broken.json"])
def credentials(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where Google's libraries find none: no file, a folder, a file of another kind."""
    (tmp_path / "broken.json").write_text("{}")
    return tmp_path / str(request.param)


def put_off(caplog: pytest.LogCaptureFixture) -> list[tuple[object, object]]:
    """Reason and delivery of each request that the log says was put off, with its trace."""
    found = [each for each in caplog.records if each.getMessage() == "A request was put off."]
    assert all(each.exc_info for each in found)
    return [(vars(each)["reason"], vars(each)["delivery"]) for each in found]


def test_without_credentials_the_queue_shall_try_again(
    served: Platform,
    client: Client,
    token: str,
    credentials: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    delivery = served.receive(text())
    firestore_connection.close()
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("FIRESTORE_EMULATOR_HOST")
        environment.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(credentials))
        assert post(client, tasks.encode(delivery), token) == 503
    assert put_off(caplog) == [("Unavailable", delivery)]
    firestore_connection.close()  # a failure is remembered for some seconds
    assert served.outcomes(delivery) == [("received", "")]
    assert post(client, tasks.encode(delivery), token) == 200


def test_without_firestore_the_queue_shall_try_again(
    served: Platform, client: Client, token: str
) -> None:
    served.track("e1")
    delivery = served.receive(text())
    served.emulators.faults.add(
        Fault(kind=FaultKind.PERMISSION_DENIED, service="firestore", method="RunQuery")
    )
    assert post(client, tasks.encode(delivery), token) == 503
    assert served.outcomes(delivery) == [("received", "")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["listeners_taskrun", "listeners_unreadabletask"])
def test_without_the_ledger_the_queue_shall_try_again(
    served: Platform, client: Client, token: str, caplog: pytest.LogCaptureFixture, table: str
) -> None:
    delivery = served.receive(text())
    readable = table == "listeners_taskrun"
    body = tasks.encode(delivery) if readable else b"no task"
    with connection.schema_editor() as editor:
        editor.execute(f"ALTER TABLE {table} RENAME TO gone")
    try:
        assert post(client, body, token) == 503
    finally:
        with connection.schema_editor() as editor:
            editor.execute(f"ALTER TABLE gone RENAME TO {table}")
    assert put_off(caplog) == [("LedgerUnavailable", delivery if readable else None)]
    assert post(client, body, token) == 200
    assert Event.objects.get().state == ("skipped" if readable else "received")


def test_others_are_refused_and_nothing_is_touched(
    served: Platform,
    client: Client,
    identity_provider: IdentityProvider,
    settings: Settings,
) -> None:
    audience, account = settings.TASK_HANDLER_AUDIENCE, settings.TASKS_SERVICE_ACCOUNT
    delivery = served.receive(text())
    body = tasks.encode(delivery)
    issue = identity_provider.token
    foreign = {
        "not-a-token": 401,
        issue(audience=settings.CALLABLE_AUDIENCE, email=account): 401,
        issue(audience=audience, email=account, exp=1): 401,
        issue(audience=audience, email=account, email_verified=False): 403,
        issue(audience=audience, email="somebody@test.invalid"): 403,
    }
    assert {key: post(client, body, key) for key in foreign} == foreign
    assert client.post(URL, body, content_type="application/json").status_code == 401
    assert served.outcomes(delivery) == [("received", "")]


@pytest.mark.django_db(transaction=True)
def test_a_forked_child_makes_its_own_connection_to_firestore(served: Platform) -> None:
    served.track("e1")
    lookup = Lookup(lease_number=LEASE, person=Person(number=DRIVER))
    assert len(firestore_connection.connect().load(lookups=[lookup], message_ids=())[0]) == 1

    child = os.fork()
    if child == 0:
        try:
            os._exit(len(firestore_connection.connect().load(lookups=[lookup], message_ids=())[0]))
        finally:
            os._exit(9)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 1


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post_is_answered(served: Platform, client: Client, token: str, method: str) -> None:
    response = getattr(client, method)(URL, headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 405
