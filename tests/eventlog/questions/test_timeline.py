"""The story of a message, told from the rows that the real flow left behind."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db.models import F
from pytest_django import DjangoAssertNumQueries

from eventlog.questions.history import EVENTS_AT_MOST, history_of
from eventlog.questions.timeline import Entry, timeline
from eventlog.replay.choosing import of_events
from eventlog.replay.jobs import Request, carry_on, start
from listeners.models import TaskRun
from sandbox.emulators import Emulators
from sandbox.samples import image, reaction, status, system, text
from tests.platform import DRIVER, LEASE, Platform
from tests.rows import NOON, add_events, make_delivery, make_event
from webhooks.models import Delivery, Event
from webhooks.outcomes import State
from webhooks.sweeper import sweep
from webhooks.transitions import queue_deliveries
from webhooks.whatsapp.items import Kind

SECOND = timedelta(seconds=1)
APPLIED = "processed applied"


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> Iterator[str]:
    """Our stand-in alone: the log is in front of Firestore."""
    yield stand_ins.firestore_host
    stand_ins.faults.clear()


def told(event: Event, *, now: datetime, own: bool = True) -> list[str]:
    """The steps as lines of `title, outcome, note`; those of the event alone, or of all."""
    return [
        ", ".join(filter(None, (entry.step.title, outcome(entry), entry.step.note)))
        for entry in timeline(history_of(event), now=now)
        if entry.own or not own
    ]


def outcome(entry: Entry) -> str:
    return f"{entry.step.state} {entry.step.reason}".strip()


def event_named(name: str) -> Event:
    return Event.objects.get(name=name)


def test_a_status_that_came_before_its_message(platform: Platform) -> None:
    platform.track("e1")
    delivery = platform.receive(statuses=[status(message_id="wamid.OUT", word="read")])
    queue_deliveries([delivery], now=platform.now + SECOND / 10)
    platform.now += SECOND
    platform.run(delivery)
    platform.pass_time(delivery, 5 * SECOND)
    second_wait = platform.now + 15 * SECOND
    platform.now += SECOND
    platform.receive(statuses=[status(message_id="wamid.OUT", word="read")])
    platform.sends("e1", "wamid.OUT")
    platform.pass_time(delivery, 14 * SECOND)
    assert told(event_named("read"), now=platform.now) == [
        "WhatsApp reports: read",
        "Received",
        "Put into the queue",
        "Task handled, attempt 1, waiting waiting_for_message, "
        f"wait 1 of 6, next try {second_wait - 15 * SECOND:%H:%M:%S}",
        "Task handled, attempt 1, waiting waiting_for_message, "
        f"wait 2 of 6, next try {second_wait:%H:%M:%S}",
        "The same bytes came again",
        f"Task handled, attempt 1, {APPLIED}",
    ]


def test_the_next_try_is_yet_to_come(platform: Platform) -> None:
    platform.track("e1")
    delivery = platform.receive(statuses=[status(message_id="wamid.OUT", word="read")])
    platform.run(delivery)
    *_, last = timeline(history_of(event_named("read")), now=platform.now)
    assert (last.step.title, last.future, last.gap) == ("Next try", True, 5 * SECOND)


def test_a_message_has_the_steps_of_all_its_events(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    platform.deliver(statuses=[status(message_id="wamid.OUT", word="sent")])
    platform.now += SECOND
    platform.deliver(reaction(message_id="wamid.R", target_id="wamid.OUT"))
    platform.now += SECOND
    platform.deliver(text(message_id="wamid.B", reply_to="wamid.OUT"))
    everything = told(event_named("sent"), now=platform.now, own=False)
    assert everything == told(event_named("reaction"), now=platform.now, own=False)
    handled = f"Task handled, attempt 1, {APPLIED}"
    assert sorted(everything) == sorted(
        ["WhatsApp reports: sent", "The driver reacted", "The driver wrote"]
        + ["Received", handled] * 3
    )
    assert told(event_named("text"), now=platform.now, own=False) == [
        "The driver wrote",
        "Received",
        handled,
    ]


def test_what_events_went_through_together_is_told_once(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    platform.deliver(statuses=[status(message_id="wamid.OUT", word="delivered")])
    platform.now += SECOND
    platform.deliver(
        statuses=[status(message_id="wamid.OUT", word=word) for word in ("read", "delivered")]
    )
    first, read, again = Event.objects.order_by("pk")
    entries = timeline(history_of(again), now=platform.now)
    assert [
        (entry.step.title, outcome(entry), entry.step.note, entry.events, entry.own)
        for entry in entries
    ] == [
        ("WhatsApp reports: delivered", "", "", [first, again], True),
        ("WhatsApp reports: read", "", "", [read], False),
        ("Received", "", "", [first], False),
        ("Task handled, attempt 1", APPLIED, "", [first], False),
        ("Received", "", "item 2 of 2", [read, again], True),
        ("Task handled, attempt 1", "duplicate already_applied", "", [again], True),
        ("Task handled, attempt 1", APPLIED, "", [read], False),
    ]
    assert entries[-1].gap == timedelta()
    seen_by_another = timeline(history_of(first), now=platform.now)
    assert [entry.step.note for entry in seen_by_another] == [""] * 7


def test_times_between_the_steps(platform: Platform) -> None:
    platform.track("e1")
    delivery = platform.receive(text(timestamp=int(platform.now.timestamp()) - 3))
    queue_deliveries([delivery], now=platform.now + SECOND)
    platform.pass_time(delivery, 4 * SECOND)
    entries = timeline(history_of(Event.objects.get()), now=platform.now)
    assert [entry.gap for entry in entries] == [None, 3 * SECOND, SECOND, 3 * SECOND]
    assert [entry.dated for entry in entries] == [True, False, False, False]


def test_a_task_that_came_before_the_queue_had_answered(platform: Platform) -> None:
    platform.track("e1")
    delivery = platform.receive(text())
    platform.now += SECOND
    platform.run(delivery)
    queue_deliveries([delivery], now=platform.now + SECOND / 100)
    entries = timeline(history_of(Event.objects.get()), now=platform.now + SECOND)
    assert [entry.step.title for entry in entries][1:] == [
        "Received",
        "Put into the queue",
        "Task handled, attempt 1",
    ]
    assert entries[2].gap == SECOND


def test_an_item_that_is_set_aside_as_it_comes(platform: Platform) -> None:
    platform.deliver(text(), image(message_id="wamid.IMAGE"))
    assert told(event_named("image"), now=platform.now) == [
        "Happened at WhatsApp",
        "Received, ignored unsupported_type, item 2 of 2",
    ]


def test_an_attempt_that_failed_says_why(platform: Platform) -> None:
    platform.track("e1")
    delivery = platform.receive(text())
    event = Event.objects.get()
    TaskRun.objects.create(
        delivery_id=delivery,
        retry_count=2,
        started_at=platform.now + SECOND,
        finished_at=platform.now + 3 * SECOND,
        result=TaskRun.Result.TRY_AGAIN,
        error="Unavailable: ServiceUnavailable",
    )
    platform.pass_time(delivery, 9 * SECOND)
    event.refresh_from_db()
    assert told(event, now=platform.now)[2:] == [
        "Task handled, attempt 3, Unavailable: ServiceUnavailable; the queue tries again",
        f"Task handled, attempt 1, {APPLIED}",
    ]


def test_what_the_sweeper_did(platform: Platform) -> None:
    delivery = platform.receive(text())
    queue_deliveries([delivery], now=platform.now)
    platform.now += 61 * SECOND
    sweep(queue=platform.queue, clock=lambda: platform.now, limit=10)
    first = platform.now
    platform.now += 121 * SECOND
    sweep(queue=platform.queue, clock=lambda: platform.now, limit=10)
    entries = timeline(history_of(Event.objects.get()), now=platform.now)
    assert [(entry.step.title, entry.step.at) for entry in entries[-3:]] == [
        ("Sent on by the sweeper, round 1 of 10", first),
        ("Sent on by the sweeper, round 2 of 10", platform.now),
        ("The sweeper looks again", platform.now + 240 * SECOND),
    ]


def test_an_event_that_the_sweeper_gave_up(platform: Platform) -> None:
    platform.receive(text())
    Event.objects.update(rounds=10)
    sweep(queue=platform.queue, clock=lambda: platform.now + timedelta(days=1), limit=10)
    event = Event.objects.get()
    assert told(event, now=platform.now)[2:] == [
        "The sweeper gave up after 10 rounds, failed gave_up"
    ]


def replay(platform: Platform, event: Event) -> None:
    """Opens an event again by a command, a minute later, and makes its task."""
    platform.now += 60 * SECOND
    request = Request(job_id=uuid4(), name="J", selection=of_events([event.pk]), asked_by=None)
    job = start(request, now=platform.now)
    carry_on(job, queue=platform.queue, clock=lambda: platform.now, until=platform.now + SECOND)
    platform.now += SECOND


def test_an_event_that_was_replayed_keeps_its_history(platform: Platform) -> None:
    delivery = platform.receive(text())
    platform.run(delivery)
    platform.track("e1")
    replay(platform, Event.objects.get())
    platform.run(delivery)
    event = Event.objects.get()
    assert told(event, now=platform.now)[2:] == [
        "Task handled, attempt 1, skipped no_active_tracking",
        "Opened again by a command, J",
        "Put into the queue",
        f"Task handled, attempt 1, {APPLIED}",
    ]


def test_an_event_that_an_alias_explained_later(platform: Platform) -> None:
    platform.track("e1")
    new = "16505555678"
    delivery = platform.receive(text(number=new, user_id=""), contacts=[])
    platform.run(delivery)
    platform.now += SECOND
    told_at = int(platform.now.timestamp())
    platform.receive(system(wa_id=new, timestamp=told_at), contacts=[])
    platform.now += SECOND
    sweep(queue=platform.queue, clock=lambda: platform.now, limit=10)
    platform.run(delivery)
    event = Event.objects.get(delivery=delivery)
    assert told(event, now=platform.now)[1:] == [
        "Received",
        "Task handled, attempt 1, skipped no_active_tracking",
        "Opened again: WhatsApp has told who the driver was before",
        "Sent on by the sweeper, round 1 of 10",
        "Put into the queue",
        f"Task handled, attempt 1, {APPLIED}",
    ]


def test_an_event_that_aliases_and_a_replay_opened_again_keeps_every_step(
    platform: Platform,
) -> None:
    platform.track("e1", active=False)
    newest, middle = "16505555678", "16505555555"
    delivery = platform.receive(text(number=newest, user_id=""), contacts=[])
    platform.run(delivery)
    told_at = int(platform.now.timestamp())
    for number, became, at in ((middle, newest, told_at), (DRIVER, middle, told_at - 60)):
        platform.now += SECOND
        change = system(message_id="wamid.S", number=number, wa_id=became, timestamp=at)
        platform.receive(change, contacts=[])
        platform.now += SECOND
        sweep(queue=platform.queue, clock=lambda: platform.now, limit=10)
        platform.run(delivery)
    event = Event.objects.get(delivery=delivery)
    replay(platform, event)
    platform.ancillary.document(f"whatsapp/lease/{LEASE}/record-1").update({"active": True})
    platform.run(delivery)
    in_vain = "Task handled, attempt 1, skipped no_active_tracking"
    opened = "Opened again: WhatsApp has told who the driver was before"
    assert [
        line
        for line in told(Event.objects.get(delivery=delivery), now=platform.now)
        if line.startswith(("Opened", "Task"))
    ] == [
        *(in_vain, opened) * 2,
        in_vain,
        "Opened again by a command, J",
        f"Task handled, attempt 1, {APPLIED}",
    ]


def test_what_was_ignored_before_a_replay_is_told_where_it_was_received(
    platform: Platform,
) -> None:
    platform.deliver(image())
    event = Event.objects.get()
    request = Request(job_id=uuid4(), name="J", selection=of_events([event.pk]), asked_by=None)
    platform.now += SECOND
    job = start(request, now=platform.now)
    carry_on(job, queue=platform.queue, clock=lambda: platform.now, until=platform.now + SECOND)
    event.refresh_from_db()
    assert event.state == State.QUEUED
    assert told(event, now=platform.now)[1] == "Received, ignored unsupported_type"


def test_a_repeat_without_the_event_that_is_looked_at(platform: Platform) -> None:
    platform.deliver(statuses=[status(message_id="wamid.OUT", word="sent")])
    platform.receive(statuses=[status(message_id="wamid.OUT", word="sent")])
    platform.deliver(statuses=[status(message_id="wamid.OUT", word="read")])
    [repeat] = [
        entry
        for entry in timeline(history_of(event_named("read")), now=platform.now)
        if entry.step.title == "The same bytes came again"
    ]
    assert (repeat.own, repeat.step.event) == (False, event_named("sent"))
    assert repeat.step.delivery == Delivery.objects.get(repeat_of__isnull=False).pk


def test_a_history_costs_the_same_however_long_it_is(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    event = make_event()
    with django_assert_num_queries(7):
        history_of(event)
    add_events(make_delivery(), count=EVENTS_AT_MOST + 50, kind=Kind.STATUS)
    newest = Event.objects.latest("pk")
    with django_assert_num_queries(7):
        history = history_of(newest)
    assert (history.cut_off, len(history.events)) == (True, EVENTS_AT_MOST + 1)
    assert newest in history.events


def test_an_event_that_names_no_message_stands_alone(db: None) -> None:
    first = make_event(message_id="", kind=Kind.ERROR)
    make_event(message_id="", kind=Kind.ERROR)
    assert list(history_of(first).events) == [first]
    assert Event.objects.filter(message_id=F("target_id")).count() == 2


def test_it_says_which_id_was_taken_for_which(db: None) -> None:
    """At the run that found the message by another id than the event names."""
    event = make_event(target_id="wamid.N", stored_id="wamid.S", settled_at=NOON + 9 * SECOND)
    run = TaskRun.objects.create(
        delivery=event.delivery,
        started_at=NOON + 8 * SECOND,
        finished_at=NOON + 9 * SECOND,
        result=TaskRun.Result.DONE,
        outcomes={"applied": [event.pk]},
    )
    entries = timeline(history_of(event), now=NOON + 10 * SECOND)
    assert [entry.step.run for entry in entries if entry.step.joins] == [run.pk]
