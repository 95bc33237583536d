"""What an erased message is known by, which tells nobody which it was."""

import pytest
from pytest_django import Settings

from listeners.erased import mark
from sandbox.samples import LEASE_NUMBER, TEXT_ID
from webhooks.models import Event


def text(**fields: str) -> Event:
    return Event(**{"kind": "text", "lease_number": LEASE_NUMBER, "message_id": TEXT_ID} | fields)


def test_a_message_is_one_whatever_the_spelling_of_its_number() -> None:
    known = mark(text(lease_number="5215550001111"))
    assert known == mark(text(lease_number="525550001111"))
    others = {mark(text()), mark(text(message_id="wamid.B")), mark(text(lease_number="1555"))}
    assert len({known, *others}) == 4


def test_nobody_can_try_all_numbers_without_the_key(settings: Settings) -> None:
    before = mark(text())
    settings.SECRET_KEY = "another key, of which nobody knows anything at all"
    assert mark(text()) != before


@pytest.mark.parametrize(
    "fields", [{"kind": "status"}, {"kind": "error"}, {"kind": "change"}, {"message_id": ""}]
)
def test_what_no_person_sent_is_known_by_nothing(fields: dict[str, str]) -> None:
    assert mark(text(**fields)) == ""
