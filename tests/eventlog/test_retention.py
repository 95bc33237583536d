"""What is older than people need is deleted, and is known again if it comes once more."""

import json
from datetime import datetime, timedelta
from io import StringIO
from uuid import UUID, uuid4

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from eventlog.balance import balance
from eventlog.models import ReplayedEvent, ReplayJob
from eventlog.questions.windows import Window
from eventlog.replay.choosing import of_events
from eventlog.replay.jobs import Request, carry_on, start
from eventlog.replay.outcomes import collect_outcomes
from eventlog.retention import DELIVERIES_AT_A_TIME, Pruned, prune
from listeners.models import Placement, TaskRun
from sandbox import samples
from sandbox.emulators import Emulators
from sandbox.samples import status, text
from tests import threads
from tests.platform import Platform
from tests.rows import NOON, make_delivery, make_event
from webhooks import receiving
from webhooks.models import Delivery, Event, SweeperTask
from webhooks.sweeper import sweep

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    """Our stand-in alone: nothing here asks Firestore for anything new."""
    return stand_ins.firestore_host


def at_once(platform: Platform) -> Pruned:
    """Prunes everything that has been received."""
    return prune(before=platform.now + DAY)


def take_in(body: bytes, *, now: datetime) -> None:
    receiving.receive(body=body, headers={}, source=Delivery.Source.META, now=now)


def emptied() -> list[bool]:
    """Of each delivery, the oldest first."""
    rows = Delivery.objects.order_by("pk").values_list("body", flat=True)
    return [body is None for body in rows]


def test_rows_bytes_and_headers_go_and_the_digest_stays(platform: Platform) -> None:
    platform.track("e1")
    delivery = platform.receive(text(), statuses=[status(message_id="wamid.NOWHERE")])
    platform.run(delivery)
    Event.objects.filter(state="waiting").update(state="skipped", reason="message_not_found")
    Delivery.objects.update(headers={"User-Agent": "x"})
    SweeperTask.objects.create(delivery_id=delivery, made_at=platform.now, round=1, events=[1])
    digest = Delivery.objects.get().digest
    assert at_once(platform) == Pruned(events=2, deliveries=1)
    for model in (Event, Placement, TaskRun, SweeperTask):
        assert not model._default_manager.exists()
    left = Delivery.objects.get()
    assert (left.digest, left.body, left.headers) == (digest, None, {})
    assert (left.item_count, left.size > 0) == (2, True)
    assert at_once(platform) == Pruned()


def test_the_same_bytes_years_later_are_not_applied_again(platform: Platform) -> None:
    """Not even where the driver is in another chat by now and the message has been deleted."""
    platform.track("e1")
    platform.deliver(text())
    at_once(platform)
    platform.now += 900 * DAY
    platform.track("e2")
    again = platform.receive(text())
    platform.run(again)
    assert Event.objects.count() == 0
    assert [platform.unread(enquiry) for enquiry in ("e1", "e2")] == [1, 0]
    assert platform.chat("e2") == {}
    assert sweep(queue=platform.queue, clock=lambda: platform.now + DAY, limit=10).tasks == 0


def test_a_younger_event_of_a_text_inherits_its_chat(platform: Platform) -> None:
    """Otherwise the text would be written a second time, where the driver is by then."""
    platform.track("e1")
    platform.deliver(text())
    before = platform.now + SECOND
    platform.now += DAY
    assert platform.deliver(text(), contacts=()) == [("duplicate", "already_applied")]
    younger = Event.objects.latest("pk")
    assert prune(before=before).events == 1
    assert Placement.objects.get().event == younger
    platform.ancillary.document(f"whatsapp/lease/{samples.LEASE_NUMBER}/record-1").delete()
    platform.track("e2")
    platform.messages("e1").document(samples.TEXT_ID).delete()
    again = platform.receive(text(), contacts=[samples.contact(name="Sheena")])
    platform.run(again)
    assert (platform.chat("e2"), platform.unread("e2")) == ({}, 0)


@pytest.mark.django_db
def test_only_what_is_older_goes() -> None:
    old, new = (make_delivery(received_at=NOON + age) for age in (-SECOND, SECOND))
    for delivery in (old, new):
        make_event(delivery, received_at=delivery.received_at)
    assert prune(before=NOON) == Pruned(events=1, deliveries=1)
    assert Event.objects.get().delivery == new


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["received", "queued", "waiting"])
def test_what_is_open_stays_whole_and_holds_up_nothing(state: str) -> None:
    stays, goes = make_delivery(), make_delivery(received_at=NOON + SECOND)
    make_event(stays)
    make_event(stays, position=1, state=state, reason="")
    make_event(goes, received_at=NOON + SECOND)
    assert prune(before=NOON + DAY) == Pruned(events=1, deliveries=1, kept=1)
    assert [event.delivery_id for event in Event.objects.all()] == [stays.pk] * 2
    assert emptied() == [False, True]


@pytest.mark.django_db
def test_what_belongs_to_something_that_stays_does_too() -> None:
    """A delivery that came again, and a replay that is over."""
    stays = make_delivery()
    event = make_event(stays, state="waiting", reason="waiting_for_message")
    repeat = make_delivery(body=None, digest=stays.digest, repeat_of=stays)
    job = ReplayJob.objects.create(name="x", asked_by_name="x", asked_at=NOON, state="finished")
    ReplayedEvent.objects.create(job=job, event=event, state_before="failed")
    assert prune(before=NOON + DAY) == Pruned(kept=1)
    assert Delivery.objects.filter(pk=repeat.pk).exists()
    assert job.events.count() == 1
    event.state = "failed"
    event.save()
    assert prune(before=NOON + DAY) == Pruned(events=1, deliveries=1, repeats=1, replays=1)


@pytest.mark.django_db
def test_more_than_one_batch_received_at_the_same_moment() -> None:
    count = DELIVERIES_AT_A_TIME * 2 + 1
    for serial in range(count):
        make_event(make_delivery(), position=0, message_id=f"wamid.{serial}")
    assert prune(before=NOON + DAY) == Pruned(events=count, deliveries=count)


@pytest.mark.django_db
def test_repeats_and_payloads_without_items_go_too() -> None:
    now = timezone.now()
    empty = samples.encode(samples.envelope())
    for body in (empty, empty, b"not JSON"):
        take_in(body, now=now)
    assert prune(before=now + DAY) == Pruned(events=1, deliveries=2, repeats=1)
    assert emptied() == [True, True]


def replayed(platform: Platform) -> UUID:
    """Skips a text and replays it, so that it is applied."""
    delivery = platform.receive(text())
    platform.run(delivery)
    platform.track("e1")
    selection = of_events([Event.objects.get().pk])
    request = Request(job_id=uuid4(), name="J", selection=selection, asked_by=None)
    platform.now += 100 * DAY
    job = start(request, now=platform.now)
    carry_on(job, queue=platform.queue, clock=lambda: platform.now, until=platform.now + DAY)
    platform.run(delivery)
    collect_outcomes(now=platform.now)
    return delivery


def test_what_was_replayed_since_stays_and_goes_with_its_replay(platform: Platform) -> None:
    replayed(platform)
    assert prune(before=platform.now - DAY) == Pruned(kept=1)
    assert ReplayedEvent.objects.count() == ReplayJob.objects.count() == 1
    assert prune(before=platform.now + DAY) == Pruned(events=1, deliveries=1, replays=1)
    assert ReplayedEvent.objects.count() == ReplayJob.objects.count() == 0


def test_a_dry_run_says_it_and_does_nothing(platform: Platform) -> None:
    replayed(platform)
    said = prune(before=platform.now + DAY, dry_run=True)
    assert said == Pruned(events=1, deliveries=1, replays=1)
    assert Event.objects.count() == Placement.objects.count() == ReplayJob.objects.count() == 1
    assert prune(before=platform.now + DAY) == said


@pytest.mark.django_db
def test_what_is_gone_is_still_accounted_for() -> None:
    now = timezone.now()
    take_in(b"1", now=now)
    prune(before=now + DAY)
    assert Event.objects.count() == 0
    take_in(b"2", now=now)
    account = balance(Window(), now=now)
    assert (account.balanced, account.deliveries, account.items) == (True, 1, 1)


def test_the_pages_say_what_became_of_it(platform: Platform, client: Client) -> None:
    platform.track("e1")
    delivery = platform.receive(text())
    platform.run(delivery)
    event = Event.objects.get()
    at_once(platform)
    repeat = platform.receive(text())
    client.force_login(User.objects.create_superuser("ada"))
    for row in (delivery, Delivery.objects.exclude(pk=repeat).latest("pk").pk):
        page = client.get(f"/admin/webhooks/delivery/{row}/change/").content.decode()
        assert "They were deleted with the bytes" in page
        assert "Reveal" not in page
    client.post(f"/admin/reveal/delivery/{delivery}/")
    assert client.get(f"/admin/webhooks/delivery/{delivery}/raw/").status_code == 404
    assert client.get(f"/admin/webhooks/event/{event.pk}/change/").status_code in {302, 404}
    for question in ("driver_of", "message_of", "enquiry_of", "lease_number_of"):
        assert client.get(f"/admin/webhooks/event/?{question}={event.pk}").status_code == 200
    for page in ("/admin/", "/admin/waiting/", "/admin/webhooks/delivery/"):
        assert client.get(page).status_code == 200


def run_command(*arguments: str) -> str:
    out = StringIO()
    call_command("prune_ledger", *arguments, stdout=out)
    return out.getvalue().strip()


@pytest.mark.django_db
def test_the_command_deletes_what_is_so_many_days_old() -> None:
    now = timezone.now()
    for days in (31, 29):
        row = make_delivery(received_at=now - days * DAY)
        make_event(row, received_at=row.received_at)
    report = {"events": 1, "deliveries": 1, "repeats": 0, "replays": 0, "unknown": 0, "kept": 0}
    report |= {"unreadable": 0, "sessions": 0, "failures": 0, "emptied": 0, "not_emptied": 0}
    told = json.loads(run_command("--days", "30", "--dry-run", "--json"))
    assert told == report | {"dropped_indexes": []}
    assert run_command("--days", "30") == (
        "Deleted: events 1, of deliveries 1; repeats 0; replays 0; unknown deliveries that were "
        "closed 0; unreadable tasks 0; expired sessions 0; failed logins 0. Kept, since they have "
        "open events or were replayed lately: deliveries 0. Bytes taken: deliveries 0."
    )
    assert Event.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("days", ["29", "0", "-5", "999999999"])
def test_the_command_refuses_what_is_too_short_or_beyond_time(days: str) -> None:
    row = make_delivery(received_at=timezone.now() - 2000 * DAY)
    make_event(row, received_at=row.received_at)
    with pytest.raises(CommandError, match="--days"):
        run_command(f"--days={days}")
    assert Event.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("apart", [-400 * DAY, timedelta(hours=-1), 400 * DAY])
def test_an_id_of_a_process_whose_clock_was_wrong_hides_nothing(apart: timedelta) -> None:
    """An id tells the time of the process that made it; only the time of receipt counts."""
    odd = [uuid_at(NOON + apart + serial * SECOND) for serial in range(3)]
    with_event = make_delivery(pk=odd[0], item_count=1)
    make_event(with_event)
    make_delivery(pk=odd[1])
    make_delivery(pk=odd[2], repeat_of=with_event, digest=with_event.digest, body=b"")
    assert prune(before=NOON - SECOND) == Pruned()
    assert prune(before=NOON + SECOND) == Pruned(events=1, deliveries=2, repeats=1)


def uuid_at(moment: datetime) -> UUID:
    return UUID(f"{int(moment.timestamp() * 1000):012x}70008000000000000000")


def test_whatever_refers_to_an_event_is_deleted_before_it() -> None:
    """Events are deleted without a look at what refers to them."""
    hidden_too = Event._meta.get_fields(include_hidden=True)
    referring = {
        each.related_model for each in hidden_too if each.auto_created and each.is_relation
    }
    assert referring == {Placement, ReplayedEvent}


@pytest.mark.django_db(transaction=True)
def test_several_at_once_count_each_delivery_once() -> None:
    for serial in range(60):
        make_event(make_delivery(item_count=1), message_id=f"wamid.{serial}")
    first = Delivery.objects.earliest("pk")
    for _ in range(5):
        make_delivery(item_count=0)
        make_delivery(repeat_of=first, digest=first.digest, body=b"")
    reports = threads.at_once([lambda: prune(before=NOON + DAY)] * 3)
    counted = {name: sum(getattr(each, name) for each in reports) for name in COUNTED}
    assert counted == {"events": 60, "deliveries": 65, "repeats": 5}
    assert not Event.objects.exists()


COUNTED = ("events", "deliveries", "repeats")


@pytest.mark.django_db
def test_expired_sessions_and_failed_logins_go_with_it() -> None:
    now = timezone.now()
    for name, age in (("new", timedelta()), ("old", 30 * DAY)):
        Session.objects.create(session_key=name, expire_date=now - age + timedelta(hours=1))
        attempt = AccessAttempt.objects.create(
            username=name, ip_address="192.0.2.1", failures_since_start=1
        )
        AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=now - age)
    report = json.loads(run_command("--days", "900", "--json", "--dry-run"))
    assert (report["sessions"], report["failures"]) == (1, 1)
    assert Session.objects.count() == AccessAttempt.objects.count() == 2
    assert json.loads(run_command("--days", "900", "--json")) == report
    assert Session.objects.get().session_key == "new"
    assert AccessAttempt.objects.get().username == "new"
