"""Which chat: the candidates and their order."""

from datetime import UTC, datetime

import pytest

from listeners.tracking import ChatKey, TrackingRecord, candidates
from webhooks.whatsapp.items import Person

LEASE = "15550783881"
OLD, NEW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def tracking_record(
    document_id: str,
    *,
    lease_number: str = LEASE,
    number: str = "447700900123",
    user_id: str = "",
    active: bool = True,
    updated_at: datetime | None = OLD,
    created_at: datetime | None = OLD,
) -> TrackingRecord:
    """A record whose chat is named after it."""
    return TrackingRecord(
        document_id=document_id,
        lease_number=lease_number,
        chat=ChatKey(lease_id="lease", enquiry_id=document_id),
        driver_number=number,
        driver_user_id=user_id,
        lacks_user_id=not user_id,
        active=active,
        updated_at=updated_at,
        created_at=created_at,
        version=None,
    )


def order(*records: TrackingRecord, person: Person) -> list[str]:
    """The ids of the candidates, best first."""
    found = candidates(records, lease_number=LEASE, person=person)
    return [record.document_id for record in found]


DRIVER = Person(number="447700900123", user_id="GB.1234")


def test_active_first_then_updated_then_created_then_id() -> None:
    records = [
        tracking_record("g", active=False, updated_at=NEW),
        tracking_record("f", updated_at=None, created_at=None),
        tracking_record("e", updated_at=OLD, created_at=OLD),
        tracking_record("d", updated_at=OLD, created_at=OLD),
        tracking_record("c", updated_at=OLD, created_at=NEW),
        tracking_record("b", updated_at=NEW, created_at=OLD),
        tracking_record("a", updated_at=NEW, created_at=NEW),
    ]
    assert order(*records, person=DRIVER) == list("abcdefg")
    assert order(*reversed(records), person=DRIVER) == list("abcdefg")


def test_only_records_of_the_lease_number_and_the_driver() -> None:
    records = [
        tracking_record("own"),
        tracking_record("other driver", number="447700900999"),
        tracking_record("other lease", lease_number="15550000000"),
    ]
    assert order(*records, person=DRIVER) == ["own"]


def test_by_user_id_only_where_the_number_is_withheld() -> None:
    by_number = tracking_record("by number")
    by_user_id = tracking_record("by user id", number="", user_id="GB.1234")
    assert order(by_number, by_user_id, person=DRIVER) == ["by number"]
    assert order(by_number, by_user_id, person=Person(user_id="GB.1234")) == ["by user id"]


def test_nobody_has_no_records() -> None:
    assert order(tracking_record("a", number="", user_id=""), person=Person()) == []


@pytest.mark.parametrize(
    ("stored", "sent"),
    [("5511987654321", "551187654321"), ("541123456789", "5491123456789")],
)
def test_a_number_is_found_under_its_other_spelling(stored: str, sent: str) -> None:
    assert order(tracking_record("a", number=stored), person=Person(number=sent)) == ["a"]


def test_the_person_in_reactions_is_the_records_number_or_else_its_user_id() -> None:
    assert tracking_record("a", user_id="GB.1").person == "447700900123"
    assert tracking_record("a", number="", user_id="GB.1").person == "GB.1"
