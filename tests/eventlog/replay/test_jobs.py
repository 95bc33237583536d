"""Replays of events that really were skipped, through the queue, the handler and Firestore."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from pytest_django import Settings

from eventlog.models import ReplayedEvent, ReplayJob
from eventlog.replay.choosing import of_events
from eventlog.replay.jobs import (
    EVENTS_PER_STEP,
    NothingToReplay,
    Request,
    TooManyEvents,
    carry_on,
    carry_on_all,
    start,
)
from eventlog.replay.outcomes import collect_outcomes
from eventlog.replay.progress import Progress, progress
from eventlog.replay.selection import Selection
from listeners.models import Placement
from sandbox.emulators import Emulators, Fault, FaultKind
from sandbox.samples import DRIVER_NUMBER, image, status, text, wamid
from tests.platform import Platform
from webhooks.models import Event
from webhooks.outcomes import State
from webhooks.sweeper import sweep
from webhooks.task_queue import QueueUnavailable


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> Iterator[str]:
    """Our stand-in alone: what is tested here is in front of Firestore."""
    yield stand_ins.firestore_host
    stand_ins.faults.clear()


def selection_of(**condition: object) -> Selection:
    return Selection(events=Event.objects.filter(**condition), words="some events")


def ask(
    platform: Platform, selection: Selection | None = None, *, job_id: UUID | None = None
) -> ReplayJob:
    request = Request(
        job_id=job_id or uuid4(),
        name="After the outage",
        selection=selection or selection_of(),
        asked_by=None,
    )
    return start(request, now=platform.now)


def forever(platform: Platform) -> datetime:
    return platform.now + timedelta(seconds=1)


def open_all(platform: Platform, job: ReplayJob) -> None:
    carry_on(job, queue=platform.queue, clock=lambda: platform.now, until=forever(platform))


def run_tasks(platform: Platform) -> None:
    for task, _ in platform.scheduled():
        platform.run(task.delivery, events=task.events)


def replay(platform: Platform, selection: Selection | None = None) -> Progress:
    """A whole replay; every task of it runs once."""
    job = ask(platform, selection)
    open_all(platform, job)
    run_tasks(platform)
    collect_outcomes(now=platform.now)
    job.refresh_from_db()
    return progress(job)


def diff(result: Progress) -> list[tuple[str, str, int]]:
    """The changes as short words: reason before, reason after, how many."""
    return [
        (change.before.reason.value, change.after.reason.value, change.count)
        for change in result.changes
    ]


def texts(count: int) -> list[object]:
    return [text(message_id=wamid(DRIVER_NUMBER, serial)) for serial in range(count)]


def test_what_was_skipped_is_applied_once_there_is_a_tracking_record(platform: Platform) -> None:
    skipped = platform.deliver(*texts(3))
    assert skipped == [("skipped", "no_active_tracking")] * 3
    platform.track("e1")
    result = replay(platform)
    assert diff(result) == [("no_active_tracking", "applied", 3)]
    assert (result.total, result.done, result.changed, result.applied) == (3, 3, 3, 3)
    assert platform.unread("e1") == 3
    assert len(platform.chat("e1")) == 3


def test_a_finished_job_says_so(platform: Platform) -> None:
    platform.deliver(text())
    job = ask(platform)
    assert (job.state, job.event_count) == ("opening", 1)
    open_all(platform, job)
    assert job.state == "running"
    run_tasks(platform)
    platform.now += timedelta(seconds=3)
    assert collect_outcomes(now=platform.now) == 1
    job.refresh_from_db()
    assert (job.state, job.finished_at) == ("finished", platform.now)


def test_each_replay_keeps_how_the_event_stood_before(platform: Platform) -> None:
    platform.deliver(text())
    replay(platform)
    platform.track("e1")
    replay(platform)
    rows = ReplayedEvent.objects.order_by("pk").values_list(
        "state_before", "reason_before", "state_after", "reason_after"
    )
    assert list(rows) == [
        ("skipped", "no_active_tracking", "skipped", "no_active_tracking"),
        ("skipped", "no_active_tracking", "processed", "applied"),
    ]
    before = ReplayedEvent.objects.earliest("pk")
    assert before.settled_at_before == platform.now
    assert before.reopened_at == platform.now


def test_an_opened_event_looks_like_one_that_has_just_been_queued(platform: Platform) -> None:
    platform.deliver(statuses=[status()])
    Event.objects.update(waits=6, rounds=3, detail="was odd")
    platform.now += timedelta(days=3)
    open_all(platform, ask(platform))
    event = Event.objects.get()
    assert (event.state, event.reason, event.detail) == ("queued", "", "")
    assert (event.waits, event.rounds) == (0, 0)
    assert (event.queued_at, event.started_at, event.settled_at) == (platform.now, None, None)
    assert event.check_at == platform.now + timedelta(minutes=10)


def test_only_what_is_skipped_failed_or_ignored_is_opened(platform: Platform) -> None:
    platform.track("e1")
    platform.deliver(text())  # processed
    platform.deliver(text(body="The same text in another payload"))  # duplicate
    platform.deliver(statuses=[status()])  # waiting
    platform.receive(text(message_id=wamid(DRIVER_NUMBER, 7)))  # received
    platform.deliver(image(), text(message_id=""))  # ignored, failed
    before = dict(Event.objects.values_list("pk", "state"))
    assert sorted(before.values()) == [
        "duplicate", "failed", "ignored", "processed", "received", "waiting"
    ]  # fmt: skip
    job = ask(platform)
    open_all(platform, job)
    opened = Event.objects.filter(replays__job=job).values_list("pk", flat=True)
    assert sorted(before[event] for event in opened) == ["failed", "ignored"]
    assert Event.objects.exclude(pk__in=opened).filter(state=State.QUEUED).count() == 0


def test_what_is_ignored_or_malformed_is_read_again_from_its_bytes(platform: Platform) -> None:
    platform.deliver(image(), text(message_id=""))
    result = replay(platform)
    assert diff(result) == [
        ("malformed", "malformed", 1),
        ("unsupported_type", "unsupported_type", 1),
    ]
    assert result.changed == 0


def test_a_text_is_not_doubled_even_if_the_ledger_forgot_that_it_was_applied(
    platform: Platform,
) -> None:
    platform.track("e1")
    delivery = platform.receive(text())
    platform.run(delivery)
    Event.objects.update(state="failed", reason="gave_up")
    result = replay(platform)
    assert result.done == 1
    assert platform.unread("e1") == 1
    assert len(platform.chat("e1")) == 1


def test_a_text_stays_in_its_chat_though_the_driver_has_another_by_now(platform: Platform) -> None:
    platform.track("e1")
    delivery = platform.receive(text())
    platform.run(delivery)
    Event.objects.update(state="failed", reason="gave_up")
    platform.track("e2")
    replay(platform)
    assert (platform.unread("e1"), platform.unread("e2")) == (1, 0)
    assert Placement.objects.get().enquiry_id == "e1"


def test_a_text_that_somebody_deleted_is_not_written_again(platform: Platform) -> None:
    platform.track("e1")
    delivery = platform.receive(text())
    platform.run(delivery)
    for document in platform.messages("e1").list_documents():
        document.delete()
    Event.objects.update(state="failed", reason="gave_up")
    assert replay(platform).done == 1
    assert (platform.chat("e1"), platform.unread("e1")) == ({}, 1)


def test_a_status_waits_for_its_message_once_more(platform: Platform) -> None:
    platform.track("e1")
    delivery = platform.receive(statuses=[status()])
    Event.objects.update(state="skipped", reason="message_not_found")
    job = ask(platform)
    open_all(platform, job)
    run_tasks(platform)
    collect_outcomes(now=platform.now)
    assert (progress(job).waiting, progress(job).done) == (1, 0)
    platform.sends("e1", status()["id"])  # type: ignore[arg-type]
    assert platform.pass_time(delivery, timedelta(seconds=5)) == [("processed", "applied")]
    collect_outcomes(now=platform.now)
    assert diff(progress(job)) == [("message_not_found", "applied", 1)]


def test_one_task_per_delivery_names_the_events(platform: Platform) -> None:
    platform.deliver(*texts(2), text(message_id="wamid.other"))
    first, second, _ = Event.objects.order_by("pk").values_list("pk", flat=True)
    open_all(platform, ask(platform, of_events([first, second])))
    ((task, _),) = platform.scheduled()
    assert task.events == (first, second)


def test_asking_twice_is_asking_once(platform: Platform) -> None:
    platform.deliver(text())
    job_id = uuid4()
    assert ask(platform, job_id=job_id) == ask(platform, job_id=job_id)
    assert (ReplayJob.objects.count(), ReplayedEvent.objects.count()) == (1, 1)


def test_an_event_is_in_one_unfinished_job_only(platform: Platform) -> None:
    platform.deliver(text())
    ask(platform)
    with pytest.raises(NothingToReplay):
        ask(platform)
    platform.deliver(text(message_id="wamid.other"))
    second = ask(platform)
    assert second.event_count == 1
    assert ReplayJob.objects.count() == 2


def test_an_event_can_be_replayed_again_once_it_has_its_outcome(platform: Platform) -> None:
    platform.deliver(text())
    replay(platform)
    open_all(platform, ask(platform))
    assert Event.objects.get().state == "queued"


def test_nothing_is_written_if_there_is_nothing_to_replay(platform: Platform) -> None:
    platform.track("e1")
    platform.deliver(text())
    with pytest.raises(NothingToReplay):
        ask(platform)
    assert ReplayJob.objects.count() == 0


def test_more_than_the_setting_permits_is_refused(platform: Platform, settings: Settings) -> None:
    settings.REPLAY_MAX_EVENTS = 2
    platform.deliver(*texts(3))
    with pytest.raises(TooManyEvents):
        ask(platform)
    assert ReplayJob.objects.count() == 0
    two = list(Event.objects.values_list("pk", flat=True)[:2])
    assert ask(platform, of_events(two)).event_count == 2


def test_an_event_that_was_settled_otherwise_meanwhile_is_left_alone(platform: Platform) -> None:
    platform.deliver(text())
    job = ask(platform)
    Event.objects.update(state="processed", reason="applied")  # by a run that was still under way
    open_all(platform, job)
    assert Event.objects.get().state == "processed"
    collect_outcomes(now=platform.now)
    job.refresh_from_db()
    assert job.state == "finished"
    assert [change.changed for change in progress(job).changes] == [False]
    assert platform.scheduled() == []


@pytest.fixture
def in_steps_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventlog.replay.jobs.EVENTS_PER_STEP", 2)


def ticking(platform: Platform) -> Callable[[], datetime]:
    """A clock that goes on by a second with each look."""

    def clock() -> datetime:
        platform.now += timedelta(seconds=1)
        return platform.now

    return clock


def test_a_job_goes_on_where_its_time_was_up(platform: Platform, in_steps_of_two: None) -> None:
    platform.deliver(*texts(5))
    job = ask(platform)
    until = platform.now + timedelta(seconds=3)
    carry_on(job, queue=platform.queue, clock=ticking(platform), until=until)
    assert job.state == "opening"
    assert 0 < progress(job).to_open < 5
    carried = carry_on_all(
        queue=platform.queue, clock=lambda: platform.now, until=forever(platform)
    )
    job.refresh_from_db()
    assert (carried, job.state, progress(job).to_open) == ({job.pk}, "running", 0)
    assert Event.objects.filter(state="queued").count() == 5


def test_a_step_that_is_large_ends(platform: Platform) -> None:
    platform.deliver(*texts(EVENTS_PER_STEP + 1))
    assert replay(platform).done == EVENTS_PER_STEP + 1


def test_what_the_queue_does_not_take_is_left_to_the_sweeper(platform: Platform) -> None:
    platform.deliver(text())
    platform.track("e1")
    job = ask(platform)
    refusal = Fault(kind=FaultKind.PERMISSION_DENIED, service="tasks", method="CreateTask", times=1)
    platform.emulators.faults.add(refusal)
    with pytest.raises(QueueUnavailable):
        open_all(platform, job)
    assert platform.scheduled() == []
    assert sweep(queue=platform.queue, clock=lambda: platform.now, limit=10).events == 1
    run_tasks(platform)
    collect_outcomes(now=platform.now)
    open_all(platform, job)
    collect_outcomes(now=platform.now)
    job.refresh_from_db()
    assert job.state == "finished"
    assert platform.unread("e1") == 1


def test_a_queue_that_takes_nothing_gets_no_more_to_do(
    platform: Platform, in_steps_of_two: None
) -> None:
    """However often somebody's page goes on with the job; and all goes on once it takes tasks."""
    platform.deliver(*texts(5))
    platform.track("e1")
    job = ask(platform)
    platform.emulators.faults.add(
        Fault(kind=FaultKind.PERMISSION_DENIED, service="tasks", method="CreateTask", times=99)
    )
    for _ in range(4):
        with pytest.raises(QueueUnavailable):
            open_all(platform, job)
        platform.now += timedelta(seconds=2)
    assert (progress(job).without_task, progress(job).to_open) == (2, 3)
    platform.emulators.faults.clear()

    open_all(platform, job)

    assert (progress(job).queued, progress(job).to_open) == (5, 0)
    overdue = Event.objects.filter(check_at__lte=platform.now + timedelta(minutes=1))
    assert not overdue.exists()
    run_tasks(platform)
    assert platform.unread("e1") == 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite waits for whoever writes")
def test_nobody_turns_in_circles_while_another_opens_the_last_of_them(platform: Platform) -> None:
    platform.deliver(text())
    job = ask(platform)
    with ThreadPoolExecutor(1) as other, transaction.atomic():
        list(ReplayedEvent.objects.filter(job=job).select_for_update())
        looks: list[datetime] = []

        def clock() -> datetime:
            looks.append(platform.now)
            return platform.now

        went_on = other.submit(
            in_its_own_connection,
            lambda: carry_on(job, queue=platform.queue, clock=clock, until=forever(platform)),
        )
        assert went_on.result(timeout=20)
    assert len(looks) == 2
    job.refresh_from_db()
    assert job.state == "opening"


def in_its_own_connection(work: Callable[[], bool]) -> bool:
    try:
        return work()
    finally:
        connection.close()


def test_the_user_can_be_deleted_without_his_jobs(platform: Platform) -> None:
    platform.deliver(text())
    user = User.objects.create_user("ada")
    request = Request(job_id=uuid4(), name="x", selection=selection_of(), asked_by=user)
    start(request, now=platform.now)
    user.delete()
    assert (ReplayJob.objects.get().asked_by, ReplayJob.objects.get().asked_by_name) == (
        None,
        "ada",
    )


def test_a_choice_of_many_words_is_cut_and_says_so(platform: Platform) -> None:
    """As somebody makes it who ticks every reason and every kind."""
    platform.deliver(text())
    words = "one reason or another, " * 40
    job = ask(platform, Selection(events=Event.objects.all(), words=words))
    assert len(job.choice) == 500
    assert job.choice.endswith("\N{HORIZONTAL ELLIPSIS}")
