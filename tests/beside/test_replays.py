"""Replays beside each other and beside workers."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from eventlog.models import ReplayedEvent, ReplayJob
from eventlog.replay.jobs import NothingToReplay, Request, carry_on, start
from eventlog.replay.outcomes import collect_outcomes
from eventlog.replay.progress import progress
from eventlog.replay.selection import Selection
from eventlog.replay.tasks import make_tasks
from sandbox.emulators import Emulators
from sandbox.samples import DRIVER_NUMBER, text, wamid
from tests import threads
from tests.platform import Platform
from tests.sandbox.stack.processes import eventually
from tests.webhooks.databases import execute
from tests.webhooks.test_sequences import on_postgresql
from webhooks.models import Event
from webhooks.task_queue import QueueUnavailable

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    return stand_ins.firestore_host


@pytest.fixture
def skipped(platform: Platform) -> Platform:
    """Six texts in two deliveries, skipped for want of a tracking record that exists by now."""
    for first in (0, 3):
        serials = range(first, first + 3)
        platform.deliver(*(text(message_id=wamid(DRIVER_NUMBER, n)) for n in serials))
    platform.track("e1")
    return platform


def at_once(*actions: Callable[[], object]) -> list[object]:
    """Runs them in threads that start together; returns their results, or that nothing was left."""

    def run(action: Callable[[], object]) -> object:
        try:
            return action()
        except NothingToReplay as error:
            return error

    return threads.at_once([partial(run, action) for action in actions])


def ask(platform: Platform) -> ReplayJob:
    selection = Selection(events=Event.objects.all(), words="everything")
    request = Request(job_id=uuid4(), name="at once", selection=selection, asked_by=None)
    return start(request, now=platform.now)


def test_two_jobs_for_the_same_events_share_them_out(skipped: Platform) -> None:
    at_once(lambda: ask(skipped), lambda: ask(skipped), lambda: ask(skipped))
    events = list(ReplayedEvent.objects.values_list("event", flat=True))
    assert sorted(events) == sorted(Event.objects.values_list("pk", flat=True))


def test_a_click_that_comes_twice_makes_one_job(skipped: Platform) -> None:
    selection = Selection(events=Event.objects.all(), words="everything")
    request = Request(job_id=uuid4(), name="twice", selection=selection, asked_by=None)
    first, second = at_once(*[lambda: start(request, now=skipped.now)] * 2)
    assert first == second
    assert (ReplayJob.objects.count(), ReplayedEvent.objects.count()) == (1, 6)


def test_several_may_carry_on_a_job_while_workers_run(
    skipped: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventlog.replay.jobs.EVENTS_PER_STEP", 1)
    job = ask(skipped)
    until = skipped.now + timedelta(seconds=1)
    deliveries = set(Event.objects.values_list("delivery", flat=True))

    def open_events() -> None:
        own = ReplayJob.objects.get(pk=job.pk)
        carry_on(own, queue=skipped.queue, clock=lambda: skipped.now, until=until)

    def work() -> None:
        for delivery in deliveries:
            skipped.run(delivery)

    at_once(open_events, open_events, work, work)
    for task, _ in skipped.scheduled():
        skipped.run(task.delivery, events=task.events)
    collect_outcomes(now=skipped.now)
    job.refresh_from_db()
    assert job.state == "finished"
    assert [(change.after.state, change.count) for change in progress(job).changes] == [
        ("processed", 6)
    ]
    assert skipped.unread("e1") == 6
    assert len(skipped.chat("e1")) == 6


@on_postgresql
@pytest.mark.parametrize("queue_takes", [True, False])
def test_events_are_taken_in_the_order_of_their_keys(skipped: Platform, queue_takes: bool) -> None:
    """However they lie: whoever changes the same ones waits for the first, and holds no other."""
    keys = list(Event.objects.order_by("pk").values_list("pk", flat=True))
    Event.objects.update(state="received", queued_at=None)
    Event.objects.filter(pk=keys[0]).update(detail="now it lies behind the others")
    opened: dict[UUID, list[int]] = {}
    for key, delivery in Event.objects.values_list("pk", "delivery_id"):
        opened.setdefault(delivery, []).append(key)
    queue = skipped.queue
    if not queue_takes:
        queue = replace(queue, emulator_host="127.0.0.1:9", budget_seconds=0.2)

    def make() -> None:
        with suppress(QueueUnavailable):
            make_tasks(opened, queue=queue, clock=lambda: skipped.now)
        connection.close()

    first, rest = keys[0], ", ".join(map(str, keys[1:]))
    lock = "SELECT FROM webhooks_event WHERE id IN ({}) FOR UPDATE NOWAIT"
    waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    beside = connection.copy()
    try:
        with ThreadPoolExecutor(1) as pool, transaction.atomic():
            execute(lock.format(first))
            making = pool.submit(make)
            assert eventually(lambda: bool(execute(waits, on=beside)))
            execute(lock.format(rest), on=beside)
            transaction.set_rollback(True)
        making.result(timeout=30)
    finally:
        beside.close()
