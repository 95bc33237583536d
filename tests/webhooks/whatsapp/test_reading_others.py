"""What is ignored, what cannot be read, and that neither hides what stands beside it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sandbox import samples
from tests.webhooks.whatsapp.expected import event_of
from tests.webhooks.whatsapp.payloads import (
    HERE,
    OUTBOUND_ID,
    REACTION_ID,
    REACTION_TIME,
    SHEENA,
    STATUS_ID,
    STATUS_TIME,
    TEXT_ID,
    TEXT_TIME,
    Place,
    items_of,
)
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Item, Kind, UnprocessedItem
from webhooks.whatsapp.kinds.reaction import Reaction
from webhooks.whatsapp.kinds.status import Status, StatusUpdate
from webhooks.whatsapp.kinds.text import TextMessage
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read

NOWHERE: Place = {"account_id": "", "lease_number": "", "phone_number_id": ""}
IN_ACCOUNT: Place = {**NOWHERE, "account_id": "102290129340398"}


def _text(position: int, body: str, message_id: str = TEXT_ID) -> Item:
    return TextMessage(
        position=position,
        **HERE,
        message_id=message_id,
        person=SHEENA,
        occurred_at=TEXT_TIME,
        kind=Kind.TEXT,
        name="text",
        body=body,
        profile_name="Sheena Nelson",
    )


def _status(position: int, status: Status, place: Place = HERE) -> Item:
    return StatusUpdate(
        position=position,
        **place,
        message_id=STATUS_ID,
        person=SHEENA,
        occurred_at=STATUS_TIME,
        kind=Kind.STATUS,
        name=status.word,
        status=status,
    )


def _odd_container(position: int, name: str, detail: str, place: Place = HERE) -> Item:
    return UnprocessedItem(
        position=position,
        **place,
        kind=Kind.CONTAINER,
        name=name,
        reason=Reason.MALFORMED,
        detail=detail,
    )


def _change(position: int, name: str, place: Place, reason: Reason) -> Item:
    return UnprocessedItem(position=position, **place, kind=Kind.CHANGE, name=name, reason=reason)


def _notice(position: int, error: dict[str, object], place: Place = HERE) -> Item:
    return UnprocessedItem(
        position=position,
        **place,
        kind=Kind.ERROR,
        name=str(error.get("code", "")),
        errors=(error,) if error else (),
        reason=Reason.ERROR_NOTICE,
    )


@pytest.mark.parametrize(
    ("name", "message_id", "second", "errors"),
    [
        ("image", "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ1RgA=", 44, ()),
        (
            "unsupported",
            "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ3RgA=",
            46,
            (samples.UNKNOWN_TYPE,),
        ),
    ],
)
def test_messages_of_other_types(
    name: str, message_id: str, second: int, errors: tuple[dict[str, object], ...]
) -> None:
    """They are named by their type and ignored."""
    assert items_of(name) == (
        UnprocessedItem(
            position=0,
            **HERE,
            message_id=message_id,
            person=SHEENA,
            occurred_at=datetime(2025, 6, 8, 20, 59, second, tzinfo=UTC),
            kind=Kind.MESSAGE,
            name=name,
            errors=errors,
            reason=Reason.UNSUPPORTED_TYPE,
        ),
    )


@pytest.mark.parametrize(
    ("part", "detail"),
    [
        ({"type": "poll_creation"}, "its own type is poll_creation"),
        ({"type": "+44 7700 900102"}, ""),
        ({"type": ["x"]}, ""),
        ({}, ""),
        (None, ""),
        ("x", ""),
    ],
)
def test_of_which_type_an_unsupported_message_would_be(part: object, detail: str) -> None:
    """Meta's word, unless it is none that can hold nothing personal."""
    item = event_of(message=samples.text() | {"type": "unsupported", "unsupported": part})
    assert isinstance(item, UnprocessedItem)
    assert (item.name, item.reason, item.detail) == (
        "unsupported",
        Reason.UNSUPPORTED_TYPE,
        detail,
    )


@pytest.mark.parametrize(
    "status", [samples.status(word="warning"), samples.status(word="failed") | {"type": "payment"}]
)
def test_the_errors_of_a_status_that_is_not_processed_are_kept(status: samples.Json) -> None:
    """Such as of a payment that failed."""
    item = event_of(status=status | {"errors": [samples.FAILURE]})
    assert (item.kind, item.errors) == (Kind.STATUS, (samples.FAILURE,))


FAILED = samples.status(word="failed") | {"errors": [samples.FAILURE]}
WRONG = {"errors": [samples.FAILURE]}


@pytest.mark.parametrize(
    "item",
    [
        {"status": FAILED | {"recipient_type": "group"}},
        {"status": FAILED | {"id": ""}},
        {"status": FAILED | {"status": None}},
        {"status": FAILED | {"timestamp": "soon"}},
        {"message": samples.text() | WRONG | {"group_id": "Y2FwaV9ncm91cDo"}},
        {"message": samples.text() | WRONG | {"text": {}}},
        {"message": samples.text() | WRONG | {"type": None}},
        {"message": samples.text() | WRONG | {"id": ""}},
        {"message": samples.reaction() | WRONG | {"reaction": {}}},
        {"message": samples.system(wa_id="1") | WRONG | {"timestamp": ""}},
    ],
)
def test_the_errors_of_what_is_of_a_group_or_malformed_are_kept(
    item: dict[str, samples.Json],
) -> None:
    """Meta gives them once, and they may say what went wrong."""
    found = event_of(**item)
    assert isinstance(found, UnprocessedItem)
    assert found.reason in (Reason.GROUP, Reason.MALFORMED)
    assert found.errors == (samples.FAILURE,)


def test_several_entries_and_changes() -> None:
    """All are read, in the order of the payload; an entry without changes holds nothing."""
    other: Place = {
        "account_id": "202290129340399",
        "lease_number": "15551112222",
        "phone_number_id": "206540352242923",
    }
    assert items_of("several_entries_and_changes") == (
        _text(0, "First"),
        Reaction(
            position=1,
            **HERE,
            message_id=REACTION_ID,
            person=SHEENA,
            occurred_at=REACTION_TIME,
            kind=Kind.REACTION,
            name="reaction",
            target_id=OUTBOUND_ID,
            emoji="👍",
        ),
        _status(2, Status.SENT),
        _change(3, "account_update", IN_ACCOUNT, Reason.UNSUPPORTED_FIELD),
        _status(4, Status.DELIVERED, other),
        _status(5, Status.READ, other),
        _notice(6, {"code": 130429, "title": "Rate limit hit"}, other),
    )


def test_batch_with_odd_items() -> None:
    """An item of a wrong type is set aside alone, with all of it that can be read."""
    odd_message = UnprocessedItem(
        position=1,
        **HERE,
        person=SHEENA,
        kind=Kind.MESSAGE,
        name="",
        reason=Reason.MALFORMED,
        detail="type is missing or not a string",
    )
    odd_status = UnprocessedItem(
        position=5,
        **HERE,
        person=SHEENA,
        kind=Kind.STATUS,
        name="",
        reason=Reason.MALFORMED,
        detail="status is missing or not a string",
    )
    assert items_of("batch_with_odd_items") == (
        _text(0, "Before"),
        odd_message,
        replace(
            odd_message,
            position=2,
            message_id="wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RwA=",
            kind=Kind.TEXT,
            name="text",
            detail="timestamp is missing or no time",
        ),
        replace(
            odd_message,
            position=3,
            message_id=REACTION_ID,
            occurred_at=datetime(2025, 6, 8, 20, 59, 44, tzinfo=UTC),
            kind=Kind.TEXT,
            name="text",
            detail="text.body is missing or not a string",
        ),
        _text(4, "After", OUTBOUND_ID),
        odd_status,
        _status(6, Status.DELIVERED),
        replace(odd_status, position=7, message_id=STATUS_ID, occurred_at=STATUS_TIME),
        _status(8, Status.READ),
        _notice(9, {"code": 130429}),
        _notice(10, {}),
        _text(11, "Next change"),
    )


def test_lists_that_are_none() -> None:
    """Each is one malformed container; null is empty, and where all are, the change is the last."""
    assert items_of("lists_that_are_none") == (
        _odd_container(0, "messages", "messages is not a list"),
        _odd_container(1, "statuses", "statuses is not a list"),
        _odd_container(2, "errors", "errors is not a list"),
        _text(3, "Kept"),
        _odd_container(4, "statuses", "statuses is not a list"),
        _change(5, "messages, statuses, errors", HERE, Reason.WITHOUT_ITEMS),
    )


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({"user_actions": [{"action_type": "marketing_messages_link_click"}]}, "user_actions"),
        ({"user_actions": [], "message_echoes": []}, "user_actions, message_echoes"),
        ({"messages": [], "user_actions": []}, "messages, user_actions"),
        ({"messages": []}, "messages"),
        ({}, "messaging_product, metadata"),
        ({"contacts": "x"}, "messaging_product, metadata, contacts"),
        ({"k" * 70: 1}, "k" * 64),
    ],
)
def test_a_change_without_items(value: dict[str, object], name: str) -> None:
    """One ignored item, named after what the value has beside the keys of every value."""
    metadata = {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"}
    frame = {"messaging_product": "whatsapp", "metadata": metadata}
    change: samples.Json = {"field": "messages", "value": frame | value}
    raw = samples.encode(samples.envelope(samples.entry(change)))
    assert read(parse(raw)) == (_change(0, name, HERE, Reason.WITHOUT_ITEMS),)


def test_user_actions_only() -> None:
    """Nothing known is in it, and it is seen."""
    assert [(each.name, each.lease_number) for each in items_of("user_actions_only")] == [
        ("user_actions", "15550100004")
    ]


def test_odd_containers() -> None:
    """Each malformed container is one event, in its place."""
    no_value = "value is missing or not an object"
    assert items_of("odd_containers") == (
        _odd_container(0, "entry[]", "an entry is not an object", NOWHERE),
        _odd_container(1, "changes", "changes is missing or not a list", IN_ACCOUNT),
        _odd_container(2, "changes", "changes is missing or not a list", IN_ACCOUNT),
        _odd_container(3, "change", "a change is not an object", IN_ACCOUNT),
        _odd_container(4, "value", no_value, IN_ACCOUNT),
        _odd_container(5, "value", no_value, IN_ACCOUNT),
        _odd_container(6, "field", "field is missing or not a string"),
        _odd_container(7, "field", "field is missing or not a string", IN_ACCOUNT),
        _odd_container(8, "field", "field is missing or not a string", IN_ACCOUNT),
        _text(9, "Kept"),
        _odd_container(10, "entry[]", "an entry is not an object", NOWHERE),
    )


@pytest.mark.parametrize(
    ("name", "container", "detail"),
    [
        ("not_json", "payload", "the payload is not JSON"),
        ("envelope_is_a_list", "envelope", "the payload is not an object"),
        ("envelope_without_entry", "entry", "entry is missing or not a list"),
        ("entry_is_an_object", "entry", "entry is missing or not a list"),
    ],
)
def test_payloads_without_an_envelope(name: str, container: str, detail: str) -> None:
    """The payload as a whole is one malformed container."""
    assert items_of(name) == (_odd_container(0, container, detail, NOWHERE),)


def test_no_entries() -> None:
    """Nothing is in it, and nothing is wrong with it."""
    assert items_of("entry_empty") == ()


def test_other_fields() -> None:
    """One event for each change, named by its field; long names are cut."""
    cut = "a_field_that_is_named_with_far_more_than_sixty_four_characters_i"
    assert items_of("other_fields") == (
        _change(0, "account_update", IN_ACCOUNT, Reason.UNSUPPORTED_FIELD),
        _change(1, "calls", HERE, Reason.UNSUPPORTED_FIELD),
        _change(2, cut, IN_ACCOUNT, Reason.UNSUPPORTED_FIELD),
        _change(3, "standby", IN_ACCOUNT, Reason.UNSUPPORTED_FIELD),
    )


def test_other_product() -> None:
    """One event for each change, whatever is in it."""
    page: Place = {**NOWHERE, "account_id": "67890"}
    assert items_of("other_product") == (
        _change(0, "feed", page, Reason.NOT_WHATSAPP),
        _change(1, "mention", page, Reason.NOT_WHATSAPP),
        _change(2, "", {**NOWHERE, "account_id": "67891"}, Reason.NOT_WHATSAPP),
    )


def test_other_product_without_changes() -> None:
    """A lone event says that something was there."""
    assert items_of("other_product_without_changes") == (
        _change(0, "", NOWHERE, Reason.NOT_WHATSAPP),
    )
