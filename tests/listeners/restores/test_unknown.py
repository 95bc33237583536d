"""A task whose delivery the ledger has lost: noted, looked for again, closed once it is back."""

import json
import logging
from datetime import timedelta
from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from eventlog.attention.restores import unknown_deliveries
from eventlog.balance import Account, balance
from eventlog.problems.rounds import look_round
from eventlog.questions.windows import Window
from eventlog.retention import prune
from listeners.models import Placement, TaskRun, UnknownDelivery
from listeners.restores.unknown import LOOKS, close_returned, still_open
from listeners.runs import Attempt
from listeners.services import Handled, handle
from sandbox.emulators import Emulators, Fault, FaultKind
from sandbox.samples import text
from tests.eventlog.admin.staff import on_call, support
from tests.platform import Platform
from webhooks import enqueuing
from webhooks.models import Delivery, Event
from webhooks.tasks import Task

DAY = timedelta(days=1)
DIGEST = "0a" * 32


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    """Our stand-in alone: what is unknown never gets as far as Firestore."""
    return stand_ins.firestore_host


def run(platform: Platform, task: Task) -> Handled:
    return handle(
        task,
        attempt=Attempt(),
        store=platform.store,
        queue=platform.queue,
        clock=lambda: platform.now,
    )


def enqueue(platform: Platform, *items: object) -> Task:
    """Receives a delivery and puts its task into the queue, which holds it."""
    delivery = Delivery.objects.get(pk=platform.receive(*items))
    enqueuing.enqueue(
        delivery=delivery.pk, digest=delivery.digest, queue=platform.queue, now=platform.now
    )
    return platform.scheduled()[-1][0]


def restore_to_before_everything() -> None:
    """The rows are gone, as after a restore; the queue keeps its tasks."""
    for model in (Placement, TaskRun, Event, Delivery):
        model._default_manager.all().delete()


@pytest.fixture
def lost(platform: Platform) -> Task:
    """A task whose delivery is gone."""
    platform.track("e1")
    task = enqueue(platform, text())
    restore_to_before_everything()
    return task


def of_its_own(platform: Platform) -> list[tuple[int, timedelta]]:
    """The tasks that look for it again: how many looks there were before, and when."""
    return [(task.looks, wait) for task, wait in platform.scheduled() if task.looks]


def test_it_is_noted_and_looked_for_later(platform: Platform, lost: Task) -> None:
    assert run(platform, lost) == Handled.UNKNOWN_DELIVERY
    noted = UnknownDelivery.objects.get()
    assert (noted.delivery, noted.digest) == (lost.delivery, lost.digest)
    assert (noted.first_seen_at, noted.seen, noted.closed_at) == (platform.now, 1, None)
    assert of_its_own(platform) == [(1, timedelta(minutes=1))]
    assert platform.unread("e1") == 0


def test_it_is_looked_for_ever_less_often_until_it_stops(platform: Platform, lost: Task) -> None:
    task, waits = lost, []
    for _ in LOOKS:
        assert run(platform, task) == Handled.UNKNOWN_DELIVERY
        task, wait = platform.scheduled()[-1]
        waits.append(wait)
        platform.now += wait
    assert tuple(waits) == LOOKS
    assert (waits[0], waits[-1]) == (timedelta(minutes=1), timedelta(hours=12))
    assert run(platform, task) == Handled.UNKNOWN_DELIVERY
    assert len(of_its_own(platform)) == len(LOOKS)
    assert UnknownDelivery.objects.get().seen == len(LOOKS) + 1


def test_many_tasks_of_one_delivery_are_one_search(platform: Platform, lost: Task) -> None:
    for _ in range(3):
        run(platform, lost)
    run(platform, Task(delivery=lost.delivery, digest=lost.digest, events=(7,)))
    assert len(of_its_own(platform)) == 1
    assert UnknownDelivery.objects.get().seen == 4


def test_a_task_of_an_older_release_is_noted_without_a_digest(platform: Platform) -> None:
    unknown = uuid4()
    assert run(platform, Task(delivery=unknown)) == Handled.UNKNOWN_DELIVERY
    assert UnknownDelivery.objects.get().digest == ""
    run(platform, Task(delivery=unknown, digest=DIGEST))
    assert UnknownDelivery.objects.get().digest == DIGEST


def test_bytes_that_come_again_close_it(platform: Platform, lost: Task) -> None:
    run(platform, lost)
    assert not everything(platform).balanced
    assert platform.deliver(text()) == [("processed", "applied")]
    assert everything(platform).balanced
    assert close_returned(now=platform.now) == 1
    closed = UnknownDelivery.objects.get()
    assert (closed.closing, closed.closed_at) == ("returned", platform.now)


def test_other_bytes_do_not(platform: Platform, lost: Task) -> None:
    run(platform, lost)
    platform.deliver(text(message_id="wamid.OTHER"))
    assert close_returned(now=platform.now) == 0
    assert everything(platform).unknown_deliveries == 1


def test_its_task_applies_bytes_that_came_again_under_another_id(
    platform: Platform, lost: Task
) -> None:
    """The ids of events that it names are those of another time."""
    again = platform.receive(text())
    other = platform.receive(text(message_id="wamid.OTHER"))
    named = Event.objects.get(delivery=other).pk
    task = Task(delivery=lost.delivery, digest=lost.digest, events=(named,))
    assert run(platform, task) == Handled.DONE
    assert platform.outcomes(again) == [("processed", "applied")]
    assert platform.outcomes(other) == [("received", "")]
    assert not UnknownDelivery.objects.exists()


def test_a_delivery_whose_row_comes_back_is_applied(platform: Platform, lost: Task) -> None:
    """Such as of a standby that was behind, or copied by hand from the old database."""
    run(platform, lost)
    row = Delivery.objects.get(pk=platform.receive(text()))
    Delivery.objects.filter(pk=row.pk).update(digest=DIGEST)
    row.pk = lost.delivery
    row.save(force_insert=True)
    Event.objects.update(delivery=row)
    [(look, _)] = [found for found in platform.scheduled() if found[0].looks]
    assert run(platform, look) == Handled.DONE
    assert platform.outcomes(row.pk) == [("processed", "applied")]
    assert close_returned(now=platform.now) == 1


def test_without_the_queue_it_is_noted_and_the_next_attempt_makes_the_task(
    platform: Platform, lost: Task
) -> None:
    refuse(platform)
    assert run(platform, lost) == Handled.UNKNOWN_DELIVERY
    assert of_its_own(platform) == []
    assert run(platform, lost) == Handled.UNKNOWN_DELIVERY
    assert of_its_own(platform) == [(1, timedelta(minutes=1))]


def refuse(platform: Platform) -> None:
    fault = Fault(kind=FaultKind.PERMISSION_DENIED, service="tasks", method="CreateTask", times=1)
    platform.emulators.faults.add(fault)


@pytest.mark.django_db(transaction=True)
def test_without_the_note_there_is_the_task_and_without_both_the_queue_tries_again(
    platform: Platform, lost: Task
) -> None:
    last = Task(delivery=lost.delivery, digest=lost.digest, looks=len(LOOKS))
    with connection.schema_editor() as editor:
        editor.execute("ALTER TABLE listeners_unknowndelivery RENAME TO gone")
    try:
        assert run(platform, lost) == Handled.UNKNOWN_DELIVERY
        assert of_its_own(platform) == [(1, timedelta(minutes=1))]
        refuse(platform)
        assert run(platform, lost) == Handled.TRY_AGAIN
        assert run(platform, last) == Handled.TRY_AGAIN
    finally:
        with connection.schema_editor() as editor:
            editor.execute("ALTER TABLE gone RENAME TO listeners_unknowndelivery")
    [(look, _)] = [found for found in platform.scheduled() if found[0].looks]
    assert run(platform, look) == Handled.UNKNOWN_DELIVERY
    assert UnknownDelivery.objects.get().looks == 2


def test_the_first_says_what_to_do(
    platform: Platform, lost: Task, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        run(platform, lost)
        run(platform, Task(delivery=uuid4(), digest=DIGEST))
    first, second = caplog.records
    assert "manage restored --to MOMENT" in first.getMessage()
    assert second.getMessage() == "A task names a delivery that is not in the ledger."
    assert vars(first)["delivery"] == str(lost.delivery)


def everything(platform: Platform) -> Account:
    return balance(Window(), now=platform.now)


@pytest.fixture
def unknown(db: None) -> UUID:
    """One that is open."""
    now = timezone.now()
    row = UnknownDelivery(delivery=uuid4(), digest=DIGEST, first_seen_at=now, last_seen_at=now)
    row.save()
    return row.delivery


def command(name: str, *options: str) -> str:
    output = StringIO()
    call_command(name, *options, stdout=output)
    return output.getvalue()


def test_accounted_fails_until_a_command_closes_it(unknown: UUID) -> None:
    with pytest.raises(CommandError, match="Not everything"):
        command("accounted")
    assert str(unknown) in command("unknown_deliveries")
    [shown] = json.loads(command("unknown_deliveries", "--json"))
    assert (shown["delivery"], shown["digest"], shown["seen"]) == (str(unknown), DIGEST, 1)
    assert command("unknown_deliveries", "--close", str(unknown)) == "Closed: 1.\n"
    command("accounted")
    with pytest.raises(CommandError, match="Not open"):
        command("unknown_deliveries", "--close", str(unknown))
    assert UnknownDelivery.objects.get().closing == "by_hand"


def test_all_can_be_closed_at_once(unknown: UUID) -> None:
    assert command("unknown_deliveries", "--close-all") == "Closed: 1.\n"
    assert not still_open().exists()


def test_catch_up_notes_what_came_again(platform: Platform, lost: Task) -> None:
    run(platform, lost)
    platform.deliver(text())
    assert json.loads(command("catch_up", "--json"))["returned"] == 1


def test_retention_deletes_what_is_closed_and_keeps_what_is_open(unknown: UUID) -> None:
    later = timezone.now() + DAY
    assert prune(before=later).unknown == 0
    command("unknown_deliveries", "--close-all")
    assert prune(before=later, dry_run=True).unknown == 1
    assert prune(before=later).unknown == 1
    assert not UnknownDelivery.objects.exists()


def test_the_front_page_says_so_and_leads_there(unknown: UUID) -> None:
    [notice] = unknown_deliveries(timezone.now())
    assert notice.words.startswith("Tasks name 1 delivery that the ledger has not, since ")
    look_round(now=timezone.now())
    page = support().get("/admin/").content.decode()
    assert notice.url in page
    assert unknown.hex[-8:] in support().get(notice.url).content.decode()
    command("unknown_deliveries", "--close-all")
    assert unknown_deliveries(timezone.now()) == []


LIST = "admin:listeners_unknowndelivery_changelist"


def close_in_admin(unknown: UUID) -> dict[str, str]:
    row = UnknownDelivery.objects.get(delivery=unknown)
    return {"action": "close_selected", "_selected_action": str(row.pk)}


def test_who_may_closes_it_and_leaves_a_trace(unknown: UUID) -> None:
    on_call().post(reverse(LIST), close_in_admin(unknown))
    closed = UnknownDelivery.objects.get()
    assert (closed.closing, closed.closed_by_name) == ("by_hand", "On-call")
    entry = LogEntry.objects.get()
    assert (entry.user.get_username(), entry.object_id) == ("On-call", str(closed.pk))


def test_who_may_not_cannot(unknown: UUID) -> None:
    support().post(reverse(LIST), close_in_admin(unknown))
    assert UnknownDelivery.objects.get().closed_at is None
    assert not LogEntry.objects.exists()


def test_its_page_shows_it(unknown: UUID) -> None:
    row = UnknownDelivery.objects.get()
    page = support().get(reverse("admin:listeners_unknowndelivery_change", args=[row.pk]))
    assert DIGEST in page.content.decode()
