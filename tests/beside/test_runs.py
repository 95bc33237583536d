"""Runs, replays and retention that meet in the middle of a run: each sees what the other did."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from eventlog.replay.choosing import of_events
from eventlog.replay.jobs import Request, carry_on, start
from eventlog.retention import prune
from listeners import placements
from listeners.firestore.errors import Missing
from listeners.firestore.store import Store
from listeners.firestore.writes import Write
from listeners.models import Placement
from listeners.runs import Attempt
from listeners.services import Handled, handle
from sandbox.emulators import Emulators
from sandbox.samples import TEXT_ID, image, reaction, status, text
from tests.company import one_task
from tests.platform import LEASE, Platform
from webhooks import transitions
from webhooks.inserting import insert_new
from webhooks.models import Event
from webhooks.tasks import Task

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
APPLIED = ("processed", "applied")
DUPLICATE = ("duplicate", "already_applied")


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    """Our stand-in alone: what meets here is in the ledger."""
    return stand_ins.firestore_host


class Interrupted(Store):
    """A store on whose last call of a run something else happens."""

    def __init__(self, platform: Platform, what: Any) -> None:
        super().__init__(main=platform.main, ancillary=platform.ancillary)
        self.what = what

    def commit(self, writes: Iterable[Write]) -> None:
        """Commits, and lets it happen whether it was refused or not."""
        try:
            super().commit(list(writes))
        finally:
            self._happen()

    def load(self, **wanted: Any) -> Any:
        """Loads, and lets it happen if nothing will be written."""
        records, messages = super().load(**wanted)
        if not any(record.active for record in records):
            self._happen()
        return records, messages

    def _happen(self) -> None:
        what, self.what = self.what, lambda: None
        what()


def run_interrupted(platform: Platform, delivery: UUID, what: Any) -> Handled:
    """Handles a task, and lets something happen before its outcomes are recorded."""
    begun = platform.now
    return handle(
        Task(delivery=delivery),
        attempt=Attempt(),
        store=Interrupted(platform, what),
        queue=platform.queue,
        clock=lambda: begun,
    )


def replay(platform: Platform, events: Iterable[Event]) -> None:
    """Opens events again."""
    platform.now += SECOND
    selection = of_events([event.pk for event in events])
    job = start(
        Request(job_id=uuid4(), name="J", selection=selection, asked_by=None), now=platform.now
    )
    carry_on(job, queue=platform.queue, clock=lambda: platform.now, until=platform.now + DAY)


def test_a_run_of_before_does_not_decide_over_a_replay(platform: Platform) -> None:
    delivery = platform.receive(text())

    def meanwhile() -> None:
        platform.run(delivery)
        platform.track("e1")
        replay(platform, Event.objects.all())

    run_interrupted(platform, delivery, meanwhile)
    assert platform.outcomes(delivery) == [("queued", "")]
    platform.run(delivery)
    assert platform.outcomes(delivery) == [APPLIED]


def test_nor_do_many_of_its_events(platform: Platform) -> None:
    texts = [text(message_id=f"wamid.{serial}") for serial in range(10)]
    delivery = platform.receive(*texts)

    def meanwhile() -> None:
        platform.run(delivery)
        replay(platform, Event.objects.all()[:4])

    run_interrupted(platform, delivery, meanwhile)
    assert sorted(platform.outcomes(delivery)) == sorted(
        [("queued", "")] * 4 + [("skipped", "no_active_tracking")] * 6
    )


def test_a_text_is_processed_though_its_own_run_could_not_write_it(platform: Platform) -> None:
    """The enquiry appears: another delivery writes the text and records it first."""
    platform.track("e1")
    platform.enquiry("e1").delete()
    own, other = platform.receive(text()), platform.receive(text(), text(message_id="wamid.2"))

    def meanwhile() -> None:
        platform.enquiry("e1").set({"unReadWhatsappMessageCount": 0})
        platform.run(other)

    run_interrupted(platform, own, meanwhile)
    check_one_processed(platform, own, other)


def test_a_text_is_processed_though_its_own_run_has_recorded_otherwise(platform: Platform) -> None:
    """Another delivery writes the text, and records it last."""
    platform.track("e1")
    own, other = platform.receive(text()), platform.receive(text(), text(message_id="wamid.2"))
    event = Event.objects.get(delivery=own)
    Placement.objects.create(
        lease_number=event.lease_number,
        message_id=event.message_id,
        lease_id="lease-1",
        enquiry_id="e1",
        event=event,
    )
    run_interrupted(platform, other, lambda: deny(platform, own))
    check_one_processed(platform, own, other)


def check_one_processed(platform: Platform, own: UUID, other: UUID) -> None:
    """The event that owns the text's place is the one that is processed."""
    assert platform.unread("e1") == 2
    assert platform.outcomes(own) == [APPLIED]
    assert platform.outcomes(other) == [("duplicate", "already_applied"), APPLIED]


def deny(platform: Platform, delivery: UUID) -> None:
    """Records that a delivery's text could not be written."""

    class Deaf(Store):
        def commit(self, writes: Iterable[Write]) -> None:  # noqa: ARG002
            raise Missing

    store = Deaf(main=platform.main, ancillary=platform.ancillary)
    handle(
        Task(delivery=delivery),
        attempt=Attempt(),
        store=store,
        queue=platform.queue,
        clock=lambda: platform.now,
    )
    assert platform.outcomes(delivery) == [("skipped", "enquiry_not_found")]


Change = Mapping[str, Sequence[dict[str, Any]]]
ORDERS = pytest.mark.parametrize("order", [(0, 1), (1, 0)])
CHANGES = pytest.mark.parametrize(
    "change",
    [
        {"messages": [reaction(target_id="wamid.OUT")]},
        {"statuses": [status(message_id="wamid.OUT", word="read")]},
    ],
    ids=["reaction", "status"],
)


def break_off() -> None:
    """Ends the process."""
    raise KeyboardInterrupt


class Looking(Interrupted):
    """Lets it happen once everything has been looked at."""

    def load(self, **wanted: Any) -> Any:
        """Loads."""
        found = super().load(**wanted)
        self._happen()
        return found


def twice(platform: Platform, change: Change) -> tuple[UUID, UUID]:
    """Two deliveries of one change of a message that we sent."""
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    messages, statuses = change.get("messages", ()), change.get("statuses", ())
    pictures = (image(message_id=f"wamid.{serial}") for serial in "12")
    first, second = (platform.receive(*messages, each, statuses=statuses) for each in pictures)
    return first, second


def broken_off(platform: Platform, change: Change) -> tuple[UUID, UUID]:
    """The same, where the first one's run has made the change and ended before it said so."""
    deliveries = twice(platform, change)
    with pytest.raises(KeyboardInterrupt):
        run_interrupted(platform, deliveries[0], break_off)
    return deliveries


def changed(platform: Platform, *deliveries: UUID) -> list[tuple[str, str]]:
    """What became of the change in each delivery."""
    events = Event.objects.filter(kind__in=("reaction", "status"))
    found = {each.delivery_id: (each.state, each.reason) for each in events}
    return [found[each] for each in deliveries]


@CHANGES
@ORDERS
def test_a_change_is_told_by_the_run_that_made_it_though_another_is_recorded_first(
    platform: Platform, change: Change, order: Sequence[int]
) -> None:
    deliveries = twice(platform, change)
    own, other = (deliveries[place] for place in order)
    run_interrupted(platform, own, partial(platform.run, other))
    assert changed(platform, own, other) == [APPLIED, DUPLICATE]


@CHANGES
def test_a_change_is_told_by_the_last_that_is_left_where_its_run_broke_off(
    platform: Platform, change: Change
) -> None:
    own, other = broken_off(platform, change)
    platform.run(other)
    assert changed(platform, own, other) == [("received", ""), DUPLICATE]
    platform.run(own)
    assert changed(platform, own, other) == [APPLIED, DUPLICATE]


@CHANGES
@ORDERS
def test_a_change_of_two_in_one_run_is_told_by_one_though_a_task_comes_twice(
    platform: Platform, change: Change, order: Sequence[int]
) -> None:
    """The other task of one of them finds the other open, and leaves it to that."""
    deliveries = twice(platform, change)
    own = deliveries[order[0]]
    store = Interrupted(platform, partial(platform.run, own))
    one_task(platform, [Task(delivery=each) for each in deliveries], store)
    assert sorted(changed(platform, *deliveries)) == [DUPLICATE, APPLIED]


@CHANGES
@ORDERS
def test_so_it_is_where_an_earlier_run_broke_off(
    platform: Platform, change: Change, order: Sequence[int]
) -> None:
    deliveries = broken_off(platform, change)
    store = Looking(platform, partial(platform.run, deliveries[order[0]]))
    one_task(platform, [Task(delivery=each) for each in deliveries], store)
    assert sorted(changed(platform, *deliveries)) == [DUPLICATE, APPLIED]


@CHANGES
def test_a_change_is_not_left_to_one_that_waits_for_longer(
    platform: Platform, change: Change
) -> None:
    own, other = broken_off(platform, change)
    later = platform.now + timedelta(minutes=9)
    Event.objects.filter(delivery=other).update(state="waiting", check_at=later)
    platform.run(own)
    assert changed(platform, own) == [APPLIED]


@CHANGES
def test_a_change_that_was_left_to_one_that_is_denied_is_told_by_who_left_it(
    platform: Platform, change: Change
) -> None:
    own, other = broken_off(platform, change)
    platform.run(own)
    assert changed(platform, own) == [DUPLICATE]
    record = platform.ancillary.document(f"whatsapp/lease/{LEASE}/record-1")
    record.update({"active": False})
    platform.run(other)
    assert changed(platform, own, other) == [APPLIED, ("skipped", "no_active_tracking")]


def test_a_younger_delivery_of_a_text_inherits_its_place(platform: Platform) -> None:
    """Retention deletes the event that owned it; the other is replayed after the driver moved."""
    platform.track("e1")
    platform.deliver(text())
    platform.now += 6 * DAY
    again = platform.receive(text(), text(message_id="wamid.2"))
    Event.objects.filter(delivery=again).update(state="failed", reason="gave_up", check_at=None)
    platform.ancillary.document(f"whatsapp/lease/{LEASE}/record-1").update({"active": False})
    platform.track("e2")
    platform.now += 25 * DAY
    assert prune(before=platform.now - 30 * DAY).deliveries == 1
    replay(platform, Event.objects.filter(delivery=again))
    platform.run(again)
    assert (platform.unread("e1"), platform.unread("e2")) == (1, 1)
    assert set(platform.chat("e2")) == {"wamid.2"}
    prune(before=platform.now + 30 * DAY)
    assert not Placement.objects.exists()


def test_a_place_that_retention_takes_away_between_two_statements_is_taken_again(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.track("e1")
    platform.deliver(text())
    again = platform.receive(text(), text(message_id="wamid.2"))

    def insert_and_prune(rows: Any, **options: Any) -> None:
        insert_new(rows, **options)
        monkeypatch.setattr(placements, "insert_new", insert_new)
        Placement.objects.filter(message_id=TEXT_ID).delete()

    monkeypatch.setattr(placements, "insert_new", insert_and_prune)
    assert platform.run(again) == Handled.DONE
    assert {state for state, _ in platform.outcomes(again)} == {"processed"}
    assert platform.unread("e1") == 2


def test_a_text_that_is_given_up_while_another_run_records_it_is_processed(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.track("e1")
    own = platform.receive(text())
    platform.run(own)  # writes the message
    owner = Event.objects.filter(delivery=own)
    owner.update(state="queued", reason="", settled_at=None)  # as if it had ended before it said so
    other = platform.receive(text(forwarded=True))
    decide = transitions.decide

    def after_a_wait(*arguments: Any, **words: Any) -> None:
        transitions.give_up(owner, now=platform.now)
        decide(*arguments, **words)

    monkeypatch.setattr(transitions, "decide", after_a_wait)
    platform.run(other)
    assert (platform.outcomes(own), platform.unread("e1")) == ([APPLIED], 1)
    assert platform.outcomes(other) == [("duplicate", "already_applied")]
