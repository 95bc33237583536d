"""What is said of a delivery that today's code reads otherwise than it was read."""

from dataclasses import replace
from typing import Any

import pytest

from eventlog.rereading.differences import Difference, Reread, Way, Words, reread_one
from sandbox import samples
from sandbox.samples import Json
from tests.rows import NOON
from webhooks.models import Delivery, Event
from webhooks.outcomes import Reason, State
from webhooks.receiving import receive
from webhooks.transitions import reopen
from webhooks.whatsapp.items import Item, Kind, UnprocessedItem
from webhooks.whatsapp.kinds.text import TextMessage
from webhooks.whatsapp.payload import Payload
from webhooks.whatsapp.reading import read

pytestmark = pytest.mark.django_db

COMMON = (
    "position",
    "account_id",
    "lease_number",
    "phone_number_id",
    "message_id",
    "person",
    "name",
)
ITEMS = [samples.text(), samples.image(), samples.reaction(), {"odd": 1}]


def received(*messages: Json, **value: Any) -> Delivery:
    """A delivery as it came."""
    payload = samples.envelope(samples.entry(samples.change(messages=messages or ITEMS, **value)))
    body = samples.encode(payload)
    receipt = receive(body=body, headers={}, source=Delivery.Source.META, now=NOON)
    return Delivery.objects.get(pk=receipt.delivery)


def as_tomorrow(item: Item) -> Item:
    if item.name != "image" or item.occurred_at is None:
        return item
    same = {name: getattr(item, name) for name in COMMON}
    return TextMessage(**same, occurred_at=item.occurred_at, kind=Kind.TEXT, body="")


def rows(delivery: Delivery, **fields: Any) -> list[Event]:
    """Its rows, as an older release would have left them."""
    if fields:
        position = fields.pop("position", 0)
        Event.objects.filter(delivery=delivery, position=position).update(**fields)
    return list(delivery.events.order_by("position"))


def compared(delivery: Delivery, **fields: Any) -> Reread:
    return reread_one(delivery, rows(delivery, **fields))


def test_what_is_read_as_it_was_differs_in_nothing() -> None:
    delivery = received(statuses=[samples.status(), samples.status(word="deleted")], errors=[{}])
    assert compared(delivery) == Reread(items=7, differences=[])


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.QUEUED, Reason.NONE),
        (State.WAITING, Reason.WAITING_FOR_QUOTED),
        (State.PROCESSED, Reason.APPLIED),
        (State.DUPLICATE, Reason.ALREADY_APPLIED),
        (State.SKIPPED, Reason.NO_ACTIVE_TRACKING),
        (State.FAILED, Reason.TOO_LARGE),
        (State.FAILED, Reason.GAVE_UP),
    ],
)
def test_how_an_event_ended_later_is_no_difference(state: State, reason: Reason) -> None:
    """Only the reason of what is settled as it is read is known from the bytes."""
    assert compared(received(), state=state.value, reason=reason.value).differences == []


@pytest.mark.parametrize(
    ("field", "was"),
    [
        ("account_id", "1"),
        ("lease_number", "15550000001"),
        ("phone_number_id", ""),
        ("person_number", ""),
        ("person_user_id", "US.1"),
        ("target_id", "wamid.other"),
        ("occurred_at", None),
    ],
)
def test_a_column_is_named_and_its_value_is_not(field: str, was: object) -> None:
    found = compared(received(), **{field: was}).differences
    assert found == [(0, Difference(way=Way.OTHERWISE, kind="text", fields=(field,)))]


@pytest.mark.parametrize(
    ("field", "was"), [("name", "words"), ("message_id", "wamid.other"), ("kind", "status")]
)
def test_an_event_by_which_a_run_would_not_know_its_item_is_told(field: str, was: str) -> None:
    delivery = received()
    [(position, difference)] = compared(delivery, **{field: was}).differences
    assert (position, difference.way, difference.fields) == (0, Way.ANOTHER, (field,))


def test_another_kind_is_told_in_both_words() -> None:
    found = compared(received(), kind="message").differences
    words = Words(column="kind", was="message", now="text")
    other = Difference(way=Way.OTHERWISE, kind="message", fields=("kind",), words=(words,))
    assert found == [(0, other)]


@pytest.mark.parametrize(
    ("position", "fields", "words"),
    [
        # It was passed over; today it would be applied.
        (0, ("ignored", "unsupported_type"), ("unsupported_type", "to_be_applied")),
        (0, ("failed", "malformed"), ("malformed", "to_be_applied")),
        # A word that this release does not know.
        (0, ("ignored", "too_new"), ("too_new", "to_be_applied")),
        # It was applied; today it would be passed over.
        (1, ("processed", "applied"), ("to_be_applied", "unsupported_type")),
        (1, ("queued", ""), ("to_be_applied", "unsupported_type")),
        # Passed over for another reason.
        (1, ("ignored", "group"), ("group", "unsupported_type")),
        (3, ("ignored", "group"), ("group", "malformed")),
    ],
)
def test_another_reason_is_told_in_both_words(
    position: int, fields: tuple[str, str], words: tuple[str, str]
) -> None:
    state, reason = fields
    found = compared(received(), position=position, state=state, reason=reason).differences
    [(where, difference)] = found
    assert (where, difference.fields) == (position, ("reason",))
    assert difference.words == (Words(column="reason", was=words[0], now=words[1]),)


def test_what_was_opened_again_has_no_reason_to_compare_until_it_is_settled() -> None:
    delivery = received()
    photo = delivery.events.get(position=1)
    reopen([photo.pk], check_at=NOON, now=NOON)
    assert compared(delivery).differences == []
    assert compared(delivery, position=1, state="failed", reason="gave_up").differences == []
    assert compared(delivery, position=1, state="ignored", reason="group").differences != []
    assert compared(delivery, position=1, state="processed", reason="applied").differences != []


def test_an_item_that_an_older_release_did_not_count_is_told() -> None:
    delivery = received()
    delivery.events.filter(position=3).delete()
    found = Difference(way=Way.NOT_IN_LEDGER, kind="message")
    assert compared(delivery).differences == [(3, found)]


def test_an_event_that_nothing_is_read_for_is_told() -> None:
    delivery = received()
    delivery.body = samples.encode(
        samples.envelope(samples.entry(samples.change(messages=ITEMS[:3])))
    )
    found = Difference(way=Way.NOT_READ, kind="message")
    assert compared(delivery).differences == [(3, found)]


def test_a_delivery_that_is_judged_otherwise_is_told() -> None:
    delivery = received()
    delivery.verdict = "malformed"
    words = Words(column="verdict", was="malformed", now="readable")
    found = Difference(way=Way.VERDICT, fields=("verdict",), words=(words,))
    assert compared(delivery).differences == [(None, found)]


def test_a_release_that_raises_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def odd(_: Payload) -> tuple[Item, ...]:
        raise KeyError("447700900123")

    monkeypatch.setattr("eventlog.rereading.differences.read", odd)
    delivery = received()
    words = Words(column="error", was="", now="KeyError")
    assert compared(delivery).differences == [(None, Difference(way=Way.RAISED, words=(words,)))]
    assert caplog.messages == ["A delivery cannot be read again."]


def test_an_item_in_another_place_is_the_same_item() -> None:
    """A run takes it for the event's wherever it stands."""
    delivery = received()
    for position in (3, 2, 1, 0):
        delivery.events.filter(position=position).update(position=position + 1)
    assert compared(delivery).differences == []


def test_what_a_release_counts_more_in_between_is_told_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    delivery = received()
    more = UnprocessedItem(position=0, kind=Kind.CHANGE, name="more", reason=Reason.WITHOUT_ITEMS)

    def tomorrow(payload: Payload) -> tuple[Item, ...]:
        return (more, *(replace(item, position=item.position + 1) for item in read(payload)))

    monkeypatch.setattr("eventlog.rereading.differences.read", tomorrow)
    found = Difference(way=Way.NOT_IN_LEDGER, kind="change")
    assert compared(delivery) == Reread(items=5, differences=[(0, found)])


def test_a_release_that_processes_another_type_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if images became texts: of the same list and word, so they are the same items."""

    def tomorrow(payload: Payload) -> tuple[Item, ...]:
        return tuple(as_tomorrow(item) for item in read(payload))

    monkeypatch.setattr("eventlog.rereading.differences.read", tomorrow)
    [(position, difference)] = compared(received()).differences
    assert (position, difference.way, difference.fields) == (1, Way.OTHERWISE, ("kind", "reason"))
    assert difference.words == (
        Words(column="kind", was="message", now="text"),
        Words(column="reason", was="unsupported_type", now="to_be_applied"),
    )
