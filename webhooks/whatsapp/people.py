"""Who an item is about: the driver by number, by user id, or as the contacts name them."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from webhooks.whatsapp.envelope import Contact
from webhooks.whatsapp.identifiers import is_parent_user_id, is_user_id
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.limits import (
    NUMBER_LENGTH,
    PROFILE_NAME_LENGTH,
    USER_ID_LENGTH,
    within,
)
from webhooks.whatsapp.numbers import digits, is_same_number, spellings


class Named(NamedTuple):
    """A person and the name they gave themselves in WhatsApp."""

    person: Person
    profile_name: str


class People:
    """The contacts of one value, for the items beside them."""

    def __init__(self, contacts: Sequence[Contact]) -> None:
        self._by_words = {(one.wa_id, one.user_id): _named(one) for one in contacts}

    def find(self, number: str | None, user_id: str | None) -> Named:
        """The person whom an item names so, completed by the contact that means the same one.

        That is the contact with this number, however it is spelled, or with this user id, or else
        the only contact there is, if one of the two names nobody.
        """
        # Contacts and items nearly always name a person in the same words.
        known = self._by_words.get((number, user_id))
        if known is not None and (number or user_id):
            return known
        said = person(number, user_id)
        contact = (
            self._with_number(said.number)
            or self._by_user_id.get(said.user_id)
            or self._only_one_for(said)
        )
        if contact is None:
            return Named(said, "")
        return Named(_completed(said, contact.person), contact.profile_name)

    def _only_one_for(self, said: Person) -> Named | None:
        """The only contact, unless it may be somebody else than the item names.

        Who is named by a number here and by a user id there may be two people: joining them would
        put the words of one into the chat of the other.
        """
        if self._only is None or Person() in (said, self._only.person):
            return self._only
        return None

    def _with_number(self, number: str) -> Named | None:
        known = (self._by_number.get(each) for each in spellings(number))
        return next((one for one in known if one is not None), None)

    @cached_property
    def _by_number(self) -> dict[str, Named]:
        return {one.person.number: one for one in self._by_words.values() if one.person.number}

    @cached_property
    def _by_user_id(self) -> dict[str, Named]:
        return {one.person.user_id: one for one in self._by_words.values() if one.person.user_id}

    @cached_property
    def _only(self) -> Named | None:
        known = [one for one in self._by_words.values() if one != Named(Person(), "")]
        return known[0] if len(known) == 1 else None


def person(number: str | None, user_id: str | None) -> Person:
    """A person by what Meta gives as number and user id; some send the user id as the number.

    A parent user id is of a whole business portfolio's making: nobody's own, wherever it stands.
    """
    given_id = "" if user_id and is_parent_user_id(user_id) else within(user_id, USER_ID_LENGTH)
    if not number:
        return Person(user_id=given_id)
    if number.isdecimal():
        return Person(number=within(digits(number), NUMBER_LENGTH), user_id=given_id)
    if is_user_id(number):
        return Person(user_id=given_id or number)
    if any(character.isalpha() for character in number):
        return Person(user_id=given_id)
    return Person(number=within(digits(number), NUMBER_LENGTH), user_id=given_id)


def _named(contact: Contact) -> Named:
    name = contact.profile.name if contact.profile else None
    return Named(person(contact.wa_id, contact.user_id), (name or "")[:PROFILE_NAME_LENGTH])


def _completed(said: Person, contact: Person) -> Person:
    """What the item says, with what only the contact knows, unless they contradict."""
    number = said.number or contact.number
    user_id = said.user_id or contact.user_id
    other_number = contact.number and not is_same_number(contact.number, number)
    if other_number or contact.user_id not in ("", user_id):
        return said
    return Person(number=number, user_id=user_id)
