"""The sweeper and the task handler together: a lost wait goes on, giving up shows and can end."""

from datetime import timedelta
from uuid import UUID

from sandbox.samples import image, reaction, status, text
from tests.ledger_tasks import task_for
from tests.platform import Platform
from webhooks.models import Event
from webhooks.sweeper import SweepReport, sweep

APPLIED = ("processed", "applied")
WAITS = ("waiting", "waiting_for_message")
NOT_FOUND = ("skipped", "message_not_found")
GAVE_UP = ("failed", "gave_up")
IGNORED = ("ignored", "unsupported_type")
HOUR = timedelta(hours=1)


def lose_all_tasks(platform: Platform) -> None:
    """Empties the queue."""
    platform.tasks_client.purge_queue(name=platform.queue.path)


def swept(platform: Platform, time: timedelta) -> SweepReport:
    """Lets time go by and sweeps."""
    platform.now += time
    return sweep(queue=platform.queue, clock=lambda: platform.now, limit=1000)


def run_all(platform: Platform) -> None:
    """Handles every task of the queue once."""
    tasks = [task for task, _ in platform.scheduled()]
    lose_all_tasks(platform)
    for task in tasks:
        platform.run(task.delivery, events=task.events)


def lost_wait(platform: Platform) -> UUID:
    """A delivery with a status that waits, and no task for it."""
    platform.track("e1")
    delivery = platform.receive(text(), statuses=[status(message_id="wamid.LATE")])
    platform.run(delivery)
    lose_all_tasks(platform)
    return delivery


def test_a_wait_whose_task_was_lost_goes_on(platform: Platform) -> None:
    delivery = lost_wait(platform)
    platform.sends("e1", "wamid.LATE")
    assert swept(platform, timedelta(minutes=2)) == SweepReport(tasks=1, events=1)
    waiting = Event.objects.get(kind="status")
    assert [task for task, _ in platform.scheduled()] == [task_for(delivery, events=(waiting.pk,))]
    run_all(platform)
    assert platform.outcomes(delivery) == [APPLIED, APPLIED]


def test_a_wait_ends_though_every_task_is_lost(platform: Platform) -> None:
    """Only the sweeper's own tasks come; the waits are used up and the event is skipped."""
    delivery = lost_wait(platform)
    for _ in range(6):
        assert platform.outcomes(delivery) == [APPLIED, WAITS]
        swept(platform, 2 * HOUR)
        run_all(platform)
        lose_all_tasks(platform)
    assert platform.outcomes(delivery) == [APPLIED, NOT_FOUND]


def test_a_sweep_beside_a_run_doubles_nothing(platform: Platform) -> None:
    """The run's task and the sweeper's come one after the other."""
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    delivery = platform.receive(text(), reaction(target_id="wamid.OUT"))
    assert swept(platform, HOUR).events == 2
    platform.run(delivery)
    run_all(platform)
    assert platform.outcomes(delivery) == [APPLIED, APPLIED]
    assert platform.unread("e1") == 1
    assert swept(platform, HOUR) == SweepReport()


def test_what_was_given_up_is_told_and_done_by_the_next_delivery(platform: Platform) -> None:
    platform.track("e1")
    delivery = platform.receive(text(message_id="wamid.T"))
    for _ in range(11):
        swept(platform, 7 * HOUR)
        lose_all_tasks(platform)
    assert platform.outcomes(delivery) == [GAVE_UP]
    platform.run(delivery)
    assert platform.outcomes(delivery) == [GAVE_UP]
    assert platform.deliver(text(message_id="wamid.T"), image()) == [APPLIED, IGNORED]
    assert platform.unread("e1") == 1
