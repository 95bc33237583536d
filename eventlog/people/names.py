"""All names of one person: what Meta has named together, and what aliases tell."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from django.db.models import Q

from eventlog.models import LeaseNumber
from eventlog.questions.known_as import other_names, touching
from eventlog.questions.same import with_numbers, with_user_id
from webhooks.alias import Alias
from webhooks.conditions import BOTH_NAMES
from webhooks.models import Event
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.names import Names
from webhooks.whatsapp.numbers import spellings

AT_MOST = 50  # names; who has more is several people, or an attacker


def names_of(person: Person, *, alone: bool = False) -> list[Person]:
    """The person by each of their names, as they are asked for first; `alone`: by no other.

    A number leads to the user id that Meta named last beside it, and a user id to the numbers
    beside it that are not somebody else's since; each of them to the names before and after it that
    aliases tell, at any lease number, as far as these count.
    """
    found: list[Person] = []
    ahead = [Person(number=person.number), Person(user_id=person.user_id)]
    while ahead and len(found) < AT_MOST:
        name = ahead.pop(0)
        if name == Person() or name in found:
            continue
        found.append(name)
        if not alone:
            ahead += [*_beside(name), *_aliases(name)]
    return found


def _beside(name: Person) -> Iterator[Person]:
    if name.number:
        user_id = _newest_user_id(name.number)
        yield Person(user_id=user_id)
        return
    numbers = Event.objects.filter(BOTH_NAMES, person_user_id=name.user_id).order_by()
    for number in sorted(set(numbers.values_list("person_number", flat=True).distinct())):
        if _newest_user_id(number) == name.user_id:
            yield Person(number=number)


def _newest_user_id(number: str) -> str:
    """Whose a number is, by what Meta said last; empty where it never said."""
    named = Event.objects.filter(with_numbers([number])).exclude(person_user_id="")
    newest = named.order_by("-occurred_at", "-pk").values_list("person_user_id", flat=True)
    return newest.first() or ""


def _aliases(name: Person) -> Iterator[Person]:
    rows = Alias.objects.filter(touching([name])).order_by()
    for lease_number in sorted(set(rows.values_list("lease_number", flat=True))):
        event = Event(
            lease_number=lease_number, person_number=name.number, person_user_id=name.user_id
        )
        for other in other_names(event):
            yield from (Person(number=other.number), Person(user_id=other.user_id))


def in_words(names: Names) -> Names:
    """The names by which a person is told in words and in bytes whose rows name nobody.

    A lease number is none: it is a company's, and stands in whatever that gets. One query.
    """
    known = LeaseNumber.objects.values_list("number", flat=True)
    companies = {form for number in known for form in spellings(number)}
    return replace(names, numbers=names.numbers - companies)


def events_of(names: Names) -> list[Q]:
    """Conditions that each find some of their events (as `Names.name`), by an index of its own.

    No event is found by two.
    """
    named = with_numbers(names.numbers)
    if names.user_ids:
        named &= Q(person_user_id__in=["", *sorted(names.user_ids)])
    conditions = [named] if names.numbers else []
    for user_id in sorted(names.user_ids):
        alone, beside = with_user_id(user_id)
        conditions += [alone, beside & ~Q(person_number__in=sorted(names.numbers))]
    return conditions


def person_of(event: Event) -> Person:
    """How an event names its person."""
    return Person(number=event.person_number, user_id=event.person_user_id)


def aliases_of(names: Names, people: Iterable[Person]) -> list[int]:
    """The keys of the aliases that tell of them, on both sides, or that people have undone."""
    rows = Alias.objects.filter(touching(people))
    return [
        row.pk
        for row in rows
        if row.undone_at is not None or (names.name(row.previous) and names.name(row.person))
    ]
