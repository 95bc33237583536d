"""All names of one person are found, and nobody else's."""

from datetime import timedelta

import pytest

from eventlog.people.names import aliases_of, events_of, names_of
from sandbox.samples import DRIVER_NUMBER, DRIVER_USER_ID, LEASE_NUMBER
from tests.rows import NOON, make_delivery, make_event
from webhooks.alias import Alias, undo
from webhooks.models import Event
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.names import Names

NEW, OTHER = "16505555678", "16505550000"
OTHERS_ID = "US.99999999999999999999"
HOUR = timedelta(hours=1)


def found(number: str = "", user_id: str = "", *, alone: bool = False) -> set[str]:
    names = Names.of(names_of(Person(number=number, user_id=user_id), alone=alone))
    return {*names.numbers, *names.user_ids}


def changed(*, number: str = NEW, before: str = DRIVER_NUMBER) -> Alias:
    return Alias.objects.create(
        lease_number=LEASE_NUMBER,
        previous_number=before,
        number=number,
        changed_at=NOON,
        noted_at=NOON,
        delivery=make_delivery(),
        position=0,
    )


def theirs(*people: Person) -> set[int]:
    conditions = events_of(Names.of(people))
    keys = [key for each in conditions for key in Event.objects.filter(each).values_list("pk")]
    assert len(keys) == len(set(keys))
    return {key for (key,) in keys}


def test_a_number_leads_to_the_user_id_beside_it_and_to_its_numbers(db: None) -> None:
    make_event()
    make_event(person_number=NEW, occurred_at=NOON + HOUR)
    everything = {DRIVER_NUMBER, DRIVER_USER_ID, NEW}
    assert found(DRIVER_NUMBER) == found(NEW) == found(user_id=DRIVER_USER_ID) == everything
    assert found(DRIVER_NUMBER, alone=True) == {DRIVER_NUMBER}


def test_a_number_that_was_given_to_somebody_else_is_theirs(db: None) -> None:
    mine = make_event()
    make_event(person_number=NEW)
    others = make_event(person_user_id=OTHERS_ID, occurred_at=NOON + HOUR)
    alone = make_event(person_user_id="", occurred_at=NOON + 2 * HOUR)
    assert found(user_id=DRIVER_USER_ID) == {NEW, DRIVER_USER_ID}
    assert found(DRIVER_NUMBER) == {DRIVER_NUMBER, OTHERS_ID}
    person = Person(number=DRIVER_NUMBER, user_id=OTHERS_ID)
    assert theirs(person) == {others.pk, alone.pk}
    assert mine.pk in theirs(Person(user_id=DRIVER_USER_ID))


def test_whose_a_number_is_goes_by_metas_time_and_not_by_what_came_last(db: None) -> None:
    make_event(person_user_id=OTHERS_ID, occurred_at=NOON + HOUR)
    make_event()
    assert found(DRIVER_NUMBER) == {DRIVER_NUMBER, OTHERS_ID}
    assert found(user_id=DRIVER_USER_ID) == {DRIVER_USER_ID}


def test_aliases_lead_on_while_they_count(db: None) -> None:
    alias = changed()
    assert found(DRIVER_NUMBER) == found(NEW) == {DRIVER_NUMBER, NEW}
    undo([alias.pk], by_name="ada", now=NOON)
    assert found(DRIVER_NUMBER) == {DRIVER_NUMBER}


def test_only_aliases_of_the_person_go_and_what_was_undone(db: None) -> None:
    own, others = changed(), changed(number=DRIVER_NUMBER, before=OTHER)
    people = [Person(number=DRIVER_NUMBER), Person(number=NEW)]
    assert aliases_of(Names.of(people), people) == [own.pk]
    undo([others.pk], by_name="ada", now=NOON)
    assert set(aliases_of(Names.of(people), people)) == {own.pk, others.pk}


@pytest.mark.parametrize("spelled", ["5511987654321", "551187654321"])
def test_a_number_however_it_is_spelled(db: None, spelled: str) -> None:
    rows = {
        make_event(person_number=each, person_user_id="").pk
        for each in ("5511987654321", "551187654321")
    }
    assert theirs(*names_of(Person(number=spelled))) == rows
