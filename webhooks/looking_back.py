"""Opens again what came under a driver's new name before the alias that tells who they are.

It is the sweeper's: of the events that a 200 promises none may be missed, and the transaction that
writes an alias cannot see those of transactions beside it.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db import Error, transaction
from django.db.models import Q, QuerySet

from webhooks import transitions
from webhooks.alias import Alias, counting
from webhooks.conditions import BOTH_NAMES, USER_ID_ALONE
from webhooks.models import Event
from webhooks.outcomes import OPEN, Reason, State, other_than
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.numbers import canonical, spellings

logger = logging.getLogger(__name__)

BEFORE = timedelta(days=7)  # the alias came (contract: One number, one person)
LATER_NAMES = 5  # as many as lead back to one
EVENTS_AT_A_TIME = 1000
_OTHERS = other_than(OPEN | {State.SKIPPED})
_LOOKED_AT = ("state", "reason", "settled_at")


def look_back(*, now: datetime) -> int:
    """Opens the events that wait for nothing but a new alias. Returns how many.

    An alias that somebody else is at is left to them, and one that fails is tried again by the
    next sweep: it holds up no other, nor the sweep. Raises Django's database errors if there is no
    asking for aliases.
    """
    new = Alias.objects.filter(looked_back_at=None).order_by("pk")
    reopened = 0
    for key, delivery in list(new.values_list("pk", "delivery")):
        try:
            reopened += _look_back(key, now=now)
        except Error as error:
            logger.exception(
                "What came before an alias could not be opened again.",
                extra={"delivery": str(delivery), "error": type(error).__name__},
            )
    return reopened


def _look_back(key: int, *, now: datetime) -> int:
    pending = Alias.objects.filter(pk=key, looked_back_at=None)
    with transaction.atomic():
        alias = pending.select_for_update(skip_locked=True).first()
        if alias is None:
            return 0
        parts = _parts(alias) if counting([alias]) else ()
        reopened = [key for part in parts for key in _reopen(part, alias, now=now)]
        pending.update(looked_back_at=now, reopened=reopened)
    return len(reopened)


def _reopen(events: Sequence[int], alias: Alias, *, now: datetime) -> Sequence[int]:
    """Opens what has ended in vain, and returns it. What a run is deciding is decided anew."""
    locked = Event.objects.select_for_update().filter(pk__in=events).order_by("pk")
    found = [row for row in locked.only(*_LOOKED_AT) if _is_concerned(row, alias)]
    ended = _with_bytes([row.pk for row in found if row.state == State.SKIPPED])
    transitions.reopen(ended, check_at=now, now=now)
    transitions.decide_anew([row.pk for row in found if row.state != State.SKIPPED])
    return ended


def _with_bytes(events: Sequence[int]) -> Sequence[int]:
    """Those of which something can be read again."""
    if not events:
        return events
    emptied = Event.objects.filter(pk__in=events, delivery__body__isnull=True)
    return sorted({*events} - {*emptied.values_list("pk", flat=True)})


def _is_concerned(event: Event, alias: Alias) -> bool:
    """Whether it ended in vain in the time before the alias, or has yet to be decided."""
    if event.state != State.SKIPPED:
        return event.state in OPEN
    since = alias.noted_at - BEFORE
    in_vain = event.reason == Reason.NO_ACTIVE_TRACKING
    return in_vain and event.settled_at is not None and event.settled_at >= since


def _parts(alias: Alias) -> Iterator[Sequence[int]]:
    """The events of the new name, and of those after it, that may not have seen the alias."""
    keys: set[int] = set()
    for name in _names_since(alias):
        for rows in _named(name):
            found = rows.filter(~Q(state__in=_OTHERS)).only("lease_number", *_LOOKED_AT)
            keys |= {
                row.pk
                for row in found.iterator()
                if canonical(row.lease_number) == alias.lease_number and _is_concerned(row, alias)
            }
    ordered = sorted(keys)
    for start in range(0, len(ordered), EVENTS_AT_A_TIME):
        yield ordered[start : start + EVENTS_AT_A_TIME]


def _names_since(alias: Alias) -> list[Person]:
    """The new name, and the names that the same person has had later."""
    names = [alias.person]
    for name in names:
        if len(names) >= LATER_NAMES:
            break
        later = Alias.objects.filter(lease_number=alias.lease_number, undone_at=None)
        is_name = Q(pk__in=())
        if name.number:
            is_name |= Q(previous_number=name.number) | Q(number=name.number)
        if name.user_id:
            is_name |= Q(previous_user_id=name.user_id) | Q(user_id=name.user_id)
        found = counting(later.filter(is_name).order_by("changed_at", "pk"))
        names += [each.person for each in found if each.person not in names]
    return names


def _named(person: Person) -> Iterator[QuerySet[Event]]:
    """The events that name somebody so: by one index each."""
    if person.number:
        yield Event.objects.filter(person_number__in=spellings(person.number))
    if person.user_id:
        for named in (USER_ID_ALONE, BOTH_NAMES):
            yield Event.objects.filter(named, person_user_id=person.user_id)
