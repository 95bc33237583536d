"""What waits for its message: how long, and beside whom."""

from datetime import timedelta
from typing import Any

from listeners.models import TaskRun
from sandbox.samples import reaction, status, text
from tests.platform import Platform
from webhooks.models import Event

APPLIED = ("processed", "applied")
WAITS = ("waiting", "waiting_for_message")
NOT_FOUND = ("skipped", "message_not_found")
WAIT_SECONDS = (5, 15, 60, 300, 900, 3600)


def version(platform: Platform, message_id: str) -> Any:
    """When a message was written last."""
    [found] = [
        snapshot
        for snapshot in platform.messages("e1").stream()
        if snapshot.get("whatsappMessageId") == message_id
    ]
    return found.update_time


def test_siblings_are_applied_at_once_and_never_written_again(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    delivery = platform.receive(
        text(message_id="wamid.T"),
        reaction(target_id="wamid.OUT"),
        statuses=[status(message_id="wamid.LATE")],
    )
    platform.run(delivery)
    assert platform.outcomes(delivery) == [APPLIED, APPLIED, WAITS]
    before = [version(platform, "wamid.T"), version(platform, "wamid.OUT")]
    platform.sends("e1", "wamid.LATE")
    assert platform.pass_time(delivery, timedelta(seconds=5)) == [APPLIED] * 3
    assert [version(platform, "wamid.T"), version(platform, "wamid.OUT")] == before
    late = Event.objects.get(message_id="wamid.LATE")
    [second, _] = TaskRun.objects.all()
    assert second.outcomes == {"applied": [late.pk]}
    assert platform.unread("e1") == 1


def test_after_the_last_wait_it_is_skipped(platform: Platform) -> None:
    platform.track("e1")
    delivery = platform.receive(statuses=[status(message_id="wamid.NEVER")])
    platform.run(delivery)
    for seconds in WAIT_SECONDS:
        assert platform.outcomes(delivery) == [WAITS]
        platform.pass_time(delivery, timedelta(seconds=seconds))
    assert platform.outcomes(delivery) == [NOT_FOUND]
    platform.sends("e1", "wamid.NEVER")
    assert platform.pass_time(delivery, timedelta(days=1)) == [NOT_FOUND]
    assert "status" not in platform.chat("e1")["wamid.NEVER"]


def test_a_task_that_comes_twice_uses_up_one_wait(platform: Platform) -> None:
    platform.track("e1")
    delivery = platform.receive(statuses=[status(message_id="wamid.LATE")])
    for _ in range(3):
        platform.run(delivery)
    assert Event.objects.get().waits == 1


def test_a_task_that_comes_before_its_time_comes_again(platform: Platform) -> None:
    """A queue whose clock is ahead of the ledger's by three seconds: nothing waits for a sweep."""
    ahead = timedelta(seconds=3)
    platform.track("e1")
    delivery = platform.receive(statuses=[status(message_id="wamid.LATE")])
    platform.run(delivery)
    [(task, wait)] = platform.scheduled()
    platform.sends("e1", "wamid.LATE")
    platform.now += wait - ahead
    platform.run(delivery, events=task.events)
    assert platform.outcomes(delivery) == [WAITS]
    [_, (again, wait)] = platform.scheduled()
    assert again == task
    platform.now += wait - ahead
    platform.run(delivery, events=again.events)
    assert platform.outcomes(delivery) == [APPLIED]
    assert len(platform.scheduled()) == 2


def test_a_task_that_comes_twice_makes_no_task_for_a_wait_that_is_far_off(
    platform: Platform,
) -> None:
    platform.track("e1")
    delivery = platform.receive(statuses=[status(message_id="wamid.NEVER")])
    platform.run(delivery)
    for seconds in WAIT_SECONDS[:2]:
        platform.pass_time(delivery, timedelta(seconds=seconds))
    [(task, _), *_] = platform.scheduled()
    platform.run(delivery, events=task.events)
    assert len(platform.scheduled()) == 3
