"""What Firestore has lost is brought back: documents are deleted for real, and compared."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from eventlog.links import event_url
from eventlog.models import ReplayedEvent, ReplayJob
from eventlog.questions.windows import Window
from eventlog.reconciliation import Drift, reconcile
from eventlog.replay import losses
from eventlog.replay.jobs import NothingToReplay, Request, carry_on, start
from eventlog.replay.outcomes import collect_outcomes
from eventlog.replay.progress import progress
from eventlog.replay.repairs import Remedy, RepairPreview, preview
from eventlog.replay.selection import Selection
from eventlog.retention import prune
from listeners.models import Placement, RestoreWindow
from listeners.restores.windows import begin, end
from sandbox.emulators import Fault, FaultKind
from sandbox.samples import reaction, status, text
from tests.eventlog.admin.staff import on_call, support
from tests.platform import Platform, reached
from webhooks.models import Delivery, Event

MINUTE = timedelta(minutes=1)
APPLIED = ("processed", "applied")
DUPLICATE = ("duplicate", "already_applied")


@pytest.fixture
def busy(platform: Platform) -> Platform:
    """Two chats: texts, a reaction to one of them, and an outbound message with all of it."""
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    platform.deliver(text(message_id="wamid.A", body="first"))
    platform.deliver(
        text(message_id="wamid.B", body="second"),
        reaction(message_id="wamid.RA", target_id="wamid.A"),
        reaction(message_id="wamid.RO", target_id="wamid.OUT"),
        statuses=[
            status(message_id="wamid.OUT", word="delivered"),
            status(message_id="wamid.OUT", word="read"),
        ],
    )
    return platform


def delete(platform: Platform, *message_ids: str) -> None:
    for each in platform.messages("e1").stream():
        if each.get("whatsappMessageId") in message_ids:
            each.reference.delete()


def preview_of_all(platform: Platform) -> RepairPreview:
    """What a repair of every event would do."""
    ids = Event.objects.values_list("pk", flat=True)
    return preview(losses.of_events(ids), store=platform.store)


def begin_repair(platform: Platform, found: RepairPreview) -> ReplayJob:
    selection = Selection(events=Event.objects.filter(pk__in=found.events), words="all")
    job = start(
        Request(
            job_id=uuid4(),
            name="J",
            selection=selection,
            asked_by=None,
            kind=ReplayJob.Kind.REPAIR,
        ),
        now=platform.now,
    )
    until = platform.now + timedelta(days=1)
    carry_on(job, queue=platform.queue, clock=lambda: platform.now, until=until)
    return job


def run_tasks(platform: Platform, *, rounds: int = 3) -> None:
    """Lets the queue do what it holds; what waits for its message is tried again."""
    for _ in range(rounds):
        for delivery in Delivery.objects.order_by("-pk"):  # reactions before their texts
            platform.run(delivery.pk)
        platform.now += MINUTE
    collect_outcomes(now=platform.now)


def repaired(platform: Platform) -> ReplayJob:
    job = begin_repair(platform, preview_of_all(platform))
    run_tasks(platform)
    job.refresh_from_db()
    return job


def well(platform: Platform) -> bool:
    return not reconcile(Window(), store=platform.store).drifts


def test_documents_come_back_as_they_were(busy: Platform) -> None:
    before = busy.chat("e1")
    delete(busy, "wamid.A", "wamid.B")
    busy.enquiry("e1").set({"unReadWhatsappMessageCount": 0})  # somebody has read them
    found = preview_of_all(busy)
    assert found.counts == {
        Remedy.CREATED: 2,
        Remedy.APPLIED: 1,
        Remedy.INTACT: 3,
    }
    assert (sum(found.unread.values()), found.left) == (2, 0)
    assert busy.unread("e1") == 0  # the preview changes nothing

    job = repaired(busy)

    assert busy.chat("e1") == before
    assert busy.unread("e1") == 2
    assert (job.state, job.event_count, job.kind) == ("finished", 3, "repair")
    assert (job.changed_count, job.applied_count, progress(job).repaired) == (0, 3, 3)
    assert well(busy)
    assert set(Event.objects.values_list("state", "reason")) == {APPLIED}


def test_what_an_outbound_message_lost_comes_back_and_the_message_does_not(busy: Platform) -> None:
    before = busy.chat("e1")
    for each in busy.messages("e1").stream():
        if each.get("whatsappMessageId") == "wamid.OUT":
            fields = {"status": "sent", "statusTimestamps": {}, "reactions": []}
            each.reference.update(fields | {"reactionClock": {}})
    assert preview_of_all(busy).counts == {Remedy.APPLIED: 3, Remedy.INTACT: 3}
    repaired(busy)
    assert busy.chat("e1") == before

    delete(busy, "wamid.OUT")
    found = preview_of_all(busy)
    assert found.counts == {Remedy.NO_MESSAGE: 3, Remedy.INTACT: 3}
    assert (found.possible, found.left) == (False, 3)
    assert busy.chat("e1").keys() == {"wamid.A", "wamid.B"}


def test_twice_is_once(busy: Platform) -> None:
    delete(busy, "wamid.A")
    found = preview_of_all(busy)
    repaired(busy)
    again = preview_of_all(busy)
    assert (again.events, again.left) == ([], 0)
    begin_repair(busy, found)  # of what was shown before the first
    run_tasks(busy)
    assert set(Event.objects.values_list("state", "reason")) == {APPLIED}
    assert busy.unread("e1") == 3
    assert well(busy)


def test_two_jobs_have_no_event_in_common(busy: Platform) -> None:
    delete(busy, "wamid.A")
    found = preview_of_all(busy)
    begin_repair(busy, found)
    with pytest.raises(NothingToReplay):
        begin_repair(busy, found)
    assert preview_of_all(busy).counts[Remedy.BUSY] == 2
    run_tasks(busy)
    assert busy.unread("e1") == 3


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_one(busy: Platform) -> None:
    delete(busy, "wamid.A", "wamid.B")
    found = preview_of_all(busy)
    meet = threading.Barrier(2)

    def work() -> None:
        try:
            meet.wait()
            with_patience(lambda: begin_repair(busy, found))
            for delivery in Delivery.objects.all():
                with_patience(lambda: busy.run(delivery.pk))  # noqa: B023 - called at once
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run_tasks(busy)
    assert busy.unread("e1") == 4
    assert busy.chat("e1").keys() == {"wamid.A", "wamid.B", "wamid.OUT"}
    assert well(busy)


def with_patience(what: Any) -> None:
    """SQLite lets one write at a time; whoever is refused a job has nothing to do."""
    try:
        what()
    except NothingToReplay:
        return


def test_a_resend_after_a_repair_and_within_one_does_not_double(busy: Platform) -> None:
    delete(busy, "wamid.A", "wamid.B")
    begin_repair(busy, preview_of_all(busy))
    again = text(message_id="wamid.A", body="first"), text(message_id="wamid.C")
    assert busy.deliver(*again) == [DUPLICATE, APPLIED]
    run_tasks(busy)
    assert busy.deliver(text(message_id="wamid.B"), text(message_id="wamid.D")) == [
        DUPLICATE,
        APPLIED,
    ]
    assert busy.unread("e1") == 6
    assert busy.chat("e1").keys() == {f"wamid.{name}" for name in ("A", "B", "C", "D", "OUT")}
    assert well(busy)


@pytest.mark.parametrize("enquiry", ["e1", "somebody-else"])
def test_what_another_document_holds_is_reported(busy: Platform, enquiry: str) -> None:
    delete(busy, "wamid.B")
    busy.messages(enquiry).document("copy").set({"whatsappMessageId": "wamid.B"})
    found = preview_of_all(busy)
    assert (found.counts[Remedy.HELD], found.events, found.left) == (1, [], 1)
    event = Event.objects.get(message_id="wamid.B", kind="text")
    assert found.named == [(event.pk, Remedy.HELD)]


def test_what_comes_to_be_held_meanwhile_is_found(busy: Platform) -> None:
    delete(busy, "wamid.B")
    found = preview_of_all(busy)
    busy.messages("e1").document("copy").set({"whatsappMessageId": "wamid.B"})
    begin_repair(busy, found)
    run_tasks(busy)
    event = Event.objects.get(message_id="wamid.B", kind="text")
    assert (event.state, event.document_id) == ("duplicate", "copy")
    assert busy.unread("e1") == 2


def test_what_somebody_elses_chat_comes_to_hold_is_not_written(busy: Platform) -> None:
    """And once that is gone, a replay brings the text back."""
    delete(busy, "wamid.B")
    found = preview_of_all(busy)
    elsewhere = f"{busy.enquiry('e9', lease_id='lease-2').path}/whatsapp/messages/chatMessages"
    copy = busy.main.document(f"{elsewhere}/copy")
    copy.set({"whatsappMessageId": "wamid.B"})
    begin_repair(busy, found)
    run_tasks(busy)
    event = Event.objects.get(message_id="wamid.B", kind="text")
    assert (event.state, event.reason) == ("skipped", "held_elsewhere")
    assert "wamid.B" not in busy.chat("e1")
    assert busy.unread("e1") == 2
    copy.delete()
    replay = Request(
        job_id=uuid4(),
        name="R",
        selection=Selection(events=Event.objects.filter(pk=event.pk), words="one"),
        asked_by=None,
    )
    job = start(replay, now=busy.now)
    carry_on(job, queue=busy.queue, clock=lambda: busy.now, until=busy.now + MINUTE)
    run_tasks(busy)
    event.refresh_from_db()
    assert (event.state, event.lease_id, event.enquiry_id) == ("processed", "lease-1", "e1")
    assert busy.unread("e1") == 3
    assert well(busy)


def test_a_text_that_was_found_written_is_compared_and_comes_back(platform: Platform) -> None:
    platform.track("e1")
    older = platform.messages("e1").document("older-gateway")
    older.set({"whatsappMessageId": "wamid.F", "source": "driver"})
    window = begin(RestoreWindow.What.CUT_OVER, since=None, until=None, now=platform.now)
    platform.deliver(
        text(message_id="wamid.F", timestamp=int(platform.now.timestamp())),
        reaction(message_id="wamid.RF", target_id="wamid.F"),
    )
    platform.deliver(text(message_id="wamid.F"), text(message_id="wamid.G"))  # again
    end(window.pk, now=platform.now)
    assert (well(platform), platform.unread("e1")) == (True, 1)

    older.delete()

    report = reconcile(Window(), store=platform.store)
    assert (report.due, report.checked) == (3, 3)
    assert {drift for _, drift in report.named} == {Drift.MESSAGE_MISSING}
    found = preview_of_all(platform)
    assert found.counts == {
        Remedy.CREATED: 1,
        Remedy.APPLIED: 1,
        Remedy.INTACT: 1,
        Remedy.NOT_APPLIED: 1,
    }
    assert (found.unread.total(), found.left) == (1, 0)
    repaired(platform)
    assert platform.chat("e1").keys() == {"wamid.F", "wamid.G"}
    assert [each["emoji"] for each in platform.chat("e1")["wamid.F"]["reactions"]] == ["👍"]
    assert platform.unread("e1") == 2
    assert well(platform)
    assert (preview_of_all(platform).events, preview_of_all(platform).left) == ([], 0)


def test_a_found_text_that_is_back_by_itself_stays_what_it_was(platform: Platform) -> None:
    platform.track("e1")
    older = platform.messages("e1").document("older-gateway")
    older.set({"whatsappMessageId": "wamid.F", "source": "driver"})
    begin(RestoreWindow.What.CUT_OVER, since=None, until=None, now=platform.now)
    platform.deliver(text(message_id="wamid.F"))
    older.delete()
    found = preview_of_all(platform)
    older.set({"whatsappMessageId": "wamid.F", "source": "driver"})
    begin_repair(platform, found)
    run_tasks(platform)
    event = Event.objects.get()
    assert (event.state, event.document_id) == ("duplicate", "older-gateway")
    assert (platform.unread("e1"), well(platform)) == (0, True)


def test_it_keeps_its_chat_though_the_driver_has_moved(busy: Platform) -> None:
    delete(busy, "wamid.B")
    busy.track("e2")
    busy.ancillary.document("whatsapp/lease/15550783881/record-1").update({"active": False})
    repaired(busy)
    assert "wamid.B" in busy.chat("e1")
    assert busy.chat("e2") == {}


def test_a_missing_enquiry_is_not_made(busy: Platform) -> None:
    delete(busy, "wamid.B")
    busy.enquiry("e1").delete()
    repaired(busy)
    event = Event.objects.get(message_id="wamid.B", kind="text")
    assert (event.state, event.reason) == ("skipped", "enquiry_not_found")


# Firestore has no part in these.
OURS = pytest.mark.parametrize("firestore_host", ["ours"], indirect=True)


@OURS
def test_without_the_bytes_it_cannot(busy: Platform) -> None:
    delete(busy, "wamid.A")
    ids = list(Event.objects.values_list("pk", flat=True))
    Delivery.objects.filter(events__message_id="wamid.A").update(body=None)
    found = preview(losses.of_events(ids), store=busy.store)
    assert found.counts[Remedy.NO_BYTES] == 1
    assert found.counts[Remedy.NO_MESSAGE] == 1  # the reaction to it
    prune(before=busy.now + timedelta(days=40))
    found = preview(losses.of_events(ids), store=busy.store)
    assert (found.gone, found.possible, found.left) == (len(ids), False, len(ids))


@OURS
def test_without_a_placement_it_cannot(busy: Platform) -> None:
    delete(busy, "wamid.A")
    Placement.objects.filter(message_id="wamid.A").delete()
    assert preview_of_all(busy).counts[Remedy.NO_PLACEMENT] == 1


@OURS
def test_a_window_has_what_was_written_in_it(busy: Platform) -> None:
    """Also what was received before; and what retention has taken is told."""
    busy.now += 10 * MINUTE
    moment = busy.now
    Event.objects.filter(message_id="wamid.B").update(settled_at=moment + MINUTE)
    busy.now += 10 * MINUTE
    window = begin(RestoreWindow.What.FIRESTORE, since=moment, until=busy.now, now=busy.now)
    busy.deliver(text(message_id="wamid.LATER"))
    Event.objects.filter(message_id="wamid.LATER").update(settled_at=busy.now + MINUTE)
    lost = losses.of_window(window)
    assert [event.message_id for event in lost.events.filter(kind="text")] == ["wamid.B"]
    assert lost.gone == 0
    Delivery.objects.update(received_at=F("received_at") + 11 * MINUTE)
    prune(before=busy.now + timedelta(days=40))
    assert losses.of_window(window).events.count() == 0


@pytest.fixture
def commanded(busy: Platform, settings: Settings) -> Iterator[Platform]:
    """The command's own connections reach the platform."""
    with reached(busy, settings):
        yield busy


def run(*options: str) -> tuple[str, int]:
    output = StringIO()
    try:
        call_command("reconcile", "--repair", *options, stdout=output)
    except CommandError as error:
        return output.getvalue(), error.returncode
    return output.getvalue(), 0


def test_the_command_previews_and_repairs_only_if_told(commanded: Platform) -> None:
    delete(commanded, "wamid.B")
    event = Event.objects.get(message_id="wamid.B", kind="text").pk
    output, exit_status = run("--event", str(event))
    assert exit_status == 1
    assert "The unread count of enquiry e1 (lease lease-1) rises by 1." in output
    assert "wamid" not in output
    assert not ReplayJob.objects.exists()
    output, exit_status = run("--event", str(event), "--yes", "--json")
    report = json.loads(output)
    assert (exit_status, report["remedies"]) == (0, {"created": 1})
    assert ReplayedEvent.objects.get().job_id == ReplayJob.objects.get(pk=report["job"]).pk
    run_tasks(commanded)
    assert "wamid.B" in commanded.chat("e1")
    output, exit_status = run("--event", str(event))
    assert (exit_status, "Would be opened again: events 0." in output) == (0, True)


@OURS
@pytest.mark.parametrize("skipped", [0, 1])
def test_where_nothing_was_compared_it_does_not_say_that_all_is_well(
    commanded: Platform, skipped: int
) -> None:
    """A window of a time in which nothing was applied, as one that was mistyped."""
    long_ago = commanded.now - timedelta(days=400)
    window = begin(
        RestoreWindow.What.FIRESTORE, since=long_ago, until=long_ago + MINUTE, now=commanded.now
    )
    Event.objects.filter(pk__in=Event.objects.all()[:skipped]).update(
        state="skipped", reason="no_active_tracking", settled_at=long_ago
    )
    output, exit_status = run("--window", str(window.pk), "--json")
    report = json.loads(output)
    assert (exit_status, report["finding"]) == (0, "nothing_to_compare")
    assert "Nothing to compare" in run("--window", str(window.pk))[0]


@OURS
def test_the_command_wants_to_know_what(commanded: Platform) -> None:
    assert run()[1] == 2
    assert run("--window", "99")[1] == 2
    assert run("--event", "1", "--since", "2026-01-01")[1] == 2
    assert run("--event", "999999999")[1] == 1


def page(client: Client, **query: int) -> str:
    return client.get(reverse("admin:repair-new"), query).content.decode()


def confirmed(platform: Platform, shown: str) -> None:
    """Posts the form of a page."""
    fields = re.findall(r'type="hidden" name="(job|words|event)" value="([^"]*)"', shown)
    form: dict[str, list[str]] = {}
    for name, value in fields:
        form.setdefault(name, []).append(value)
    on_call().post(reverse("admin:repair-new"), form)


def test_the_page_previews_and_repairs(commanded: Platform) -> None:
    delete(commanded, "wamid.B")
    event = Event.objects.get(message_id="wamid.B", kind="text").pk
    shown = page(on_call(), event=event)
    assert "Unread counts rise by 1" in shown
    assert not ReplayJob.objects.exists()
    confirmed(commanded, shown)
    job = ReplayJob.objects.get()
    assert (job.kind, job.asked_by_name, job.event_count) == ("repair", "On-call", 1)
    [entry] = LogEntry.objects.all()
    assert entry.change_message.startswith("Repair of 1 event: event")
    run_tasks(commanded)
    assert "wamid.B" in commanded.chat("e1")
    assert commanded.unread("e1") == 2 + 1
    confirmed(commanded, shown.replace(str(job.pk), str(uuid4())))
    assert ReplayJob.objects.count() == 1  # there is nothing left to repair


@OURS
def test_a_repair_has_a_right_of_its_own(commanded: Platform) -> None:
    event = Event.objects.get(message_id="wamid.B", kind="text").pk
    path = reverse("admin:repair-new")
    assert support().get(path, {"event": event}).status_code == 403
    assert support().post(path, {"event": event, "job": str(uuid4())}).status_code == 403
    assert path not in support().get(event_url(event)).content.decode()
    assert path in on_call().get(event_url(event)).content.decode()


@OURS
def test_a_window_leads_to_its_repair(commanded: Platform) -> None:
    delete(commanded, "wamid.A")
    window = begin(
        RestoreWindow.What.FIRESTORE,
        since=commanded.now - MINUTE,
        until=commanded.now + MINUTE,
        now=commanded.now,
    )
    listed = on_call().get(reverse("admin:listeners_restorewindow_changelist"))
    assert f"{reverse('admin:repair-new')}?window={window.pk}" in listed.content.decode()
    assert "<strong>2</strong> events would be applied again" in page(on_call(), window=window.pk)
    assert on_call().get(reverse("admin:repair-new"), {"window": 99}).status_code == 404
    ticked = {"action": "repair_selected", "_selected_action": Event.objects.first().pk}  # type: ignore[union-attr]
    answer = on_call().post(reverse("admin:webhooks_event_changelist"), ticked)
    assert "would be applied again" in answer.content.decode()


@OURS
def test_without_firestore_the_page_says_so(commanded: Platform) -> None:
    outage = Fault(kind=FaultKind.PERMISSION_DENIED, service="firestore", probability=1.0)
    commanded.emulators.faults.add(outage)
    try:
        [event, *_] = Event.objects.values_list("pk", flat=True)
        answer = on_call().get(reverse("admin:repair-new"), {"event": event})
    finally:
        commanded.emulators.faults.clear()
    assert answer.status_code == 503
    assert "Firestore does not answer" in answer.content.decode()
