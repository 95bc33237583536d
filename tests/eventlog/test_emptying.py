"""Bytes go sooner than the events that were read from them; what became of these is still told."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command

from eventlog.balance import balance
from eventlog.emptying import Emptied, empty_old
from eventlog.models import EmptiedMark
from eventlog.questions.windows import Window
from eventlog.replay import losses, repairs
from eventlog.replay.choosing import of_events
from eventlog.replay.jobs import NothingToReplay, Request, carry_on, start
from eventlog.replay.outcomes import collect_outcomes
from eventlog.replay.repairs import Remedy
from eventlog.replay.selection import Gone, preview
from eventlog.rereading.walk import reread
from eventlog.retention import prune
from sandbox.emulators import Emulators
from sandbox.samples import DRIVER_NUMBER, system, text
from tests.platform import START, Platform
from visn_whatsapp.findings import Finding
from webhooks.models import Delivery, Event
from webhooks.sweeper import sweep

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    """Our stand-in alone: nothing here asks Firestore for anything new."""
    return stand_ins.firestore_host


def empty(platform: Platform, **options: bool) -> Emptied:
    """Empties what has been received until now."""
    return empty_old(before=platform.now, now=platform.now, **options)


def settled(platform: Platform, message_id: str = "wamid.A") -> UUID:
    """A text that was skipped, a second ago."""
    delivery = platform.receive(text(message_id=message_id))
    platform.run(delivery)
    platform.now += SECOND
    return delivery


def has_bytes() -> list[bool]:
    """Of each delivery, the oldest first."""
    bodies = Delivery.objects.order_by("received_at").values_list("body", flat=True)
    return [body is not None for body in bodies]


def test_events_stay_and_checks_say_what_is_gone(platform: Platform) -> None:
    platform.track("e1")
    delivery = settled(platform)
    Delivery.objects.update(headers={"User-Agent": "x"})
    before = Event.objects.values().get()
    assert empty(platform, dry_run=True) == Emptied(emptied=1)
    assert empty(platform) == Emptied(emptied=1)
    assert empty(platform) == empty(platform, dry_run=True) == Emptied()
    row = Delivery.objects.get()
    assert (row.body, row.headers, row.emptied_at) == (None, {}, platform.now)
    assert Event.objects.values().get() == before
    window = Window(start=platform.now - DAY, end=platform.now)
    account = balance(window, now=platform.now)
    assert (account.finding, account.deliveries, account.items) == (Finding.WELL, 1, 1)
    *_, read_again = reread(window)
    assert (read_again.compared, read_again.emptied) == (0, 1)
    for document in platform.messages("e1").stream():
        document.reference.delete()
    found = repairs.preview(losses.of_events([before["id"]]), store=platform.store)
    assert found.counts == {Remedy.NO_BYTES: 1}
    assert platform.run(delivery)
    assert platform.outcomes(delivery) == [("processed", "applied")]


def test_a_replay_refuses_it_in_words(platform: Platform) -> None:
    delivery = settled(platform)
    event = Event.objects.get()
    empty(platform)
    [group] = preview(of_events([event.pk]), limit=10).groups
    assert (group.gone, group.replayable) == (Gone.EMPTIED, False)
    assert group.remark == "Its bytes are gone, so that nothing can be read again."
    request = Request(job_id=uuid4(), name="x", selection=of_events([event.pk]), asked_by=None)
    with pytest.raises(NothingToReplay):
        start(request, now=platform.now)
    assert platform.outcomes(delivery) == [("skipped", "no_active_tracking")]


def test_an_alias_opens_nothing_without_bytes(platform: Platform) -> None:
    new = "16505555678"
    platform.receive(text(number=new, user_id=""), contacts=[])
    platform.run(Delivery.objects.get().pk)
    platform.now += SECOND
    empty(platform)
    timestamp = int(START.timestamp())
    platform.receive(system(wa_id=new, number=DRIVER_NUMBER, timestamp=timestamp), contacts=[])
    assert sweep(queue=platform.queue, clock=lambda: platform.now, limit=10).reopened == 0


def test_what_is_open_or_was_replayed_is_left_and_looked_at_again(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventlog.emptying.DELIVERIES_AT_A_TIME", 1)
    settled(platform, "wamid.1")
    waits = platform.receive(text(message_id="wamid.2"))
    platform.now += SECOND
    settled(platform, "wamid.3")
    event = Event.objects.get(message_id="wamid.3")
    request = Request(job_id=uuid4(), name="x", selection=of_events([event.pk]), asked_by=None)
    job = start(request, now=platform.now)
    later = platform.now + SECOND
    carry_on(job, queue=platform.queue, clock=lambda: platform.now, until=later)
    platform.run(event.delivery_id)
    collect_outcomes(now=platform.now)
    settled(platform, "wamid.4")
    before = platform.now - SECOND / 2
    # The replay is of before that moment, and so of no more interest than what is as old.
    assert empty_old(before=before, now=platform.now) == Emptied(emptied=3, not_emptied=1)
    assert has_bytes() == [False, True, False, False]
    assert EmptiedMark.objects.get().kept_since == Delivery.objects.get(pk=waits).received_at
    platform.run(waits)
    assert empty_old(before=before, now=platform.now) == Emptied(emptied=1)
    assert has_bytes() == [False] * 4


def test_what_came_at_one_moment_goes_in_one_round(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventlog.emptying.DELIVERIES_AT_A_TIME", 2)
    for serial in range(5):
        platform.run(platform.receive(text(message_id=f"wamid.{serial}")))
    platform.now += SECOND
    assert empty(platform) == Emptied(emptied=5)


def test_a_replay_since_then_keeps_the_bytes(platform: Platform) -> None:
    settled(platform)
    before = platform.now
    platform.now += SECOND
    event = Event.objects.get()
    request = Request(job_id=uuid4(), name="x", selection=of_events([event.pk]), asked_by=None)
    start(request, now=platform.now)
    assert empty_old(before=before, now=platform.now) == Emptied(not_emptied=1)
    assert has_bytes() == [True]


def test_later_everything_goes_but_the_digest(platform: Platform) -> None:
    settled(platform)
    empty(platform)
    pruned = prune(before=platform.now + DAY)
    assert (pruned.events, pruned.deliveries) == (1, 1)
    row = Delivery.objects.get()
    assert (row.body, row.emptied_at, row.item_count) == (None, None, 1)
    window = Window(start=platform.now - DAY, end=platform.now)
    assert balance(window, now=platform.now).deliveries == 0
    assert prune(before=platform.now + DAY).deliveries == 0


def test_the_command_takes_both_times(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    settled(platform)
    Delivery.objects.update(received_at=START - 40 * DAY)
    Event.objects.update(received_at=START - 40 * DAY)
    call_command("prune_ledger", "--days=180", "--bytes-days=30", "--dry-run")
    assert "Bytes to be taken: deliveries 1." in capsys.readouterr().out
    call_command("prune_ledger", "--days=180", "--bytes-days=30", "--json")
    assert '"emptied": 1, "not_emptied": 0' in capsys.readouterr().out
    assert (has_bytes(), Event.objects.count()) == ([False], 1)


@pytest.mark.parametrize("days", ["6", "181", "0"])
def test_times_that_make_no_sense(db: None, days: str) -> None:
    with pytest.raises(CommandError, match="--bytes-days must be 7 or more, and no more than"):
        call_command("prune_ledger", "--days=180", f"--bytes-days={days}")
