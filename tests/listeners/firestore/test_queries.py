"""As few queries as Firestore's limits allow."""

import pytest

from listeners.firestore.queries import Lookup, tracking_queries
from webhooks.whatsapp.items import Person

BOTH = Person(number="447700900123", user_id="GB.1")
LEASE, BRAZILIAN = "15550783881", "5541999990001"


@pytest.mark.parametrize(
    ("lease", "person", "collections"),
    [
        (LEASE, BOTH, [LEASE]),
        (LEASE, Person(number="5511987654321", user_id="BR.1"), [LEASE]),
        (LEASE, Person(user_id="GB.1"), [LEASE]),
        (BRAZILIAN, BOTH, ["554199990001", BRAZILIAN]),
        ("554199990001", BOTH, ["554199990001", BRAZILIAN]),
    ],
)
def test_one_query_for_each_spelling_of_the_lease_number(
    lease: str, person: Person, collections: list[str]
) -> None:
    """However the driver is named, and however their number may be spelled."""
    queries = list(tracking_queries([Lookup(lease_number=lease, person=person)]))
    assert [collection for collection, _ in queries] == collections


@pytest.mark.parametrize(("drivers", "queries"), [(10, 1), (11, 2), (20, 2), (100, 10)])
def test_up_to_thirty_values_in_a_query(drivers: int, queries: int) -> None:
    """A number with and without plus, and a user id, for each driver."""
    lookups = [
        Lookup(lease_number=LEASE, person=Person(number=f"4477009{each:05}", user_id=f"GB.{each}"))
        for each in range(drivers)
    ]
    assert len(list(tracking_queries(lookups))) == queries
