"""What waits for its message: how long, and beside whom."""

from datetime import timedelta
from typing import Any

from listeners.models import TaskRun
from tests.platform import Platform
from webhooks.models import Event
from webhooks.whatsapp.samples import reaction, status, text

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
