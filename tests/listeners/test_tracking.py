"""Which chat: the candidates and their order."""

from datetime import UTC, datetime
from functools import partial
from itertools import product
from random import Random

from listeners.tracking import ChatKey, Records, TrackingRecord, candidates
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
        version=0,
    )


def order(*records: TrackingRecord, person: Person) -> list[str]:
    """The ids of the candidates, best first."""
    found = candidates(records, lease_number=LEASE, person=person)
    return [record.document_id for record in found.records]


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


BY_USER_ID = Person(user_id="GB.1234")


def test_named_by_both_the_record_of_the_number_and_that_of_the_user_id_alone() -> None:
    """A record of somebody else's number is not theirs, whatever user id it has."""
    records = [
        tracking_record("a number", user_id="GB.999"),
        tracking_record("by user id", number="", user_id="GB.1234"),
        tracking_record("other number", number="447700900999", user_id="GB.1234"),
    ]
    assert order(*records, person=DRIVER) == ["a number", "by user id"]
    assert order(*records, person=Person(number="447700900123")) == ["a number"]


def test_a_withheld_number_is_told_by_a_record_of_the_user_id() -> None:
    told = tracking_record("told", user_id="GB.1234")
    other = tracking_record("other")
    stranger = tracking_record("stranger", number="447700900999")
    assert order(told, other, stranger, person=BY_USER_ID) == ["other", "told"]
    assert order(other, stranger, person=BY_USER_ID) == []


def test_a_number_that_was_given_away_is_not_found_by_the_user_id() -> None:
    """Nor does it tell the number of others."""
    told = tracking_record("told", user_id="GB.1234")
    alone = tracking_record("alone", number="", user_id="GB.1234")
    found = candidates(
        [told, alone, tracking_record("other")],
        lease_number=LEASE,
        person=BY_USER_ID,
        newest_number="447700900999",
    )
    assert [record.document_id for record in found.records] == ["alone"]
    assert [record.document_id for record in found.given_away] == ["told"]


def test_numbers_in_all_their_spellings() -> None:
    """Of the driver, of the lease number, and of the one that Meta named last."""
    driver = tracking_record("a", number="5511987654321", lease_number="5541999990001")
    found = candidates([driver], lease_number="554199990001", person=Person(number="551187654321"))
    assert found.active == (driver,)
    told = tracking_record("b", number="5511987654321", user_id="BR.1")
    found = candidates(
        [told], lease_number=LEASE, person=Person(user_id="BR.1"), newest_number="551187654321"
    )
    assert found.records == (told,)


def test_of_two_collections_with_one_id_the_smaller_comes_first() -> None:
    records = [
        tracking_record("same", lease_number="5541999990001"),
        tracking_record("same", lease_number="554199990001"),
    ]
    found = candidates(records, lease_number="554199990001", person=DRIVER)
    assert [record.lease_number for record in found.records] == ["554199990001", "5541999990001"]


LEASES = [LEASE, "554199990001", "55419990001", "5541999990001"]
NUMBERS = ["", "447700900123", "551187654321", "5511987654321", "525512345678", "5215512345678"]
USER_IDS = ["", "GB.1234", "GB.999", "MX.1"]


def test_by_names_the_same_are_found_as_one_by_one() -> None:
    """Of any records, whoever is looked for; also where one of them was read twice."""
    drawn = Random(40)  # noqa: S311 - not a secret
    for _ in range(40):
        records = [
            tracking_record(
                f"r{drawn.randrange(9)}",
                lease_number=drawn.choice(LEASES),
                number=drawn.choice(NUMBERS),
                user_id=drawn.choice(USER_IDS),
                active=drawn.random() < 0.8,
                updated_at=drawn.choice([OLD, NEW, None]),
            )
            for _ in range(drawn.randrange(12))
        ]
        by_name = Records(records)
        for lease_number, number, user_id, newest in product(LEASES, NUMBERS, USER_IDS, NUMBERS):
            person = Person(number=number, user_id=user_id)
            look = partial(
                candidates, lease_number=lease_number, person=person, newest_number=newest
            )
            assert look(by_name.about(lease_number, person)) == look(records)
