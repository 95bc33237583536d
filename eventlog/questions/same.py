"""What events have in common with one that is at hand: its driver, message, enquiry or company."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q

from eventlog.questions.known_as import other_names
from eventlog.questions.windows import NEWEST_FIRST
from visn_whatsapp.explained import Labelled
from webhooks.conditions import BOTH_NAMES, TARGET_WITHOUT_KEY, USER_ID_ALONE, WITHOUT_KEY
from webhooks.models import Event
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.numbers import canonical, spellings
from webhooks.whatsapp.wamids import short_key

NOTHING = Q(pk__in=())
# So many of the newest events tell how else somebody is named, and in which chats they are; they
# may have written for years.
LOOKED_AT = 100


class Same(Labelled):
    """What the wanted events have in common with an event that is named by its row."""

    DRIVER = "driver_of", "driver"
    LEASE_NUMBER = "lease_number_of", "lease number"
    ENQUIRY = "enquiry_of", "enquiry"
    COMPANY = "company_of", "lease company"
    MESSAGE = "message_of", "message"


def of_driver(event: Event) -> Q:
    """Events of the same person: by number however it is spelled, or by user id.

    Where the event says only one of them, what other events say beside it counts as well; and the
    names that the person had before or has had since.
    """
    names = names_of_driver(event, other_names(event))
    return _any_of(
        with_numbers(names.numbers) if names.numbers else None,
        *(named for each in sorted(names.user_ids) for named in with_user_id(each)),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class DriverNames:
    """All names by which the events of one person are found."""

    numbers: frozenset[str]
    user_ids: frozenset[str]

    def beside(self, known: Iterable[Person]) -> list[Person]:
        """Those that are none of these, each number once however it is spelled."""
        known = [*known]
        numbers = {canonical(each): each for each in sorted(self.numbers)}
        for each in known:
            numbers.pop(canonical(each.number), None)
        user_ids = self.user_ids - {each.user_id for each in known}
        return [
            *(Person(number=each) for each in numbers.values()),
            *(Person(user_id=each) for each in sorted(user_ids)),
        ]


def names_of_driver(event: Event, others: Iterable[Person]) -> DriverNames:
    """The names of an event's person; `others`: those that aliases tell, as far as they count."""
    numbers, user_ids = {event.person_number} - {""}, {event.person_user_id} - {""}
    if numbers and not user_ids:
        user_ids = _user_ids_beside(numbers)
    elif user_ids and not numbers:
        numbers = _numbers_beside(event.person_user_id)
    others = [*others]
    return DriverNames(
        numbers=frozenset(numbers | {each.number for each in others} - {""}),
        user_ids=frozenset(user_ids | {each.user_id for each in others} - {""}),
    )


def with_numbers(numbers: Iterable[str]) -> Q:
    """Events whose person has one of these numbers, however it is spelled."""
    return Q(person_number__in={form for number in numbers for form in spellings(number)})


def _user_ids_beside(numbers: Iterable[str]) -> set[str]:
    """The user ids in the newest events of somebody who is named by a number."""
    newest = Event.objects.filter(with_numbers(numbers)).order_by(*NEWEST_FIRST)
    return set(newest.values_list("person_user_id", flat=True)[:LOOKED_AT]) - {""}


def _numbers_beside(user_id: str) -> set[str]:
    """The numbers beside a user id in the newest events that have it: older ones may be others'."""
    alone, beside = map(Event.objects.filter, with_user_id(user_id))
    newest = alone.order_by(*NEWEST_FIRST).values_list("received_at", flat=True)
    since = list(newest[LOOKED_AT - 1 : LOOKED_AT])
    if since:
        beside = beside.filter(received_at__gte=since[0])
    named = beside.order_by("-occurred_at", "-pk").values_list("person_number", flat=True)
    return set(named[:LOOKED_AT])


def of_message(event: Event) -> Q:
    """Events about the same message: itself, its statuses, reactions to it, replies to it.

    Whichever of its ids they name: those that have its key are of one message.
    """
    message_id = event.subject_id
    return about_message(message_id) if message_id else NOTHING


def about_message(message_id: str) -> Q:
    """Events that are this message, change it or refer to it, by this id or another of its ids."""
    key = short_key(message_id)
    by_key = (Q(message_key=key), Q(target_key=key)) if key is not None else ()
    without_key = WITHOUT_KEY & Q(message_id=message_id)
    return _any_of(without_key, TARGET_WITHOUT_KEY & Q(target_id=message_id), *by_key)


def with_messages(ids: Collection[str]) -> Q:
    """Events that name one of these messages by its id: by the key of those that have one."""
    named = Q(message_id__in=ids)
    return _any_of(WITHOUT_KEY & named, Q(message_key__in=_keys(ids)) & named)


def with_targets(ids: Collection[str]) -> Q:
    """Events that refer to one of these messages by its id."""
    named = Q(target_id__in=ids)
    return _any_of(TARGET_WITHOUT_KEY & named, Q(target_key__in=_keys(ids)) & named)


def _keys(ids: Iterable[str]) -> set[int]:
    return {key for key in map(short_key, ids) if key is not None}


def with_lease_number(number: str) -> Q:
    """Events of this lease number, however it is spelled."""
    return Q(lease_number__in=spellings(number))


# The indexes of these three hold no empty values, and SQLite uses them only if the query says so.
def with_user_id(user_id: str) -> tuple[Q, Q]:
    """Events whose person has this user id: those without a number, and those with one."""
    wanted = Q(person_user_id=user_id)
    return USER_ID_ALONE & wanted, BOTH_NAMES & wanted


def with_enquiry(enquiry_id: str) -> Q:
    """Events of enquiries of this id."""
    return ~Q(enquiry_id="") & Q(enquiry_id=enquiry_id)


def with_company(lease_id: str) -> Q:
    """Events of this lease company."""
    return ~Q(lease_id="") & Q(lease_id=lease_id)


def _any_of(*conditions: Q | None) -> Q:
    """Events for which one of the conditions holds, each looked up by its own index.

    With a plain OR a database may rather read the whole log backwards.
    """
    found = [Event.objects.filter(each).order_by().values("pk") for each in conditions if each]
    if not found:
        return NOTHING
    first, *others = found
    return Q(pk__in=first.union(*others) if others else first)


def _of_enquiry(event: Event) -> Q:
    if not event.enquiry_id:
        return NOTHING
    return with_enquiry(event.enquiry_id) & Q(lease_id=event.lease_id)


def _of_company(event: Event) -> Q:
    return with_company(event.lease_id) if event.lease_id else NOTHING


def _of_lease_number(event: Event) -> Q:
    return with_lease_number(event.lease_number) if event.lease_number else NOTHING


CONDITIONS: Mapping[Same, Callable[[Event], Q]] = {
    Same.DRIVER: of_driver,
    Same.LEASE_NUMBER: _of_lease_number,
    Same.ENQUIRY: _of_enquiry,
    Same.COMPANY: _of_company,
    Same.MESSAGE: of_message,
}
