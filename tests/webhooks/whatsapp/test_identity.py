"""Drivers who change number or user id: both names are read, or the item is of no known type."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox import samples
from tests.webhooks.whatsapp.expected import BAD_NUMBER, BAD_TIME, MALFORMED_TEXT, event_of
from tests.webhooks.whatsapp.payloads import HERE, SHEENA, items_of
from webhooks.outcomes import Reason
from webhooks.whatsapp.identity import ChangedIdentity
from webhooks.whatsapp.items import Kind, Person
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read

OLD, NEW = "16505551234", "16505555678"
OLD_ID, NEW_ID = "US.13491208655302741918", "US.20000000000000000002"
BODY = f"User Sheena Nelson changed from {OLD} to {NEW}"
SHOWN = "User Sheena Nelson changed from {} to {}"  # numbers as WhatsApp shows them
NUMBERS = (Person(number=OLD), Person(number=NEW))
BOTH = (Person(number=OLD, user_id=OLD_ID), Person(number=NEW, user_id=NEW_ID))
IDS = (Person(user_id=OLD_ID), Person(user_id=NEW_ID))
USER_IDS = {"user_id": NEW_ID, "previous_user_id": OLD_ID}
PARENTS = {"parent_user_id": "US.ENT.2", "previous_parent_user_id": "US.ENT.1"}


def test_the_payload_of_a_changed_number() -> None:
    assert items_of("system") == (
        ChangedIdentity(
            position=0,
            **HERE,
            message_id="wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ2RgA=",
            person=Person(number=NEW),
            previous=Person(number=OLD),
            occurred_at=datetime(2025, 6, 8, 20, 59, 45, tzinfo=UTC),
            kind=Kind.MESSAGE,
            name="system",
            reason=Reason.IDENTITY_NOTED,
        ),
    )


@pytest.mark.parametrize(
    ("name", "names"),
    [("system_number_changed_from_the_new", BOTH), ("system_user_id_changed", IDS)],
)
def test_the_payloads_that_name_user_ids(name: str, names: tuple[Person, Person]) -> None:
    """Each with the parent user ids beside them."""
    [item] = items_of(name)
    assert isinstance(item, ChangedIdentity)
    assert (item.previous, item.person) == names


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ({"wa_id": NEW}, NUMBERS),
        ({"wa_id": f"+{NEW}"}, NUMBERS),
        ({"wa_id": NEW, **USER_IDS, **PARENTS}, BOTH),
        ({"wa_id": NEW, **USER_IDS, "number": NEW, "body": BODY}, BOTH),
        ({"wa_id": NEW, **USER_IDS, "number": "", "body": BODY}, BOTH),
        ({**USER_IDS, "body": BODY}, BOTH),
        ({"wa_id": NEW, "number": "", "body": f"{BODY}."}, NUMBERS),
        ({"wa_id": NEW, "number": "", "body": "X changed from 1 to 2. " + BODY}, NUMBERS),
        *(
            ({"wa_id": new, "number": NEW, "body": SHOWN.format(*shown)}, NUMBERS)
            for new in (NEW, "")
            for shown in (
                ("+1 650-555-1234", "+1 650-555-5678"),
                ("\u202a+1 650 555 1234\u202c", "\u202a+1 650 555 5678\u202c"),
                ("\u2066+1 (650) 555-1234\u2069", "\u2066+1 (650) 555-5678\u2069."),
                ("\u200e+1\u00a0650\u00a05551234", "\u200e+1\u00a0650\u00a05555678\u200f"),
                ("\u00a0+1\u202f650\u20115551234\u00a0", "+1\u202f650\u20115555678\u00a0"),
            )
        ),
        ({"wa_id": NEW, "number": "", "customer": OLD}, NUMBERS),
        ({"new_wa_id": NEW, "type": "customer_changed_number"}, NUMBERS),
        ({"wa_id": NEW, "number": NEW, **USER_IDS}, (IDS[0], BOTH[1])),
        ({"number": "", **USER_IDS, **PARENTS}, IDS),
        # Where no new number is told, nobody knows which of the two `from` is.
        ({"number": NEW, **USER_IDS}, IDS),
        ({"type": "user_changed_user_id", "number": "", **USER_IDS, **PARENTS}, IDS),
        ({"type": "user_changed_user_id", "number": OLD_ID, "user_id": NEW_ID}, IDS),
        ({"type": "user_changed_user_id", "number": NEW_ID, "previous_user_id": OLD_ID}, IDS),
        ({"type": "user_changed_user_id", "number": NEW, **USER_IDS}, IDS),
        # A number that is told as the new one is no name of before.
        ({"type": "user_changed_user_id", "wa_id": NEW, **USER_IDS}, (IDS[0], BOTH[1])),
        # The same number in two spellings has not changed either.
        (
            {"wa_id": "5541999990001", "number": "554199990001", **USER_IDS},
            (IDS[0], Person(number="5541999990001", user_id=NEW_ID)),
        ),
        # Parent ids are nobody's own, wherever they stand.
        (
            {"wa_id": NEW, "user_id": "US.ENT.2", "previous_user_id": "US.ENT.1"},
            NUMBERS,
        ),
        ({"wa_id": NEW, "user_id": "no id", "previous_user_id": "none"}, NUMBERS),
    ],
)
def test_both_names(told: dict[str, Any], names: tuple[Person, Person]) -> None:
    item = event_of(message=samples.system(**told))
    assert isinstance(item, ChangedIdentity)
    assert (item.previous, item.person) == names
    assert item.reason is Reason.IDENTITY_NOTED


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"wa_id": OLD},
        {"wa_id": NEW, "number": ""},
        {"wa_id": NEW, "number": NEW, "body": f"User {OLD} changed something"},
        {"type": "user_changed_user_id", "number": OLD, "user_id": NEW_ID},
        {"type": "user_changed_user_id", "user_id": OLD_ID, "previous_user_id": OLD_ID},
        {"type": "customer_identity_changed", "wa_id": NEW},
        {"type": "", "wa_id": NEW, **USER_IDS},
        {"type": "user_changed_user_id", "number": "", "user_id": NEW_ID, **PARENTS},
    ],
)
def test_what_does_not_name_both(told: dict[str, Any]) -> None:
    """It stays what it was: of a type that is not processed."""
    item = event_of(message=samples.system(**told))
    assert not isinstance(item, ChangedIdentity)
    assert getattr(item, "reason", None) is Reason.UNSUPPORTED_TYPE


@pytest.mark.parametrize("part", [None, "", 5, [], {"type": 5, "wa_id": NEW}, {"wa_id": {}}])
def test_odd_parts(part: object) -> None:
    """They hide nothing beside them."""
    odd = samples.system() | {"system": part}
    change = samples.change(messages=[odd, samples.text()])
    first, second = read(parse(samples.encode(samples.envelope(samples.entry(change)))))
    assert getattr(first, "reason", None) is Reason.UNSUPPORTED_TYPE
    assert (second.position, second.kind) == (1, Kind.TEXT)


def test_without_a_time_or_a_lease_number_it_cannot_be_noted() -> None:
    changed = samples.system(wa_id=NEW)
    malformed = replace(MALFORMED_TEXT, kind=Kind.MESSAGE, name="system")
    person = replace(SHEENA, user_id="")
    assert event_of(message=changed | {"timestamp": "?"}) == replace(
        malformed, person=person, occurred_at=None, detail=BAD_TIME
    )
    change = samples.change(messages=[changed], lease_number="")
    [item] = read(parse(samples.encode(samples.envelope(samples.entry(change)))))
    assert item == replace(malformed, person=person, lease_number="", detail=BAD_NUMBER)


def test_of_a_group_it_is_the_groups() -> None:
    item = event_of(message=samples.system(wa_id=NEW) | {"group_id": "1"})
    assert getattr(item, "reason", None) is Reason.GROUP
