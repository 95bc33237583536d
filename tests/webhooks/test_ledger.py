"""What the ledger holds of a payload."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest

from sandbox import samples
from tests.threads import at_once
from tests.webhooks.conftest import NOW
from tests.webhooks.databases import OUTAGES
from webhooks import ledger, receiving
from webhooks.ledger import Arrival, LedgerUnavailable
from webhooks.models import Delivery, Event
from webhooks.outcomes import State
from webhooks.receipts import Receipt
from webhooks.storable import Unstorable, check
from webhooks.whatsapp import limits
from webhooks.whatsapp.items import Item, Kind
from webhooks.whatsapp.kinds.text import TextMessage
from webhooks.whatsapp.payload import Verdict

pytestmark = pytest.mark.django_db

TEXT = samples.encode(samples.envelope(samples.entry(samples.change(messages=[samples.text()]))))
IMAGE = samples.encode(samples.envelope(samples.entry(samples.change(messages=[samples.image()]))))
MIXED = samples.encode(
    samples.envelope(
        samples.entry(
            samples.change(
                messages=[samples.text(reply_to=samples.OUTBOUND_ID), samples.image(), 7],
                statuses=[samples.status(), samples.status(word="deleted")],
                errors=[samples.FAILURE],
            ),
            samples.other_change(),
        ),
        samples.entry(samples.change(messages=[samples.reaction()])),
    )
)


def receive(body: bytes = TEXT) -> Receipt:
    """Records a body that Meta has sent."""
    headers = {"Content-Type": "application/json"}
    return receiving.receive(body=body, headers=headers, source=Delivery.Source.META, now=NOW)


def test_a_delivery_is_recorded_as_it_came() -> None:
    receipt = receive(TEXT)

    delivery = Delivery.objects.get()
    assert receipt == Receipt(
        row=delivery.pk, delivery=delivery.pk, digest=delivery.digest, needs_task=True
    )
    assert bytes(delivery.body or b"") == TEXT
    assert delivery.digest == sha256(TEXT).hexdigest()
    assert delivery.size == len(TEXT)
    assert delivery.headers == {"Content-Type": "application/json"}
    assert delivery.source == "meta"
    assert delivery.received_at == NOW
    assert delivery.verdict == Verdict.READABLE
    assert delivery.item_count == 1
    assert delivery.repeat_of is None


def test_an_open_event_is_recorded_with_all_that_people_search_for() -> None:
    receive(MIXED)

    event = Event.objects.get(kind=Kind.TEXT)
    assert event.delivery == Delivery.objects.get()
    assert event.position == 0
    assert event.name == "text"
    assert event.account_id == samples.ACCOUNT_ID
    assert event.lease_number == samples.LEASE_NUMBER
    assert event.phone_number_id == samples.PHONE_NUMBER_ID
    assert event.person_number == samples.DRIVER_NUMBER
    assert event.person_user_id == samples.DRIVER_USER_ID
    assert event.message_id == samples.TEXT_ID
    assert event.target_id == samples.OUTBOUND_ID
    assert event.occurred_at is not None
    assert event.occurred_at.timestamp() == samples.TIMESTAMP
    assert event.received_at == NOW
    assert event.check_at == NOW + timedelta(minutes=1)
    assert (event.state, event.reason, event.detail) == ("received", "", "")
    assert (event.queued_at, event.started_at, event.settled_at) == (None, None, None)
    assert (event.waits, event.rounds) == (0, 0)


def test_each_item_has_one_event_in_the_order_of_the_payload() -> None:
    receive(MIXED)

    assert list(
        Event.objects.order_by("position").values_list("position", "kind", "state", "reason")
    ) == [
        (0, "text", "received", ""),
        (1, "message", "ignored", "unsupported_type"),
        (2, "message", "failed", "malformed"),
        (3, "status", "received", ""),
        (4, "status", "ignored", "unsupported_status"),
        (5, "error", "ignored", "error_notice"),
        (6, "change", "ignored", "unsupported_field"),
        (7, "reaction", "received", ""),
    ]
    assert Delivery.objects.get().item_count == 8
    assert Event.objects.get(kind=Kind.REACTION).target_id == samples.OUTBOUND_ID


def test_metas_code_of_an_error_is_kept_beside_what_it_came_with() -> None:
    failed = samples.status(word="failed", errors=[samples.FAILURE, {"code": 1}])
    unsupported = samples.text() | {"type": "unsupported", "errors": [{"code": 131051}]}
    delivered = samples.status(word="delivered", errors=[samples.FAILURE])
    change = samples.change(
        messages=[unsupported], statuses=[failed, delivered], errors=[{"code": 130429}]
    )
    receive(samples.encode(samples.envelope(samples.entry(change))))
    events = Event.objects.order_by("position")
    assert list(events.values_list("name", "error_code")) == [
        ("unsupported", 131051),
        ("failed", 131049),
        ("delivered", None),
        ("130429", 130429),
    ]


def test_what_is_settled_as_it_is_read_needs_no_task_and_no_check() -> None:
    receipt = receive(IMAGE)

    event = Event.objects.get()
    assert not receipt.needs_task
    assert (event.settled_at, event.check_at) == (NOW, None)


@pytest.mark.parametrize(
    ("body", "verdict", "kinds"),
    [
        (b"", Verdict.NOT_JSON, [Kind.CONTAINER]),
        (b"\x00\xff not JSON", Verdict.NOT_JSON, [Kind.CONTAINER]),
        (b"[]", Verdict.MALFORMED, [Kind.CONTAINER]),
        (b'{"object":"page","entry":[]}', Verdict.NOT_WHATSAPP, [Kind.CHANGE]),
        (b'{"object":"whatsapp_business_account","entry":[]}', Verdict.READABLE, []),
    ],
)
def test_what_cannot_be_read_is_recorded_too(
    body: bytes, verdict: Verdict, kinds: list[Kind]
) -> None:
    receipt = receive(body)

    delivery = Delivery.objects.get()
    assert bytes(delivery.body or b"") == body
    assert delivery.verdict == verdict
    assert list(delivery.events.values_list("kind", flat=True)) == kinds
    assert delivery.item_count == len(kinds)
    assert not receipt.needs_task


def test_the_same_bytes_again_are_a_small_row_that_points_to_the_first() -> None:
    first = receive(TEXT)
    again = receive(TEXT)

    repeat = Delivery.objects.get(pk=again.row)
    assert again == Receipt(
        row=repeat.pk, delivery=first.delivery, digest=first.digest, needs_task=True
    )
    assert repeat.pk != first.row
    assert (repeat.repeat_of_id, repeat.body, repeat.item_count) == (first.row, None, 0)
    assert (repeat.digest, repeat.size) == (sha256(TEXT).hexdigest(), len(TEXT))
    assert Event.objects.count() == 1


def test_a_repeat_of_a_repeat_points_to_the_first_as_well() -> None:
    first = receive(TEXT)
    receive(TEXT)

    assert receive(TEXT).delivery == first.delivery


@pytest.mark.parametrize("state", [State.RECEIVED, State.QUEUED, State.WAITING])
def test_a_repeat_of_what_is_not_settled_needs_a_task(state: State) -> None:
    receive(TEXT)
    Event.objects.update(state=state)

    assert receive(TEXT).needs_task


@pytest.mark.parametrize("state", [State.PROCESSED, State.SKIPPED, State.FAILED])
def test_a_repeat_of_what_is_settled_needs_none(state: State) -> None:
    receive(TEXT)
    Event.objects.update(state=state)

    assert not receive(TEXT).needs_task


def test_the_same_items_in_other_bytes_are_another_delivery() -> None:
    assert receive(TEXT).delivery != receive(TEXT + b" ").delivery
    assert Event.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_bytes_at_the_same_moment_are_recorded_once() -> None:
    threads = 8
    receipts = at_once([lambda: receive(MIXED)] * threads)

    (first,) = Delivery.objects.filter(repeat_of=None)
    assert {receipt.delivery for receipt in receipts} == {first.pk}
    assert {receipt.row for receipt in receipts} == set(
        Delivery.objects.values_list("pk", flat=True)
    )
    assert Delivery.objects.count() == threads
    assert Event.objects.count() == 8


def record(items: Sequence[Item]) -> Receipt:
    """Records these items, whatever they were read from."""
    arrival = Arrival(body=TEXT, headers={}, source=Delivery.Source.META, at=NOW)
    return ledger.record(arrival, verdict=Verdict.READABLE, read=items)


def text(message_id: str) -> TextMessage:
    """Returns the item of a driver's text."""
    return TextMessage(
        position=0,
        message_id=message_id,
        occurred_at=NOW,
        kind=Kind.TEXT,
        name="text",
        body="Does it come in another color?",
    )


def test_the_longest_fields_that_are_read_fit_the_columns() -> None:
    widths = {field.name: getattr(field, "max_length", None) for field in Event._meta.fields}

    assert widths["name"] == limits.NAME_LENGTH
    assert widths["account_id"] == limits.META_ID_LENGTH
    assert widths["phone_number_id"] == limits.META_ID_LENGTH
    assert widths["lease_number"] == limits.NUMBER_LENGTH
    assert widths["person_number"] == limits.NUMBER_LENGTH
    assert widths["person_user_id"] == limits.USER_ID_LENGTH
    assert widths["message_id"] == limits.MESSAGE_ID_BYTES
    assert widths["target_id"] == limits.MESSAGE_ID_BYTES


def test_the_longest_message_id_can_be_recorded_and_found() -> None:
    # PostgreSQL refuses rows of an index above 2704 bytes; it would compress one that repeats.
    longest = "".join(chr(0x4E00 + 7 * number % 20_000) for number in range(500))
    assert len(longest.encode()) == limits.MESSAGE_ID_BYTES

    record([replace(text(longest), reply_to=longest[::-1])])

    assert Event.objects.get(message_id=longest).target_id == longest[::-1]


def test_a_payload_whose_rows_are_refused_for_their_data_is_kept(
    caplog: pytest.LogCaptureFixture,
) -> None:
    receipt = record([text("wamid.\ud800")])

    delivery = Delivery.objects.get()
    assert receipt == Receipt(
        row=delivery.pk, delivery=delivery.pk, digest=delivery.digest, needs_task=False
    )
    assert bytes(delivery.body or b"") == TEXT
    event = delivery.events.get()
    assert (event.kind, event.state, event.reason) == ("container", "failed", "malformed")
    assert event.detail == "its items cannot be stored"
    assert event.settled_at == NOW
    assert delivery.item_count == 1
    assert caplog.messages == ["A payload's items cannot be stored."]


def test_rows_that_contradict_each_other_are_no_repeat() -> None:
    record([text("wamid.HBgLMQ=="), text("wamid.HBgLMg==")])

    assert Event.objects.get().detail == "its items cannot be stored"


def test_a_recorded_delivery_can_be_found_by_its_own_id_and_by_that_of_a_repeat() -> None:
    first = receive(TEXT)
    again = receive(TEXT)

    rows = [first.row, again.row]
    assert ledger.find([*rows, uuid4()]) == dict(zip(rows, [first, again], strict=True))
    assert ledger.find([uuid4()]) == {}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("outage", OUTAGES)
def test_a_database_that_takes_no_rows_is_unavailable(outage: str) -> None:
    with OUTAGES[outage](), pytest.raises(LedgerUnavailable):
        receive(TEXT)

    assert receive(TEXT).row == Delivery.objects.get().pk


def test_a_value_that_a_column_refuses_is_no_absence_of_the_database() -> None:
    """Only `record` is asked to take it for one: elsewhere it is a fault of ours, and says so."""
    state = Event._meta.get_field("state")
    with pytest.raises(Unstorable), ledger.reached():
        check(state, ["longer than any state"])
    with pytest.raises(LedgerUnavailable), ledger.reached(Unstorable):
        check(state, ["longer than any state"])
