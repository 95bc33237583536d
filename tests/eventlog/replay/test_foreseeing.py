"""The preview looks what events would become, and the verdict compares what came with it."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import shake_128
from io import StringIO
from time import monotonic

import pytest
from django.core import signing
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from eventlog.models import ReplayedEvent, ReplayJob
from eventlog.replay import foreseeing
from eventlog.replay.fates import Fate
from eventlog.replay.sealed import LONGEST, Unsealable, seal, unseal
from eventlog.replay.verdict import verdict
from listeners.models import Placement
from listeners.tracking import ChatKey
from sandbox.emulators import Fault, FaultKind
from sandbox.samples import DRIVER_NUMBER, image, status, text, wamid
from tests.eventlog.admin.staff import on_call, support
from tests.eventlog.erasing.people import erase
from tests.eventlog.pages.test_replays import NEW, confirmation, page
from tests.platform import Platform, reached
from webhooks.models import Delivery, Event, new_id
from webhooks.outcomes import Reason

OTHER = "447700900102"
BUMPER = ChatKey(lease_id="lease-1", enquiry_id="bumper-101")


@pytest.fixture
def served(platform: Platform, settings: Settings) -> Iterator[Platform]:
    """Three texts of a driver and two of another, skipped; the pages reach the platform."""
    platform.now = datetime.now(UTC) - timedelta(minutes=30)
    platform.deliver(*(text(message_id=wamid(DRIVER_NUMBER, n)) for n in range(3)))
    platform.deliver(
        *(text(message_id=wamid(OTHER, n), number=OTHER, user_id="GB.102") for n in range(2)),
        contacts=(),
    )
    with reached(platform, settings):
        yield platform
    platform.emulators.faults.clear()


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: object) -> str:
    return str(stand_ins.firestore_host)  # type: ignore[attr-defined]


@pytest.fixture
def client(db: None) -> Client:
    return on_call()


def shown(client: Client, query: str = "state=skipped&span=1h") -> str:
    """The words of a preview, without the markup."""
    html = page(client, f"{NEW}?{query}")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html.split("<main")[-1]))


def confirmed(client: Client, query: str = "state=skipped&span=1h") -> ReplayJob:
    """Begins what the preview shows."""
    return begun(client, *confirmation(page(client, f"{NEW}?{query}")))


def begun(client: Client, action: str, fields: dict[str, list[str]]) -> ReplayJob:
    answer = client.post(action, fields)
    assert answer.status_code == 303
    return ReplayJob.objects.get(pk=answer["Location"].rstrip("/").rpartition("/")[2])


def verdict_words(client: Client, job: ReplayJob) -> str:
    html = page(client, f"/admin/replays/{job.pk}/").split('aria-labelledby="verdict-title">')[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html.split("</section>")[0]))


def test_the_preview_names_the_chats_and_writes_nothing(served: Platform, client: Client) -> None:
    served.track("bumper-101")
    before = list(Event.objects.order_by("pk").values())
    words = shown(client)
    assert "3 would be in a chat, 2 would still be in none" in words
    assert "Processed Enquiry bumper-101 of lease-1 3" in words
    assert "Skipped No active tracking 2" in words
    assert list(Event.objects.order_by("pk").values()) == before
    assert not Placement.objects.exists()
    assert served.chat("bumper-101") == {}
    assert served.unread("bumper-101") == 0


def test_support_who_may_not_replay_is_shown_nothing(served: Platform) -> None:
    assert support().get(f"{NEW}?state=skipped").status_code == 403


def test_what_comes_as_foreseen_is_said_to(served: Platform, client: Client) -> None:
    served.track("bumper-101")
    job = confirmed(client)
    assert "What was foreseen" in verdict_words(client, job)
    assert "3 without an outcome yet" in verdict_words(client, job)
    run_replay(served)
    assert "As it was foreseen" in verdict_words(client, job)
    assert set(job.events.values_list("otherwise", flat=True)) == {False}


def test_what_comes_otherwise_is_named(served: Platform, client: Client) -> None:
    served.track("bumper-101")
    job = confirmed(client)
    served.ancillary.document("whatsapp/lease/15550783881/record-1").update({"active": False})
    first, *_ = Event.objects.order_by("pk")
    run_replay(served)
    words = verdict_words(client, job)
    assert "3 came out otherwise than foreseen" in words
    assert "Enquiry bumper-101 of lease-1 3 0 3 Skipped No active tracking" in words
    assert f'href="/admin/webhooks/event/{first.pk}/change/"' in page(
        client, f"/admin/replays/{job.pk}/"
    )


def test_the_longest_ids_of_a_chat_are_remembered(served: Platform, client: Client) -> None:
    """SQLite would keep more than it was told to."""
    longest = {"lease_id": "L" * 700, "enquiry_id": "E" * 700}
    served.track(longest["enquiry_id"], lease_id=longest["lease_id"])
    job = confirmed(client)
    run_replay(served)
    assert "As it was foreseen" in verdict_words(client, job)
    lease_id, enquiry_id = ReplayedEvent.lease_id_foreseen, ReplayedEvent.enquiry_id_foreseen
    assert lease_id.field.max_length == Event.lease_id.field.max_length
    assert enquiry_id.field.max_length == Event.enquiry_id.field.max_length


def test_another_chat_is_otherwise_too(served: Platform, client: Client) -> None:
    served.track("bumper-101")
    job = confirmed(client)
    served.track("door-7")
    run_replay(served)
    assert "3 Processed Enquiry door-7 of lease-1" in verdict_words(client, job)


def test_what_settles_before_its_turn_is_compared_as_well(served: Platform, client: Client) -> None:
    served.track("bumper-101")
    action, fields = confirmation(page(client, f"{NEW}?state=skipped&span=1h"))
    job = begun(client, action, fields | {"name": ["late"]})
    assert job.events.filter(reason_foreseen="applied").count() == 3
    assert verdict(job).foreseen == 5


def test_without_firestore_the_page_says_so_and_a_replay_stays_possible(
    served: Platform, client: Client
) -> None:
    served.emulators.faults.add(
        Fault(kind=FaultKind.PERMISSION_DENIED, service="firestore", times=99)
    )
    words = shown(client)
    assert "Could not look what they would become" in words
    assert "would be in a chat" not in words
    job = confirmed(client)
    assert (job.event_count, verdict(job).foreseen) == (5, 0)
    assert '"verdict-title"' not in page(client, f"/admin/replays/{job.pk}/")


def test_a_slow_firestore_does_not_hold_up_the_page(
    served: Platform, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventlog.pages.replays.PAGE_SECONDS", 0.5)
    served.emulators.faults.add(
        Fault(kind=FaultKind.SLOW, service="firestore", times=99, seconds=3.0)
    )
    began = monotonic()
    assert "Could not look what they would become" in shown(client)
    assert monotonic() - began < 2.5


def test_of_many_the_first_are_looked_at(
    served: Platform, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreseeing, "LOOKED_AT", 2)
    served.track("bumper-101")
    words = shown(client)
    assert "Looked at the first 2 of 5; what the others would become is not known." in words
    assert "2 would be in a chat" in words
    job = confirmed(client)
    run_replay(served)
    assert "Of 3 events nothing was foreseen." in verdict_words(client, job)
    assert verdict(job).otherwise == 0


def test_what_retention_has_deleted_is_not_called_unforeseen(
    served: Platform, client: Client
) -> None:
    job = confirmed(client)
    ReplayedEvent.objects.filter(event__person_number=OTHER).delete()
    assert (verdict(job).foreseen, verdict(job).unforeseen) == (3, 0)
    assert "nothing was foreseen" not in verdict_words(client, job)


def test_where_nothing_would_change_it_says_so(served: Platform, client: Client) -> None:
    words = shown(client)
    assert "A replay would change nothing" in words
    assert "Replay 5 events anyway" in words
    served.track("bumper-101")
    assert "A replay would change nothing" not in shown(client)
    assert "anyway" not in shown(client)


def test_what_would_wait_for_its_message_is_a_change(served: Platform, client: Client) -> None:
    """It may come meanwhile."""
    served.deliver(statuses=[status(message_id="wamid.NOWHERE")])
    served.track("bumper-101")
    late = Event.objects.latest("pk")
    Event.objects.filter(pk=late.pk).update(state="skipped", reason="message_not_found")
    words = shown(client, f"event={late.pk}")
    assert "Skipped Message not found 1" in words
    assert "A replay would change nothing" not in words


def test_what_was_refused_before_only_a_write_tells(served: Platform, client: Client) -> None:
    served.track("bumper-101")
    Event.objects.filter(person_number=DRIVER_NUMBER).update(state="failed", reason="too_large")
    words = shown(client, "state=failed&span=1h")
    assert "Only the write itself tells: Firestore has refused it before 3" in words


def test_what_was_refused_before_is_told_where_nothing_would_be_written(
    served: Platform, client: Client
) -> None:
    Event.objects.filter(person_number=DRIVER_NUMBER).update(state="failed", reason="too_large")
    words = shown(client, "state=failed&span=1h")
    assert "Skipped No active tracking 3" in words
    assert "Only the write itself tells" not in words


def test_events_that_are_not_there_are_named(served: Platform, client: Client) -> None:
    one = Event.objects.earliest("pk")
    words = shown(client, f"event={one.pk}&event=999999&event=x%3Cb")
    assert "There are no events 999999, x&lt;b: retention has deleted them" in words
    assert "Replay 1 event" in words
    words = shown(client, "event=999999")
    assert "There is no event 999999: retention has deleted it" in words
    assert "What was named is not in the log." in words
    assert "Replay 0" not in words
    # Where no event is named by what was named, all that came in the last hours is not meant.
    assert not client.get(f"{NEW}?event=x").context["selection"].events.exists()


def test_a_form_that_somebody_made_up_is_compared_with_nothing(
    served: Platform, client: Client
) -> None:
    action, fields = confirmation(page(client, f"{NEW}?state=skipped&span=1h"))
    for word in ("x", signing.dumps({"chats": [], "fates": []}, salt="another")):
        ReplayedEvent.objects.all().delete()
        Event.objects.update(state="skipped", reason="no_active_tracking")
        job = begun(client, action, fields | {"foreseen": [word], "job": [str(new_id())]})
        assert verdict(job).foreseen == 0


def test_what_is_sealed_comes_back_as_it_was() -> None:
    fates = {
        1: Fate(reason=Reason.APPLIED, chat=BUMPER),
        2: Fate(reason=Reason.NO_ACTIVE_TRACKING),
    }
    assert unseal(seal(fates)) == fates
    assert seal({}) == ""
    assert unseal("") == {}
    with pytest.raises(Unsealable):
        unseal(f"x{seal(fates)}")
    assert len(seal(dict.fromkeys(range(10**6, 10**6 + 500), fates[1]))) < 10_000


def test_what_nothing_would_take_in_is_not_carried() -> None:
    """Chats of ids that are as long as Firestore permits, each another, without any likeness."""
    fates = {n: Fate(reason=Reason.APPLIED, chat=_chat(n)) for n in range(500)}
    assert 0 < len(seal({n: fates[n] for n in range(100)})) <= LONGEST
    assert seal(fates) == ""


def _chat(number: int) -> ChatKey:
    lease_id, enquiry_id = (shake_128(f"{half}{number}".encode()).hexdigest(750) for half in "le")
    return ChatKey(lease_id=lease_id, enquiry_id=enquiry_id)


def test_the_erasure_of_a_person_takes_their_chats_along(served: Platform, client: Client) -> None:
    served.track("bumper-101")
    job = confirmed(client)
    erase(served)
    left = job.events.filter(event__erased_at__isnull=False)
    assert set(left.values_list("lease_id_foreseen", "enquiry_id_foreseen")) == {("", "")}


def test_the_command_tells_the_same(served: Platform) -> None:
    served.track("bumper-101")
    out = StringIO()
    call_command("replay", "--dry-run", "--state=skipped", stdout=out)
    assert "Looked at 5 of 5, without writing. They would become:" in out.getvalue()
    assert "3 processed applied in enquiry bumper-101 (lease lease-1)" in out.getvalue()
    assert "2 skipped no_active_tracking\n" in out.getvalue()
    out = StringIO()
    call_command("replay", "--dry-run", "--event=999999", "--json", stdout=out)
    assert json.loads(out.getvalue())["unknown"] == [999999]


def test_the_command_says_that_it_could_not_look(served: Platform) -> None:
    served.emulators.faults.add(
        Fault(kind=FaultKind.PERMISSION_DENIED, service="firestore", times=99)
    )
    out = StringIO()
    call_command("replay", "--dry-run", "--state=skipped", stdout=out)
    assert "Could not look what they would become: Firestore does not answer." in out.getvalue()


def test_what_the_command_starts_is_compared(served: Platform) -> None:
    served.track("bumper-101")
    call_command("replay", "--state=skipped", stdout=StringIO())
    assert verdict(ReplayJob.objects.get()).foreseen == 5


def test_buttons_that_would_do_nothing_are_not_there(served: Platform, client: Client) -> None:
    first = Event.objects.earliest("pk")
    here = f"/admin/webhooks/event/{first.pk}/change/"
    assert_buttons(client, here, replay=True, delivery=True, repair=False)
    Event.objects.exclude(pk=first.pk).update(state="processed", reason="applied")
    assert_buttons(client, here, replay=True, delivery=False, repair=False)
    other = Event.objects.latest("pk")
    applied = f"/admin/webhooks/event/{other.pk}/change/"
    assert_buttons(client, applied, replay=False, delivery=False, repair=True)
    Delivery.objects.update(body=None, emptied_at=served.now)
    assert_buttons(client, here, replay=False, delivery=False, repair=False)
    assert_buttons(client, applied, replay=False, delivery=False, repair=False)
    assert "Replay…" not in page(client, f"/admin/webhooks/delivery/{first.delivery_id}/change/")


def assert_buttons(client: Client, url: str, *, replay: bool, delivery: bool, repair: bool) -> None:
    html = page(client, url)
    words = ("Replay…", "Replay its delivery…", "Repair…")
    assert [word in html for word in words] == [replay, delivery, repair]


def test_a_list_of_what_cannot_be_opened_has_no_such_button(
    served: Platform, client: Client
) -> None:
    served.deliver(image(message_id="wamid.P"))
    for query, there in (
        ("", True),
        ("state=skipped", True),
        ("state=processed", False),
        ("state=processed&state=ignored", True),
        ("reason=already_applied", False),
        ("state=failed", False),  # there is none
    ):
        html = page(client, f"/admin/webhooks/event/?{query}")
        assert ("Replay these…" in html) is there, query
        assert ("replay_selected" in html) is (there and query != "state=failed"), query


def run_replay(served: Platform) -> None:
    """Lets the queue's tasks of the replay run, and what was waiting for its end end."""
    served.now = datetime.now(UTC)
    for delivery in Delivery.objects.all():
        served.run(delivery.pk)
