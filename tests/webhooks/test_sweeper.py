"""What the sweeper does with events that nobody has settled."""

from datetime import datetime, timedelta
from itertools import chain, count
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sandbox import samples
from tests.ledger_tasks import task_for
from tests.threads import at_once
from tests.webhooks.conftest import NOW, QueueContents
from tests.webhooks.databases import execute
from visn_whatsapp.budget import Budget
from webhooks import enqueuing, receiving
from webhooks.models import Delivery, Event, SweeperTask
from webhooks.outcomes import SETTLED, State
from webhooks.sweeper import SweepReport, due_events, interval, sweep
from webhooks.task_queue import TaskQueue

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def stuck(*, items: int = 1, serial: int = 0, at: datetime = NOW) -> UUID:
    """Records a delivery that was never sent on."""
    statuses = [samples.status(timestamp=samples.TIMESTAMP + serial)] * items
    body = samples.encode(samples.envelope(samples.entry(samples.change(statuses=statuses))))
    source = Delivery.Source.META
    return receiving.receive(body=body, headers={}, source=source, now=at).delivery


def ids(delivery: UUID) -> tuple[int, ...]:
    """Returns the keys of the events of a delivery."""
    return tuple(
        Event.objects.filter(delivery=delivery).order_by("pk").values_list("pk", flat=True)
    )


def test_what_is_not_due_is_left_alone(queue: TaskQueue, contents: QueueContents) -> None:
    stuck()

    report = sweep(queue=queue, clock=lambda: NOW + MINUTE - timedelta(microseconds=1), limit=10)

    assert report == SweepReport()
    assert contents.tasks() == []


def test_what_there_is_no_time_for_is_as_due_as_before(
    queue: TaskQueue, contents: QueueContents
) -> None:
    for serial in range(3):
        stuck(serial=serial)
    times = iter([0.0, 0.0, 1.0, 2.5])
    budget = Budget(2.0, clock=lambda: next(times))
    report = sweep(queue=queue, clock=lambda: NOW + MINUTE, limit=10, budget=budget)
    assert report == SweepReport(tasks=2, events=2, in_time=False)
    assert len(contents.tasks()) == 2
    assert sweep(queue=queue, clock=lambda: NOW + MINUTE, limit=10) == SweepReport(
        tasks=1, events=1
    )


def test_what_is_due_is_read_at_once_however_many_deliveries_it_is_of(
    queue: TaskQueue,
) -> None:
    reports, queries = [], []
    for serial in range(5):
        stuck(items=2, serial=serial)
        with CaptureQueriesContext(connection) as captured:
            reports.append(sweep(queue=queue, clock=lambda: NOW + MINUTE, limit=10, dry_run=True))
        queries.append([each["sql"] for each in captured if "FROM" in each["sql"]])

    assert reports[-1] == SweepReport(tasks=5, events=10)
    assert [len(each) for each in queries] == [1] * 5


def test_what_was_never_sent_on_gets_a_task_after_a_minute(
    queue: TaskQueue, contents: QueueContents
) -> None:
    delivery = stuck(items=3)

    report = sweep(queue=queue, clock=lambda: NOW + MINUTE, limit=10)

    assert report == SweepReport(tasks=1, events=3)
    assert contents.tasks() == [task_for(delivery, events=ids(delivery))]
    assert set(Event.objects.values_list("state", "queued_at", "rounds", "check_at")) == {
        (State.QUEUED, NOW + MINUTE, 1, NOW + MINUTE + 2 * MINUTE)
    }


def test_each_delivery_gets_its_own_task_the_most_overdue_first(
    queue: TaskQueue, contents: QueueContents
) -> None:
    later, sooner = stuck(serial=1, at=NOW + MINUTE), stuck(serial=2, at=NOW)

    report = sweep(queue=queue, clock=lambda: NOW + 5 * MINUTE, limit=10)

    assert report == SweepReport(tasks=2, events=2)
    assert [task.delivery for task in contents.tasks()] == [sooner, later]


def test_the_limit_counts_events(queue: TaskQueue, contents: QueueContents) -> None:
    delivery = stuck(items=5)

    assert sweep(queue=queue, clock=lambda: NOW + MINUTE, limit=2).events == 2
    assert sweep(queue=queue, clock=lambda: NOW + MINUTE, limit=9).events == 3
    assert [task.events for task in contents.tasks()] == [ids(delivery)[:2], ids(delivery)[2:]]


def test_a_task_names_a_bounded_number_of_events(queue: TaskQueue, contents: QueueContents) -> None:
    stuck(items=2500)

    assert sweep(queue=queue, clock=lambda: NOW + MINUTE, limit=5000) == SweepReport(
        tasks=3, events=2500
    )
    assert [len(task.events) for task in contents.tasks()] == [1000, 1000, 500]


def test_what_was_queued_and_lost_gets_another_task(
    queue: TaskQueue, contents: QueueContents
) -> None:
    delivery = stuck()
    enqueuing.enqueue(delivery=delivery, digest=task_for(delivery).digest, queue=queue, now=NOW)
    contents.client.purge_queue(name=contents.path)

    sweep(queue=queue, clock=lambda: NOW + MINUTE, limit=10)

    assert contents.tasks() == [task_for(delivery, events=ids(delivery))]
    assert Event.objects.get().queued_at == NOW


def test_what_waits_is_left_to_its_own_task_for_a_minute(
    queue: TaskQueue, contents: QueueContents
) -> None:
    delivery = stuck()
    Event.objects.update(state=State.WAITING, check_at=NOW)

    assert (
        sweep(queue=queue, clock=lambda: NOW + MINUTE - timedelta(seconds=1), limit=10).tasks == 0
    )
    assert sweep(queue=queue, clock=lambda: NOW + MINUTE, limit=10).tasks == 1
    assert contents.tasks() == [task_for(delivery, events=ids(delivery))]
    assert Event.objects.get().state == State.QUEUED


@pytest.mark.parametrize("state", sorted(SETTLED))
def test_what_is_settled_is_left_alone(
    queue: TaskQueue, contents: QueueContents, state: State
) -> None:
    stuck()
    Event.objects.update(state=state)

    assert sweep(queue=queue, clock=lambda: NOW + timedelta(days=1), limit=10) == SweepReport()
    assert Event.objects.get().state == state


def test_only_the_events_that_are_due_are_named(queue: TaskQueue, contents: QueueContents) -> None:
    delivery = stuck(items=3)
    processed, waiting, due = ids(delivery)
    Event.objects.filter(pk=processed).update(state=State.PROCESSED, check_at=None)
    Event.objects.filter(pk=waiting).update(state=State.WAITING, check_at=NOW + 5 * MINUTE)

    sweep(queue=queue, clock=lambda: NOW + MINUTE, limit=10)

    assert contents.tasks() == [task_for(delivery, events=(due,))]


def test_the_interval_doubles_up_to_six_hours() -> None:
    minutes = [interval(rounds) / MINUTE for rounds in range(11)]

    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]


def test_after_ten_rounds_an_event_is_given_up(
    queue: TaskQueue, contents: QueueContents, caplog: pytest.LogCaptureFixture
) -> None:
    stuck()
    moments = [NOW]
    reports = []
    while Event.objects.filter(check_at__isnull=False).exists():
        moments.append(Event.objects.get().check_at or NOW)
        reports.append(sweep(queue=queue, clock=lambda: moments[-1], limit=10))

    assert reports == [SweepReport(tasks=1, events=1)] * 10 + [SweepReport(gave_up=1)]
    event = Event.objects.get()
    assert (event.state, event.reason, event.settled_at) == ("failed", "gave_up", moments[-1])
    assert moments[-1] - NOW == sum((interval(rounds) for rounds in range(11)), timedelta())
    assert len(contents.tasks()) == 10
    assert caplog.messages == ["Events were given up."]


def test_what_a_long_round_does_bears_the_moment_at_which_it_does_it(
    queue: TaskQueue, contents: QueueContents
) -> None:
    """Figures and tail look back for two minutes; what was settled longer ago they have seen."""
    sent, given_up, later = (stuck(serial=serial) for serial in range(3))
    Event.objects.filter(delivery=given_up).update(rounds=10, check_at=NOW + 2 * MINUTE)
    Event.objects.filter(delivery=later).update(check_at=NOW + 6 * MINUTE)
    hours = (NOW + timedelta(hours=number) for number in count(1))
    moments = chain([NOW + 5 * MINUTE], hours)

    report = sweep(queue=queue, clock=lambda: next(moments), limit=10)

    assert report == SweepReport(tasks=1, events=1, gave_up=1)  # by the moment at which it began
    first, second = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    event = Event.objects.get(delivery=sent)
    assert (event.queued_at, event.check_at) == (first, first + 2 * MINUTE)
    assert SweeperTask.objects.get().made_at == first
    assert Event.objects.get(delivery=given_up).settled_at == second
    assert Event.objects.get(delivery=later).state == State.RECEIVED


def test_what_is_due_within_hours_gets_its_task_now_where_that_is_asked_for(
    queue: TaskQueue, contents: QueueContents
) -> None:
    """Nobody is given up sooner for it, and what is due later still is left alone."""
    soon, given_up, late = (stuck(serial=serial) for serial in range(3))
    hour = timedelta(hours=1)
    Event.objects.filter(delivery=given_up).update(rounds=10, check_at=NOW + hour)
    Event.objects.filter(delivery=soon).update(rounds=7, check_at=NOW + 2 * hour)
    Event.objects.filter(delivery=late).update(rounds=7, check_at=NOW + 2 * hour + MINUTE)

    for dry_run in (True, False):
        report = sweep(queue=queue, clock=lambda: NOW, limit=10, dry_run=dry_run, ahead=2 * hour)
        assert report == SweepReport(tasks=1, events=1)

    assert [task.delivery for task in contents.tasks()] == [soon]
    event = Event.objects.get(delivery=soon)
    assert (event.rounds, event.check_at) == (8, NOW + 256 * MINUTE)
    assert Event.objects.get(delivery=given_up).state == State.RECEIVED


def test_what_waits_for_its_message_is_not_taken_ahead_of_its_time(
    queue: TaskQueue, contents: QueueContents
) -> None:
    """It would lose a step of its wait, and may be looked for the last time too early."""
    waits = stuck()
    soon = NOW + timedelta(minutes=30)
    Event.objects.filter(delivery=waits).update(state=State.WAITING, waits=6, check_at=soon)

    report = sweep(queue=queue, clock=lambda: NOW, limit=10, ahead=timedelta(hours=6))

    assert report == SweepReport()
    assert contents.tasks() == []
    event = Event.objects.get(delivery=waits)
    assert (event.state, event.waits, event.check_at) == (State.WAITING, 6, soon)


def test_a_queue_that_is_down_counts_against_nobody(
    queue: TaskQueue, contents: QueueContents
) -> None:
    stuck(serial=1)
    stuck(serial=2)
    standing = Event.objects.values_list("state", "queued_at", "check_at", "rounds").order_by("pk")
    before = list(standing)
    contents.refuse()

    report = sweep(queue=queue, clock=lambda: NOW + MINUTE, limit=10)

    assert report == SweepReport(queue_available=False)
    assert list(standing.all()) == before
    assert sweep(queue=queue, clock=lambda: NOW + MINUTE, limit=10) == SweepReport(
        tasks=2, events=2
    )


def test_who_is_interrupted_while_the_queue_is_asked_leaves_events_as_they_were(
    queue: TaskQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck(items=3)
    before = list(Event.objects.order_by("pk").values())

    def interrupted(*_: object, **__: object) -> None:
        assert set(Event.objects.values_list("state", flat=True)) == {State.QUEUED}
        raise KeyboardInterrupt

    monkeypatch.setattr(TaskQueue, "create", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sweep(queue=queue, clock=lambda: NOW + MINUTE, limit=10)
    assert list(Event.objects.order_by("pk").values()) == before


def test_a_dry_run_only_counts(queue: TaskQueue, contents: QueueContents) -> None:
    stuck(items=3)
    stuck(serial=1)
    Event.objects.filter(delivery=stuck(serial=2)).update(rounds=10)
    before = list(Event.objects.order_by("pk").values())

    report = sweep(queue=queue, clock=lambda: NOW + MINUTE, limit=10, dry_run=True)

    assert report == SweepReport(tasks=2, events=4, gave_up=1)
    assert list(Event.objects.order_by("pk").values()) == before
    assert contents.tasks() == []


@pytest.mark.django_db(transaction=True)
def test_sweepers_beside_each_other_make_one_task_per_delivery(
    queue: TaskQueue, contents: QueueContents
) -> None:
    deliveries = {stuck(serial=serial) for serial in range(12)}
    reports = at_once([lambda: sweep(queue=queue, clock=lambda: NOW + MINUTE, limit=100)] * 4)

    assert sum(report.tasks for report in reports) == 12
    assert sorted(task.delivery for task in contents.tasks()) == sorted(deliveries)
    assert set(Event.objects.values_list("rounds", flat=True)) == {1}


def test_the_question_is_answered_by_the_index() -> None:
    stuck(items=30)
    Event.objects.update(state=State.PROCESSED, check_at=None)
    stuck(serial=1)

    if connection.vendor == "postgresql":
        execute("SET LOCAL enable_seqscan = off")
    plan = due_events(NOW).order_by("check_at", "pk").explain()

    assert "event_check_at" in plan


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no sequences")
def test_a_trace_whose_key_is_taken_holds_nobody_up(
    queue: TaskQueue, contents: QueueContents, caplog: pytest.LogCaptureFixture
) -> None:
    """As after a restore: the tasks are what counts."""
    first, *others = (stuck(serial=serial) for serial in range(3))
    SweeperTask.objects.create(pk=10**9, delivery_id=first, made_at=NOW, round=1)
    execute(f"SELECT setval('webhooks_sweepertask_id_seq', {10**9}, false)")

    report = sweep(queue=queue, clock=lambda: NOW + MINUTE, limit=10)

    assert (report.tasks, len(contents.tasks())) == (3, 3)
    named = [getattr(record, "constraint", None) for record in caplog.records]
    assert named == ["webhooks_sweepertask_pkey"]
    assert SweeperTask.objects.filter(delivery__in=others).count() == 2
