"""How else a driver was or is called, and that lists and the search find them by either name."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from eventlog.questions.filters import EventFilter, matching
from eventlog.questions.known_as import known_as
from eventlog.questions.matches import find
from eventlog.questions.same import Same
from sandbox import samples
from tests.rows import NOON, make_delivery, make_event
from webhooks.alias import Alias
from webhooks.models import Event

NUMBERS = (samples.DRIVER_NUMBER, "16505555671", "16505555672", "16505555673")
USER_IDS = (samples.DRIVER_USER_ID, "US.200000001", "US.200000002", "US.200000003")

pytestmark = pytest.mark.django_db


def at(minute: int) -> datetime:
    """The moment of the change that leads to the name with this serial."""
    return NOON + timedelta(minutes=minute)


def alias(old: int, new: int, **fields: Any) -> Alias:
    """Who had one of the names has another one."""
    usual = {
        "lease_number": samples.LEASE_NUMBER,
        "previous_number": NUMBERS[old],
        "previous_user_id": USER_IDS[old],
        "number": NUMBERS[new],
        "user_id": USER_IDS[new],
        "changed_at": at(new),
        "noted_at": at(new),
        "position": 0,
    }
    return Alias.objects.create(delivery=make_delivery(), **(usual | fields))


def event(serial: int, **fields: Any) -> Event:
    """An event that names the driver by one of the names."""
    names = {"person_number": NUMBERS[serial], "person_user_id": USER_IDS[serial]}
    return make_event(**(names | fields))


def told(of: Event) -> list[tuple[str, str, datetime, bool]]:
    """What the page of an event says."""
    return [
        (
            "wrote" if each.before else "writes",
            each.person.number,
            each.alias.changed_at,
            each.standing.counts,
        )
        for each in known_as(of)
    ]


def listed(of: Event) -> set[int]:
    """The events of the same driver."""
    wanted = EventFilter(same=((Same.DRIVER, of.pk),))
    return set(matching(wanted, now=NOON).values_list("pk", flat=True))


def test_before_and_since() -> None:
    for old in range(3):
        alias(old, old + 1)
    assert told(event(1)) == [
        ("wrote", NUMBERS[0], at(1), True),
        ("writes", NUMBERS[2], at(2), True),
        ("writes", NUMBERS[3], at(3), True),
    ]
    assert told(event(3)) == [
        ("wrote", NUMBERS[serial], at(serial + 1), True) for serial in (2, 1, 0)
    ]


def test_what_was_undone_is_shown_and_leads_no_further() -> None:
    alias(0, 1)
    alias(1, 2, undone_at=NOON, undone_by_name="anna")
    assert told(event(2)) == [("wrote", NUMBERS[1], at(2), False)]
    assert told(event(1)) == [
        ("wrote", NUMBERS[0], at(1), True),
        ("writes", NUMBERS[2], at(2), False),
    ]


def test_a_number_that_is_somebody_elses_by_now() -> None:
    alias(0, 1)
    stranger = event(0, person_user_id="US.9", occurred_at=at(5))
    mine = event(1)
    assert told(mine) == [("wrote", NUMBERS[0], at(1), False)]
    assert listed(mine) == {mine.pk}
    assert known_as(stranger) == []


def test_lists_hold_the_events_of_all_names() -> None:
    alias(0, 1)
    alias(1, 2)
    alias(2, 3, lease_number="15550100009")
    events = [event(serial) for serial in range(4)]
    for serial in range(3):
        assert listed(events[serial]) == {each.pk for each in events[:3]}
    assert listed(events[3]) == {events[3].pk}


@pytest.mark.parametrize("word", [NUMBERS[0], f"+{NUMBERS[0]}", USER_IDS[0]])
def test_the_search_finds_a_driver_by_a_name_that_no_event_has(word: str) -> None:
    since = event(1)
    assert find(word, lease_numbers=()).matches == []
    row = alias(0, 1)
    [match] = find(word, lease_numbers=()).matches
    assert (match.event, match.same) == (since, Same.DRIVER)
    Alias.objects.filter(pk=row.pk).update(undone_at=NOON)
    assert find(word, lease_numbers=()).matches == []


def test_a_lease_number_is_found_in_every_spelling() -> None:
    there = event(0, lease_number="554199990001")
    [match] = find("+55 41 9 9999-0001", lease_numbers=()).matches
    assert (match.event, match.same) == (there, Same.LEASE_NUMBER)
    wanted = EventFilter(same=((Same.LEASE_NUMBER, event(1, lease_number="5541999990001").pk),))
    assert there in matching(wanted, now=NOON)


def test_who_has_no_other_name_costs_a_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    alone = event(0)
    with django_assert_num_queries(1):
        assert known_as(alone) == []
