"""The chores' route: who may start one, that it is done, and what is answered where it is not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from eventlog.figures.counting import ALL
from eventlog.models import Figure, ReplayedEvent, ReplayJob
from operations.chores.turns import turn
from operations.chores.views import MAX_BYTES, ROUNDS
from tests.eventlog.figures.ledger import make_event
from tests.identity import IdentityProvider
from tests.platform import Platform
from tests.webhooks.databases import read_only
from webhooks.chores import Chore, last_done
from webhooks.models import Event
from webhooks.outcomes import Reason, State

CHORES = {Chore.SWEEPER: "/chores/sweeper", Chore.CATCH_UP: "/chores/catch-up"}
EACH = pytest.mark.parametrize("chore", CHORES)


@pytest.fixture(params=["ours"])
def firestore_host(request: pytest.FixtureRequest) -> str:
    """Nobody asks Firestore for anything."""
    return "127.0.0.1:9"


@pytest.fixture
def served(platform: Platform, settings: Settings) -> Iterator[Platform]:
    """A queue that the views find through the settings."""
    settings.GOOGLE_CLOUD_PROJECT = settings.TASKS_LOCATION = "local"
    settings.TASKS_EMULATOR_HOST = platform.emulators.tasks_host
    yield platform
    platform.emulators.faults.clear()


@pytest.fixture
def token(identity_provider: IdentityProvider, settings: Settings) -> str:
    """What Cloud Scheduler would send."""
    return identity_provider.token(
        audience=settings.CHORES_AUDIENCE, email=settings.CHORES_CALLERS[0]
    )


def post(client: Client, chore: Chore, token: str) -> int:
    """Starts a chore as Cloud Scheduler does, and returns the status of the answer."""
    headers = {"Authorization": f"Bearer {token}"}
    return client.post(CHORES[chore], headers=headers).status_code


def hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def stuck() -> Event:
    """An event of long ago that was never sent on."""
    event = make_event(Reason.NONE, at=hour_ago())
    Event.objects.update(check_at=hour_ago())
    return event


def replay() -> None:
    """A replay with an event to open."""
    event = make_event(Reason.NO_PERSON, at=hour_ago())
    job = ReplayJob.objects.create(name="x", asked_at=hour_ago(), event_count=1)
    ReplayedEvent.objects.create(job=job, event=event)


def test_the_sweeper_makes_tasks_and_is_noted(served: Platform, client: Client, token: str) -> None:
    event = stuck()
    answer = client.post(CHORES[Chore.SWEEPER], headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer["Content-Type"]) == (HTTPStatus.OK, "application/json")
    assert (answer.json()["events"], answer.json()["queue_available"]) == (1, True)
    assert len(served.scheduled()) == 1
    event.refresh_from_db()
    assert event.state == State.QUEUED
    assert last_done().keys() == {Chore.SWEEPER}


def test_catching_up_counts_and_goes_on_with_replays_and_is_noted(
    served: Platform, client: Client, token: str
) -> None:
    replay()
    answer = client.post(CHORES[Chore.CATCH_UP], headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == HTTPStatus.OK
    assert (answer.json()["replays"], answer.json()["up_to_date"]) == (1, True)
    assert Figure.objects.filter(lease_number=ALL, span=Figure.Span.MINUTE).count() == 1
    assert len(served.scheduled()) == 1
    assert last_done().keys() == {Chore.CATCH_UP}


@EACH
def test_others_are_refused_and_nothing_is_done(
    served: Platform,
    client: Client,
    identity_provider: IdentityProvider,
    settings: Settings,
    chore: Chore,
) -> None:
    stuck()
    audience, account = settings.CHORES_AUDIENCE, settings.CHORES_CALLERS[0]
    issue = identity_provider.token
    foreign = {
        "not-a-token": 401,
        issue(audience=settings.TASK_HANDLER_AUDIENCE, email=account): 401,
        issue(audience=settings.CALLABLE_AUDIENCE, email=account): 401,
        issue(audience=audience, email=account, exp=1): 401,
        issue(audience=audience, email=account, email_verified=False): 403,
        issue(audience=audience, email=settings.TASKS_SERVICE_ACCOUNT): 403,
    }
    assert {key: post(client, chore, key) for key in foreign} == foreign
    assert client.post(CHORES[chore]).status_code == 401
    assert Event.objects.get().state == State.RECEIVED
    assert last_done() == {}


@pytest.mark.parametrize("setting", ["CHORES_AUDIENCE", "CHORES_CALLERS"])
def test_what_is_not_configured_lets_nobody_in(
    served: Platform,
    client: Client,
    identity_provider: IdentityProvider,
    settings: Settings,
    setting: str,
) -> None:
    setattr(settings, setting, type(getattr(settings, setting))())
    for audience in (settings.CHORES_AUDIENCE, "", "https://queue-services.test/chores"):
        for email in ("scheduler@test.invalid", ""):
            token = identity_provider.token(audience=audience, email=email)
            assert post(client, Chore.SWEEPER, token) in {401, 403}
    assert last_done() == {}


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head"])
def test_only_post_is_answered(served: Platform, client: Client, token: str, method: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    response = getattr(client, method)(CHORES[Chore.SWEEPER], headers=headers)
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert last_done() == {}


@pytest.mark.parametrize(("size", "status"), [(MAX_BYTES, 200), (MAX_BYTES + 1, 413)])
def test_what_is_sent_is_not_looked_at(
    served: Platform, client: Client, token: str, size: int, status: int
) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    body = b"x" * size
    response = client.post(CHORES[Chore.SWEEPER], body, "text/plain", headers=headers)
    assert response.status_code == status


@EACH
def test_while_one_is_at_work_another_is_told_so_at_once(
    served: Platform, client: Client, token: str, chore: Chore
) -> None:
    [other] = CHORES.keys() - {chore}
    with turn(chore):
        assert post(client, chore, token) == 409
        assert post(client, other, token) == 200
        assert last_done().keys() == {other}
    assert post(client, chore, token) == 200
    assert last_done().keys() == set(CHORES)


@pytest.fixture
def no_queue(served: Platform, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens where the queue should be, and nobody waits for long."""
    for module in ("webhooks.sweeping", "eventlog.catching_up"):
        monkeypatch.setattr(f"{module}.COMMAND_BUDGET_SECONDS", 0.2)
    settings.TASKS_EMULATOR_HOST = "127.0.0.1:9"


@EACH
def test_a_queue_that_is_away_is_told_and_noted(
    no_queue: None, client: Client, token: str, caplog: pytest.LogCaptureFixture, chore: Chore
) -> None:
    stuck()
    replay()
    assert post(client, chore, token) == 503
    [line] = [each for each in caplog.records if each.name == "operations.chores.views"]
    assert (vars(line)["kind"], vars(line)["reason"]) == (chore, "The queue cannot be reached.")
    assert last_done().keys() == {chore}


def test_replays_that_got_no_time_are_told(
    served: Platform, client: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay()
    monkeypatch.setattr("eventlog.catching_up.BUDGET", timedelta())
    assert post(client, Chore.CATCH_UP, token) == 503


@EACH
@pytest.mark.django_db(transaction=True)
def test_without_the_ledger_it_shall_be_tried_again(
    served: Platform, client: Client, token: str, caplog: pytest.LogCaptureFixture, chore: Chore
) -> None:
    with connection.schema_editor() as editor:
        editor.execute("ALTER TABLE webhooks_donechore RENAME TO gone")
    try:
        assert post(client, chore, token) == 503
    finally:
        with connection.schema_editor() as editor:
            editor.execute("ALTER TABLE gone RENAME TO webhooks_donechore")
    found = [each for each in caplog.records if each.getMessage() == "A request was put off."]
    assert [vars(each)["reason"] for each in found] == ["LedgerUnavailable"]
    assert post(client, chore, token) == 200


@EACH
@pytest.mark.django_db(transaction=True)
def test_a_ledger_that_takes_no_writes_is_told(
    served: Platform, client: Client, token: str, chore: Chore
) -> None:
    with read_only():
        assert post(client, chore, token) == 503
    assert post(client, chore, token) == 200


@EACH
def test_what_a_bug_breaks_is_told_and_the_turn_given_back(
    served: Platform, client: Client, token: str, monkeypatch: pytest.MonkeyPatch, chore: Chore
) -> None:
    client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setitem(ROUNDS, chore, lambda: 1 / 0)
        assert post(client, chore, token) == 500
    assert last_done() == {}
    assert post(client, chore, token) == 200
