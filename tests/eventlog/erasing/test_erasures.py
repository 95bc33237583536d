"""A person is taken out of everything that the ledger holds, and nobody else is."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User

from eventlog.balance import balance
from eventlog.erasing.erasures import Request, carry_on, start
from eventlog.erasing.taking_out import Taken, take_out
from eventlog.models import (
    ErasedDelivery,
    Erasure,
    LeaseNumber,
    Problem,
    ReplayedEvent,
    ReplayJob,
)
from eventlog.questions.windows import Window
from eventlog.reconciliation import reconcile
from eventlog.replay import losses, repairs
from eventlog.replay.choosing import of_events
from eventlog.replay.jobs import NothingToReplay
from eventlog.replay.jobs import Request as ReplayRequest
from eventlog.replay.jobs import carry_on as replay_on
from eventlog.replay.jobs import start as replay
from eventlog.replay.repairs import Remedy
from eventlog.replay.selection import Gone
from eventlog.replay.selection import preview as replay_preview
from eventlog.rereading.walk import reread
from listeners.models import ErasedMessage, Placement, UnreadableTask
from sandbox import samples
from sandbox.emulators import Emulators
from sandbox.samples import (
    DRIVER_NUMBER,
    DRIVER_USER_ID,
    LEASE_NUMBER,
    contact,
    reaction,
    status,
    system,
    text,
)
from tests.eventlog.erasing.people import OTHER, OTHERS_ID, erase, left, others_text
from tests.platform import START, Platform
from visn_whatsapp.findings import Finding
from webhooks.alias import Alias
from webhooks.models import Delivery, Event
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.names import Names

NEW = "16505555678"
DAY = timedelta(days=1)
WORDS = (
    DRIVER_NUMBER,
    DRIVER_USER_ID,
    NEW,
    "Sheena",
    samples.TEXT_ID,
    samples.OUTBOUND_ID,
    "their-enquiry",
)


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    """Our stand-in alone: nothing here asks Firestore for anything new."""
    return stand_ins.firestore_host


def window(platform: Platform) -> Window:
    return Window(start=platform.now - DAY, end=platform.now + DAY)


def mixed(platform: Platform) -> UUID:
    """A delivery of the driver's and of somebody else's, applied."""
    platform.track("their-enquiry")
    platform.track("e2", driverMobileNumber=OTHER)
    platform.sends("their-enquiry", samples.OUTBOUND_ID)
    delivery = platform.receive(
        text(),
        others_text(),
        reaction(),
        statuses=[status()],
        contacts=[contact(), contact(number=OTHER, user_id=OTHERS_ID, name="Bob")],
    )
    platform.run(delivery)
    return delivery


def test_nothing_of_them_is_left_and_all_of_the_others(platform: Platform) -> None:
    delivery = mixed(platform)
    user = User.objects.create_user("grace")
    LogEntry.objects.create(
        user=user,
        object_repr=f"about {DRIVER_NUMBER}",
        action_flag=2,
        change_message=f"of {DRIVER_USER_ID}",
    )
    ReplayJob.objects.create(
        name=f"for {DRIVER_NUMBER}",
        asked_by_name="x",
        asked_at=START,
        choice=f"of {DRIVER_NUMBER}",
        state="finished",
    )
    LogEntry.objects.create(
        user=user, object_repr="x", action_flag=2, change_message=f"of {DRIVER_USER_ID}"
    )
    UnreadableTask.objects.create(
        digest="d", body=DRIVER_USER_ID.encode(), size=23, first_seen_at=START, last_seen_at=START
    )
    Problem.objects.create(
        kind="failed",
        note=f"+{DRIVER_NUMBER} has called",
        first_at=START,
        opened_at=START,
        last_at=START,
    )
    before = Delivery.objects.get(pk=delivery)
    neighbour = Event.objects.filter(position=1).values().get()
    assert sorted(left(*WORDS)) == sorted({*WORDS} - {NEW})

    erasure, taken = erase(platform)

    assert left(*WORDS) == []
    after = Delivery.objects.get(pk=delivery)
    assert (after.digest, after.size, after.item_count) == (before.digest, before.size, 4)
    assert len(bytes(after.body or b"")) == before.size
    assert Event.objects.filter(position=1).values().get() == neighbour
    assert Placement.objects.get().message_id == "wamid.O"
    assert platform.outcomes(delivery) == [("processed", "applied")] * 4
    assert (erasure.events, erasure.deliveries, erasure.placements) == (3, 1, 1)
    assert (erasure.emptied, erasure.words, erasure.asked_by_name) == (0, 5, "Ada")
    assert (erasure.state, erasure.names, erasure.searched) == ("finished", {}, [])
    tombstone = ErasedDelivery.objects.get()
    assert (tombstone.delivery, tombstone.positions) == (delivery, [0, 2, 3])
    assert (tombstone.digest, tombstone.emptied) == (before.digest, False)
    assert {each.document_id.partition(".")[0] for each in taken.documents if each.document_id}
    assert {each.chat for each in taken.documents} == {
        "leasecompany/lease-1/enquiries/their-enquiry"
    }


def test_checks_hold_and_say_what_was_erased(platform: Platform) -> None:
    delivery = mixed(platform)
    erase(platform)
    account = balance(window(platform), now=platform.now)
    assert (account.finding, account.items, account.events) == (Finding.WELL, 4, 4)
    *_, read_again = reread(window(platform))
    assert (read_again.finding, read_again.erased) == (Finding.WELL, 3)
    compared = reconcile(window(platform), store=platform.store)
    assert (compared.finding, compared.checked, compared.erased) == (Finding.WELL, 1, 3)
    events = list(Event.objects.filter(delivery=delivery).values_list("pk", flat=True))
    found = repairs.preview(losses.of_events(events), store=platform.store)
    assert found.counts == {Remedy.ERASED: 3, Remedy.INTACT: 1}
    assert (found.left, found.compared) == (0, True)


def test_the_same_bytes_again_are_known_and_not_applied(platform: Platform) -> None:
    platform.track("their-enquiry")
    body = samples.encode(
        samples.envelope(samples.entry(samples.change(messages=[text()], contacts=[contact()])))
    )
    platform.run(platform.receive_payload(body))
    first = Delivery.objects.get()
    erase(platform)
    assert platform.receive_payload(body) == first.pk
    assert (Delivery.objects.count(), platform.unread("their-enquiry")) == (2, 1)
    assert left(*WORDS) == []


@pytest.mark.parametrize("waits", [False, True], ids=["queued", "waiting"])
def test_what_is_open_is_settled_and_stays_so(platform: Platform, waits: bool) -> None:
    delivery = platform.receive(text(), statuses=[status(message_id="wamid.LATER")])
    if waits:
        platform.track("e9")
        platform.run(delivery)
        assert ("waiting", "waiting_for_message") in platform.outcomes(delivery)
    erase(platform)
    assert platform.outcomes(delivery)[-1] == ("skipped", "erased")
    platform.now += DAY
    platform.track("their-enquiry")
    platform.run(delivery)
    assert platform.outcomes(delivery)[-1] == ("skipped", "erased")
    assert platform.chat("their-enquiry") == {}
    assert not Event.objects.exclude(check_at=None).exists()
    account = balance(Window(start=START - DAY, end=platform.now), now=platform.now)
    assert account.finding == Finding.WELL


def test_a_neighbour_that_is_open_is_applied_as_ever(platform: Platform) -> None:
    platform.track("theirs")
    platform.track("e2", driverMobileNumber=OTHER)
    delivery = platform.receive(
        text(), others_text(), contacts=[contact(), contact(number=OTHER, user_id=OTHERS_ID)]
    )
    erase(platform)
    assert platform.outcomes(delivery) == [("skipped", "erased"), ("received", "")]
    platform.run(delivery)
    assert platform.outcomes(delivery) == [("skipped", "erased"), ("processed", "applied")]
    assert (platform.unread("theirs"), platform.unread("e2")) == (0, 1)


def test_a_contact_goes_that_has_only_the_other_name_of_an_event(platform: Platform) -> None:
    """Who is asked for by the number alone is in their contact by the user id beside it."""
    platform.receive(text(), contacts=[contact(number="")])
    request = Request(
        erasure=uuid4(),
        people=[Person(number=DRIVER_NUMBER)],
        asked_by=None,
        asked_by_name="Ada",
    )
    erasure = start(request, now=platform.now)
    for _ in carry_on(erasure, clock=lambda: platform.now, until=platform.now + DAY):
        pass
    assert left(DRIVER_NUMBER, DRIVER_USER_ID, "Sheena") == []
    assert Delivery.objects.get().body is not None


def test_a_replay_says_that_it_was_erased(platform: Platform) -> None:
    delivery = platform.receive(text())
    platform.run(delivery)
    event = Event.objects.get()
    assert (event.state, event.reason) == ("skipped", "no_active_tracking")
    erase(platform)
    [group] = replay_preview(of_events([event.pk]), limit=10).groups
    assert (group.gone, group.replayable) == (Gone.ERASED, False)
    request = ReplayRequest(
        job_id=uuid4(), name="x", selection=of_events([event.pk]), asked_by=None
    )
    with pytest.raises(NothingToReplay):
        replay(request, now=platform.now)


def test_a_replay_that_has_not_opened_it_yet_leaves_it(platform: Platform) -> None:
    delivery = platform.receive(text())
    platform.run(delivery)
    event = Event.objects.get()
    job = replay(
        ReplayRequest(job_id=uuid4(), name="x", selection=of_events([event.pk]), asked_by=None),
        now=platform.now,
    )
    erase(platform)
    later = platform.now + timedelta(minutes=1)
    replay_on(job, queue=platform.queue, clock=lambda: platform.now, until=later)
    row = ReplayedEvent.objects.get()
    assert (row.reopened_at, row.closed_at) == (None, platform.now)
    assert platform.outcomes(delivery) == [("skipped", "no_active_tracking")]


def test_all_names_and_aliases_of_one_person(platform: Platform) -> None:
    platform.receive(text(user_id=""), contacts=[])
    timestamp = int(START.timestamp())
    platform.receive(system(wa_id=NEW, number=DRIVER_NUMBER, timestamp=timestamp), contacts=[])
    platform.receive(text(message_id="wamid.N", number=NEW, user_id=""), contacts=[])
    platform.receive(others_text(), contacts=[])
    assert Alias.objects.count() == 1
    erasure, _ = erase(platform, NEW)
    assert left(DRIVER_NUMBER, NEW) == []
    assert (erasure.events, erasure.aliases) == (3, 1)
    assert left(OTHER) == [OTHER]


def test_bytes_of_which_nothing_is_sure_are_emptied_and_no_row_stays_open(
    platform: Platform,
) -> None:
    """The tolerant reader has read them, so nobody knows where which item stands."""
    platform.track("their-enquiry")
    change = samples.change(
        messages=[text(), others_text()],
        contacts=[contact(), contact(number=OTHER, user_id=OTHERS_ID)],
    )
    body = samples.encode(samples.envelope(samples.entry(change))) + b"\0"
    body = body.replace(b"another", b"an\\u0000other").rstrip(b"\0")
    delivery = platform.receive_payload(body)
    assert platform.outcomes(delivery) == [("received", "")] * 2
    erasure, _ = erase(platform)
    row = Delivery.objects.get()
    assert (row.body, row.size, erasure.emptied) == (None, len(body), 1)
    assert row.emptied_at == platform.now
    assert platform.outcomes(delivery) == [("skipped", "erased")] * 2
    assert list(Event.objects.order_by("position").values_list("person_number", flat=True)) == [
        "",
        OTHER,
    ]
    account = balance(window(platform), now=platform.now)
    assert (account.finding, account.items) == (Finding.WELL, 2)
    *_, read_again = reread(window(platform))
    assert read_again.emptied == 1
    other = Event.objects.get(position=1)
    [group] = replay_preview(of_events([other.pk]), limit=10).groups
    assert (group.gone, group.replayable) == (Gone.EMPTIED, False)
    assert left(DRIVER_NUMBER, DRIVER_USER_ID) == []


def test_bytes_in_which_an_event_has_no_item_are_emptied(platform: Platform) -> None:
    """Another release has read them, so nobody knows which of them was this event."""
    platform.receive(text(), others_text(), contacts=[])
    Event.objects.filter(position=0).update(name="of-another-release")
    erasure, _ = erase(platform)
    assert (Delivery.objects.get().body, erasure.emptied) == (None, 1)
    assert left(DRIVER_NUMBER, DRIVER_USER_ID, "wamid.H") == []


def test_bytes_that_tell_nothing_of_them_stay(platform: Platform) -> None:
    delivery = platform.receive_payload(f'{{"wa_id": "{OTHER}"}}'.encode())
    names = Names.of([Person(number=DRIVER_NUMBER)])
    assert take_out([delivery], names=names, erasure=uuid4(), now=platform.now) == Taken()
    assert left(OTHER) == [OTHER]


def test_what_is_not_processed_and_holds_their_number(platform: Platform) -> None:
    told = samples.other_change(field="user_preferences", value={"wa_id": DRIVER_NUMBER})
    elses = samples.other_change(field="user_preferences", value={"wa_id": OTHER})
    delivery = platform.receive_payload(
        samples.encode(samples.envelope(samples.entry(told, elses)))
    )
    odd = platform.receive_payload(f'{{"wa_id": "{DRIVER_NUMBER}"}}'.encode())
    group = platform.receive(text(number="", user_id="") | {"group_id": DRIVER_NUMBER}, contacts=[])
    platform.receive_payload(f'{{"wa_id": "{OTHER}"}}'.encode())
    assert left(DRIVER_NUMBER)
    erasure, _ = erase(platform)
    assert left(DRIVER_NUMBER) == []
    assert [Delivery.objects.get(pk=each).body is None for each in (delivery, odd, group)] == [
        False,
        True,
        False,
    ]
    assert Delivery.objects.filter(emptied_at=None, body__isnull=True).count() == 0
    assert (erasure.events, erasure.deliveries, erasure.emptied) == (2, 3, 1)
    assert left(OTHER) == [OTHER]


def test_a_lease_number_is_nobodys_in_words_and_in_bytes_that_name_nobody(
    platform: Platform,
) -> None:
    """Somebody has mistaken it for the driver's; or another company writes to this one by it."""
    moment = {"first_event_at": START, "last_event_at": START, "last_event": 1}
    LeaseNumber.objects.create(number=LEASE_NUMBER, **moment)
    told = samples.other_change(field="account_update", value={"phone": LEASE_NUMBER})
    platform.receive_payload(samples.encode(samples.envelope(samples.entry(told))))
    platform.receive(text(number="", user_id="") | {"group_id": "g"}, contacts=[])
    ReplayJob.objects.create(
        name=f"of {LEASE_NUMBER}", asked_by_name="x", asked_at=START, choice="", state="finished"
    )
    before = list(Delivery.objects.order_by("pk").values())
    erasure, _ = erase(platform, LEASE_NUMBER)
    assert (erasure.state, erasure.events, erasure.deliveries, erasure.words) == (
        "finished",
        0,
        0,
        0,
    )
    assert list(Delivery.objects.order_by("pk").values()) == before
    assert ReplayJob.objects.get().name == f"of {LEASE_NUMBER}"


def test_it_goes_on_where_it_was_broken_off(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventlog.people.searching.DELIVERIES_AT_A_TIME", 2)
    for serial in range(5):
        platform.receive(text(message_id=f"wamid.{serial}", user_id=""), contacts=[])
    platform.receive(text(message_id="wamid.5", number=""), contacts=[])
    platform.receive(text(message_id="wamid.6"))
    erasure, _ = erase(platform, within=timedelta())
    assert erasure.state == "erasing"
    steps = carry_on(erasure, clock=lambda: platform.now, until=platform.now + DAY)
    next(steps)
    assert Event.objects.exclude(erased_at=None).count() == 2
    again = Erasure.objects.get()
    for _ in carry_on(again, clock=lambda: platform.now, until=platform.now + DAY):
        pass
    assert again.state == "finished"
    assert (again.events, ErasedDelivery.objects.count()) == (7, 7)
    assert left(DRIVER_NUMBER, DRIVER_USER_ID) == []


def test_asking_twice_is_asking_once(platform: Platform) -> None:
    platform.receive(text())
    request = Request(
        erasure=uuid4(),
        people=[Person(number=DRIVER_NUMBER)],
        asked_by=None,
        asked_by_name="Ada",
    )
    assert start(request, now=platform.now) == start(request, now=platform.now + DAY)
    assert Erasure.objects.get().asked_at == platform.now


def test_of_two_people_in_one_delivery_both_can_be_erased(platform: Platform) -> None:
    mixed(platform)
    erase(platform)
    erase(platform, OTHER)
    assert left(DRIVER_NUMBER, OTHER, OTHERS_ID, "Bob") == []
    assert Delivery.objects.get().body is not None
    assert [row.positions for row in ErasedDelivery.objects.order_by("pk")] == [[0, 2, 3], [1]]
    assert Erasure.objects.count() == 2
    assert ErasedMessage.objects.count() == 3
