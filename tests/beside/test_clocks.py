"""Processes whose clocks differ: what counts is what a run has read, and the database's time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from eventlog.replay.choosing import of_events
from eventlog.replay.jobs import Request, carry_on, start
from listeners.models import TaskRun
from listeners.runs import Attempt
from listeners.services import Handled, handle
from sandbox.emulators import Emulators
from sandbox.samples import status, text
from tests.beside.test_runs import Interrupted
from tests.platform import Platform
from webhooks import clock
from webhooks.models import Event
from webhooks.tasks import Task

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
SKIPPED = ("skipped", "no_active_tracking")
APART = [-HOUR, timedelta(milliseconds=-30), timedelta(), timedelta(milliseconds=30), HOUR]


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    return stand_ins.firestore_host


def replay(platform: Platform, *, now: datetime) -> None:
    """Opens every event again, in a process whose clock shows this."""
    ids = list(Event.objects.values_list("pk", flat=True))
    request = Request(job_id=uuid4(), name="J", selection=of_events(ids), asked_by=None)
    job = start(request, now=now)
    carry_on(job, queue=platform.queue, clock=lambda: now, until=now + HOUR)


def run(
    platform: Platform, delivery: UUID, *, now: datetime, meanwhile: Callable[[], None] | None
) -> None:
    """Handles a task in a process whose clock shows this."""
    handle(
        Task(delivery=delivery),
        attempt=Attempt(),
        store=Interrupted(platform, meanwhile) if meanwhile else platform.store,
        queue=platform.queue,
        clock=lambda: now,
    )


@pytest.mark.parametrize("apart", APART)
@pytest.mark.parametrize("items", [1, 3])
def test_a_run_that_found_the_event_reopened_decides(
    platform: Platform, apart: timedelta, items: int
) -> None:
    delivery = platform.receive(*(text(message_id=f"wamid.{serial}") for serial in range(items)))
    platform.run(delivery)
    for _ in range(2):
        replay(platform, now=platform.now)
        run(platform, delivery, now=platform.now + apart, meanwhile=None)
        assert platform.outcomes(delivery) == [SKIPPED] * items


@pytest.mark.parametrize("apart", APART)
@pytest.mark.parametrize("before", [0, 2])
def test_a_run_that_had_found_it_as_it_was_before_does_not(
    platform: Platform, apart: timedelta, before: int
) -> None:
    delivery = platform.receive(text())
    for _ in range(before):
        platform.run(delivery)
        replay(platform, now=platform.now)

    def meanwhile() -> None:
        platform.run(delivery)
        platform.track("e1")
        replay(platform, now=platform.now)

    run(platform, delivery, now=platform.now + apart, meanwhile=meanwhile)
    assert platform.outcomes(delivery) == [("queued", "")]
    platform.run(delivery)
    assert platform.outcomes(delivery) == [("processed", "applied")]


def test_of_many_events_those_that_were_reopened_meanwhile_are_left(platform: Platform) -> None:
    delivery = platform.receive(*(text(message_id=f"wamid.{serial}") for serial in range(6)))
    platform.run(delivery)
    replay(platform, now=platform.now)  # all are open for the second time

    def meanwhile() -> None:
        platform.run(delivery)
        ids = list(Event.objects.order_by("pk").values_list("pk", flat=True)[:2])
        request = Request(job_id=uuid4(), name="J", selection=of_events(ids), asked_by=None)
        job = start(request, now=platform.now)
        until = platform.now + HOUR
        carry_on(job, queue=platform.queue, clock=lambda: platform.now, until=until)

    run(platform, delivery, now=platform.now + HOUR, meanwhile=meanwhile)
    assert platform.outcomes(delivery) == [("queued", "")] * 2 + [SKIPPED] * 4


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite serves one machine")
@pytest.mark.parametrize("behind", [timedelta(seconds=2), HOUR, -HOUR])
def test_a_process_tells_by_the_databases_clock_what_is_due(
    platform: Platform, behind: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.now = clock.now()
    platform.track("e1")
    delivery = platform.receive(statuses=[status(message_id="wamid.LATE")])
    monkeypatch.setattr(timezone, "now", lambda: datetime.now(UTC) - behind)
    before = clock.now()
    handle_as_deployed(platform, delivery)
    event = Event.objects.get()
    assert event.state == "waiting"
    assert event.check_at is not None
    assert before < event.check_at - timedelta(seconds=5) < clock.now()
    handle_as_deployed(platform, delivery)
    assert Event.objects.get().waits == 1
    platform.sends("e1", "wamid.LATE")
    Event.objects.update(check_at=clock.now())
    handle_as_deployed(platform, delivery)
    event = Event.objects.get()
    assert event.state == "processed"
    assert event.settled_at is not None
    assert before < event.settled_at < clock.now()
    for started_at, finished_at in TaskRun.objects.values_list("started_at", "finished_at"):
        assert before < started_at < finished_at < clock.now()


def handle_as_deployed(platform: Platform, delivery: UUID) -> None:
    """Handles a task as the view does: no clock is handed in."""
    task, attempt = Task(delivery=delivery), Attempt()
    result = handle(task, attempt=attempt, store=platform.store, queue=platform.queue)
    assert result == Handled.DONE
