"""Documents of other services that hold more, or other, than the contract says."""

import pytest

from listeners.firestore.queries import Lookup
from listeners.models import Placement
from listeners.services import Handled
from sandbox import samples
from sandbox.samples import OUTBOUND_ID, reaction, status, text
from tests.platform import DRIVER, LEASE, Platform
from webhooks import receiving
from webhooks.models import Delivery, Event
from webhooks.whatsapp.items import Person

APPLIED = ("processed", "applied")


def test_a_field_that_the_client_cannot_decode_stops_nothing(platform: Platform) -> None:
    """Google's client raises for a reference into another database than the document's own."""
    platform.track("e1", chat=platform.enquiry("e1"))
    elsewhere = platform.ancillary.document(f"whatsapp/lease/{LEASE}/record-1")
    platform.sends("e1", OUTBOUND_ID, tracking=elsewhere)
    assert platform.deliver(text(), reaction(), statuses=[status()]) == [APPLIED] * 3
    assert platform.results == [Handled.DONE]


def test_an_enquiry_id_that_no_database_takes_leads_to_no_chat(platform: Platform) -> None:
    platform.track("e1", enquiryId="e\0")
    assert platform.deliver(text()) == [("skipped", "no_active_tracking")]


def test_a_text_whose_document_exists_is_there_whatever_its_fields_say(platform: Platform) -> None:
    platform.track("e1")
    platform.messages("e1").document("wamid.T1").set({"source": "driver"})
    items = [text(message_id=f"wamid.T{each}") for each in (1, 2)]
    assert platform.deliver(*items) == [APPLIED] * 2
    assert platform.results == [Handled.DONE]
    assert platform.unread("e1") == 1


def test_a_text_with_the_longest_id_is_counted_once(platform: Platform) -> None:
    """Firestore stores an id of 1500 bytes, but looks for none."""
    platform.track("e1")
    delivery = platform.receive(text(message_id="a" * 1500))
    platform.run(delivery)
    # As if the process had been killed before it recorded what it had written.
    Event.objects.update(state="queued", settled_at=None)
    Placement.objects.update(applied_at=None)
    assert platform.run(delivery) == Handled.DONE
    assert platform.outcomes(delivery) == [APPLIED]
    assert platform.unread("e1") == 1


REFERENCE = "whatsapp/lease/1/another"  # into the other database: Google's client raises for it


@pytest.mark.parametrize(
    "field", ["leaseId", "enquiryId", "driverUserId", "updatedAt", "createdAt", "active"]
)
def test_an_odd_tracking_record_hides_no_other(platform: Platform, field: str) -> None:
    platform.track("e1")
    platform.track("e2", active=False)
    record = platform.ancillary.document(f"whatsapp/lease/{LEASE}/record-2")
    record.update({field: platform.main.document(REFERENCE)})
    assert platform.deliver(text()) == [APPLIED]
    assert (platform.results, platform.unread("e1")) == ([Handled.DONE], 1)


def test_of_an_odd_tracking_record_the_other_fields_count(platform: Platform) -> None:
    platform.track("e1", createdAt=platform.main.document(REFERENCE))
    assert platform.deliver(text()) == [APPLIED]
    assert platform.unread("e1") == 1


@pytest.mark.parametrize(
    "field", ["status", "errors", "reactions", "statusTimestamps", "reactionClock"]
)
def test_an_odd_message_stops_nothing_and_shows_what_is_done_to_it(
    platform: Platform, field: str
) -> None:
    platform.track("e1")
    platform.sends("e1", OUTBOUND_ID, **{field: platform.ancillary.document(REFERENCE)})
    items = platform.deliver(text(), reaction(), statuses=[status(word="read")])
    assert items == [APPLIED] * 3
    assert platform.results == [Handled.DONE]


def test_a_user_id_of_another_type_is_left_as_it_is(platform: Platform) -> None:
    platform.track("e1", driverUserId=5)
    assert platform.deliver(text()) == [APPLIED]
    assert platform.record(1)["driverUserId"] == 5


def test_a_user_id_that_cannot_be_decoded_is_left_as_it_is(platform: Platform) -> None:
    reference = platform.main.document(REFERENCE)
    platform.track("e1", driverUserId=reference)
    assert platform.deliver(text()) == [APPLIED]
    lookup = Lookup(lease_number=LEASE, person=Person(number=DRIVER))
    [record], _ = platform.store.load(lookups=[lookup], message_ids=())
    assert (record.driver_user_id, record.lacks_user_id) == ("", False)


def test_records_of_two_lease_numbers_learn_though_their_ids_are_the_same(
    platform: Platform,
) -> None:
    platform.track("e1")
    ours, theirs = (
        platform.ancillary.document(f"whatsapp/lease/{number}/record-1")
        for number in (LEASE, "15550000002")
    )
    theirs.set(ours.get().to_dict() or {})
    changes = [
        samples.change(messages=[text(message_id="wamid.1")], contacts=[samples.contact()]),
        samples.change(
            messages=[text(message_id="wamid.2")],
            contacts=[samples.contact()],
            lease_number="15550000002",
            phone_number_id="9",
        ),
    ]
    body = samples.encode(samples.envelope(samples.entry(*changes)))
    source = Delivery.Source.META
    platform.run(receiving.receive(body=body, headers={}, source=source, now=platform.now).delivery)
    learnt = [record.get().get("driverUserId") for record in (ours, theirs)]
    assert learnt == [samples.DRIVER_USER_ID] * 2
