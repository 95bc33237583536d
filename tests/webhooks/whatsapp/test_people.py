"""Who an item is about."""

import pytest

from webhooks.whatsapp.envelope import Contact, Profile
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.people import Named, People, person

SHEENA = Person(number="16505551234", user_id="US.1349")
PABLO = Person(number="15550001111", user_id="US.7000")


def contact(number: str | None, user_id: str | None, name: str | None) -> Contact:
    """A contact as Meta gives it."""
    return Contact(profile=Profile(name=name), wa_id=number, user_id=user_id)


SHEENAS = contact("16505551234", "US.1349", "Sheena")
PABLOS = contact("15550001111", "US.7000", "Pablo")


@pytest.mark.parametrize(
    ("number", "user_id", "expected"),
    [
        ("16505551234", "US.1349", SHEENA),
        ("+1 650-555-1234", "US.1349", SHEENA),
        ("16505551234", None, Person(number="16505551234")),
        ("", "US.1349", Person(user_id="US.1349")),
        (None, None, Person()),
        ("US.1349", None, Person(user_id="US.1349")),
        ("US.1349", "US.1349", Person(user_id="US.1349")),
        ("US.ENT.1349", "US.1349", Person(user_id="US.1349")),
        ("US.ENT.1349", None, Person()),
        ("16505551234", "US.ENT.1349", Person(number="16505551234")),
        ("somebody 5", None, Person()),
        ("\u0661\u0662", None, Person()),
        ("1" * 32, "u" * 160, Person(number="1" * 32, user_id="u" * 160)),
        ("1" * 33, "u" * 161, Person()),
    ],
)
def test_person(number: str | None, user_id: str | None, expected: Person) -> None:
    """Digits are a number, a user id in its place is a user id, words are neither."""
    assert person(number, user_id) == expected


@pytest.mark.parametrize(
    ("contacts", "number", "user_id", "expected"),
    [
        ([], "16505551234", None, Named(Person(number="16505551234"), "")),
        ([SHEENAS, PABLOS], "16505551234", "US.1349", Named(SHEENA, "Sheena")),
        ([SHEENAS, PABLOS], "15550001111", None, Named(PABLO, "Pablo")),
        ([SHEENAS, PABLOS], None, "US.7000", Named(PABLO, "Pablo")),
        ([SHEENAS, PABLOS], "US.7000", None, Named(PABLO, "Pablo")),
        ([SHEENAS, PABLOS], "+15550001111", "", Named(PABLO, "Pablo")),
        ([SHEENAS, PABLOS], "15559999999", None, Named(Person(number="15559999999"), "")),
        ([SHEENAS, PABLOS], None, None, Named(Person(), "")),
        ([SHEENAS], None, None, Named(SHEENA, "Sheena")),
        ([SHEENAS, SHEENAS], None, None, Named(SHEENA, "Sheena")),
        ([SHEENAS, Contact()], None, None, Named(SHEENA, "Sheena")),
        (
            [contact("5511988887777", None, "Ana")],
            "551188887777",
            "BR.1",
            Named(Person(number="551188887777", user_id="BR.1"), "Ana"),
        ),
        (
            [contact("5511988887777", "BR.1", "Ana"), PABLOS],
            "551188887777",
            None,
            Named(Person(number="551188887777", user_id="BR.1"), "Ana"),
        ),
        (
            [contact("5511988887777", "BR.1", "Ana")],
            "551188887777",
            "BR.2",
            Named(Person(number="551188887777", user_id="BR.2"), "Ana"),
        ),
        ([contact(None, None, "S")], "16505551234", "US.1349", Named(SHEENA, "S")),
        ([Contact(wa_id="16505551234")], None, None, Named(Person(number="16505551234"), "")),
        ([contact("1", None, "n" * 300)], "1", None, Named(Person(number="1"), "n" * 256)),
    ],
)
def test_contacts_complete_the_person(
    contacts: list[Contact], number: str | None, user_id: str | None, expected: Named
) -> None:
    """The contact with this number or user id, or the only one."""
    assert People(contacts).find(number, user_id) == expected


@pytest.mark.parametrize(
    ("only", "number", "user_id", "expected"),
    [
        (SHEENAS, "15550001111", None, Person(number="15550001111")),
        (SHEENAS, None, "US.7000", Person(user_id="US.7000")),
        (contact("16505551234", None, "Sheena"), None, "US.7000", Person(user_id="US.7000")),
        (contact(None, "US.1349", "Sheena"), "15550001111", None, Person(number="15550001111")),
    ],
)
def test_the_only_contact_may_be_somebody_else(
    only: Contact, number: str | None, user_id: str | None, expected: Person
) -> None:
    """Neither the name nor the other identifier of a contact goes to another person's item."""
    assert People([only]).find(number, user_id) == Named(expected, "")


def test_somebody_else_without_a_number_gives_nobody_a_name() -> None:
    people = People([contact(None, "US.7000", "Pablo")])
    assert people.find("", "US.1349") == Named(Person(user_id="US.1349"), "")
