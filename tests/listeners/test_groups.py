"""A task of several deliveries: what goes wrong with one of them concerns no other."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from django.db import connection
from msgspec import structs

from listeners.groups import handle_each
from listeners.models import TaskRun, UnknownDelivery
from listeners.runs import Attempt
from listeners.services import Handled
from sandbox.emulators import Emulators, Fault, FaultKind
from sandbox.samples import text
from tests.ledger_tasks import task_for
from tests.platform import Platform
from visn_whatsapp.budget import Budget
from visn_whatsapp.traces import Handling
from webhooks.tasks import Task

APPLIED = [("processed", "applied")]
RECEIVED = [("received", "")]


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> Iterator[str]:
    """Our stand-in alone: it is what goes wrong on demand."""
    yield stand_ins.firestore_host
    stand_ins.faults.clear()


@pytest.fixture
def received(platform: Platform) -> list[UUID]:
    """Three deliveries of a text each, of one chat."""
    platform.track("e1")
    return [platform.receive(text(message_id=f"wamid.{name}")) for name in "ABC"]


def handled(platform: Platform, *deliveries: UUID, budget: Budget | None = None) -> Handled:
    return handle_each(
        [task_for(each) for each in deliveries],
        attempt=Attempt(task_name="of-several", retry_count=1),
        store=platform.store,
        queue=platform.queue,
        budget=budget,
    )


def refuse(platform: Platform, *, skip: int = 0, times: int = 1) -> None:
    """Firestore refuses to look for tracking records so many times, after so many."""
    fault = Fault(
        kind=FaultKind.PERMISSION_DENIED,
        service="firestore",
        method="RunQuery",
        skip=skip,
        times=times,
    )
    platform.emulators.faults.add(fault)


def refuse_one(platform: Platform, odd: int) -> None:
    """What all look at together is refused, so each looks by itself; and so is one of those."""
    refuse(platform)
    refuse(platform, skip=odd)


def break_queue(platform: Platform) -> None:
    fault = Fault(kind=FaultKind.PERMISSION_DENIED, service="tasks", method="CreateTask", times=99)
    platform.emulators.faults.add(fault)


def test_each_delivery_is_applied_and_has_its_own_run(
    platform: Platform, received: list[UUID]
) -> None:
    assert handled(platform, *received) == Handled.DONE
    assert [platform.outcomes(each) for each in received] == [APPLIED] * 3
    assert platform.unread("e1") == 3
    assert platform.scheduled() == []
    runs = TaskRun.objects.values_list("delivery", "task_name", "retry_count", "result")
    assert set(runs) == {(each, "of-several", 1, "done") for each in received}


def test_the_same_task_again_changes_nothing(platform: Platform, received: list[UUID]) -> None:
    handled(platform, *received, received[0])
    before = platform.chat("e1")
    assert handled(platform, *received) == Handled.DONE
    assert platform.chat("e1") == before
    assert platform.unread("e1") == 3


@pytest.mark.parametrize("odd", [0, 1, 2])
def test_what_must_be_tried_again_gets_a_task_of_its_own(
    platform: Platform, received: list[UUID], odd: int
) -> None:
    refuse_one(platform, odd)
    assert handled(platform, *received) == Handled.DONE
    expected = [APPLIED] * 3
    expected[odd] = RECEIVED
    assert [platform.outcomes(each) for each in received] == expected
    assert [task for task, _ in platform.scheduled()] == [task_for(received[odd])]
    platform.run(received[odd])
    assert platform.unread("e1") == 3


def test_a_task_of_its_own_is_of_its_own_trace(platform: Platform, received: list[UUID]) -> None:
    own = [f"00-{number:032x}-{number:016x}-01" for number in (1, 2, 3)]
    refuse_one(platform, 1)
    with Handling({"HTTP_TRACEPARENT": own[0]}):
        handle_each(
            [
                structs.replace(task_for(each), traceparent=traceparent)
                for each, traceparent in zip(received, own, strict=True)
            ],
            attempt=Attempt(),
            store=platform.store,
            queue=platform.queue,
        )
    [task] = platform.tasks_client.list_tasks(
        request={"parent": platform.queue.path, "response_view": "FULL"}
    )
    assert task.http_request.headers["traceparent"] == own[1]


def test_where_none_comes_to_its_end_the_queue_shall_slow_down(
    platform: Platform, received: list[UUID]
) -> None:
    refuse(platform, times=99)
    assert handled(platform, *received) == Handled.TRY_AGAIN
    assert [platform.outcomes(each) for each in received] == [RECEIVED] * 3
    assert platform.scheduled() == []


def test_where_the_queue_takes_nothing_all_come_again(
    platform: Platform, received: list[UUID]
) -> None:
    refuse_one(platform, 1)
    break_queue(platform)
    assert handled(platform, *received) == Handled.TRY_AGAIN
    platform.emulators.faults.clear()
    assert handled(platform, *received) == Handled.DONE
    assert [platform.outcomes(each) for each in received] == [APPLIED] * 3
    assert platform.unread("e1") == 3


def test_an_unknown_delivery_among_them_is_noted(platform: Platform, received: list[UUID]) -> None:
    unknown = Task(delivery=uuid4(), digest="0a" * 32)
    tasks = [task_for(received[0]), unknown, task_for(received[1])]
    result = handle_each(tasks, attempt=Attempt(), store=platform.store, queue=platform.queue)
    assert result == Handled.DONE
    assert [platform.outcomes(each) for each in received] == [APPLIED, APPLIED, RECEIVED]
    assert UnknownDelivery.objects.get().delivery == unknown.delivery


def test_when_the_time_is_up_the_others_get_tasks(platform: Platform, received: list[UUID]) -> None:
    refuse(platform)
    budget = Budget(1.0, clock=iter((0.0, 0.5, 1.5, 1.5)).__next__)
    assert handled(platform, *received, budget=budget) == Handled.DONE
    assert [platform.outcomes(each) for each in received] == [APPLIED, RECEIVED, RECEIVED]
    assert [task for task, _ in platform.scheduled()] == [task_for(each) for each in received[1:]]


@pytest.mark.django_db(transaction=True)
def test_an_error_of_the_ledger_concerns_no_other(
    platform: Platform, received: list[UUID], caplog: pytest.LogCaptureFixture
) -> None:
    refuse(platform)
    assert platform.run(received[1]) == Handled.TRY_AGAIN
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX one_run ON listeners_taskrun (delivery_id)")
    caplog.clear()
    try:
        assert handled(platform, *received) == Handled.DONE
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX one_run")
    assert [platform.outcomes(each) for each in received] == [APPLIED, RECEIVED, APPLIED]
    told = [vars(each)["delivery"] for each in caplog.records if each.levelname != "INFO"]
    assert told == [str(received[1])]
    assert platform.run(received[1]) == Handled.DONE
    assert platform.unread("e1") == 3
