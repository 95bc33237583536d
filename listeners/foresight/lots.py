"""Which events can be looked at together: what runs learn meanwhile, those after them know.

A replay makes a task for each delivery, the first event first, and a run adds user ids to tracking
records once it is recorded. So somebody whose number is withheld is found by what an earlier
delivery told; by what their own told beside it, only in the next.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

from listeners.applying import Work
from webhooks.whatsapp.items import Item
from webhooks.whatsapp.numbers import canonical

Told = tuple[str, str, str]  # a lease number, and a number and a user id that are one person's


def lots(items: Iterable[Item], work: Work) -> Iterator[list[Item]]:
    """The items in lots of whole deliveries, in the order of their tasks, as large as can be.

    A lot ends where somebody is named by a user id alone that one of its deliveries was the first
    to tell a number of.
    """
    lot: list[Item] = []
    known: set[Told] = set()  # before this lot
    news: set[Told] = set()
    for delivery in _deliveries(items, work):
        if lot and _withheld(delivery) & {(lease, user_id) for lease, _, user_id in news}:
            yield lot
            lot, known, news = [], known | news, set()
        lot += delivery
        news |= {*_told(delivery)} - known
    if lot:
        yield lot


def _deliveries(items: Iterable[Item], work: Work) -> Iterable[list[Item]]:
    found: dict[UUID, list[Item]] = {}
    for item in sorted(items, key=lambda item: work.rows[item.position].pk):
        found.setdefault(work.rows[item.position].delivery_id, []).append(item)
    return found.values()


def _told(items: Iterable[Item]) -> Iterator[Told]:
    for item in items:
        person = item.person
        if person.number and person.user_id:
            yield canonical(item.lease_number), canonical(person.number), person.user_id


def _withheld(items: Iterable[Item]) -> set[tuple[str, str]]:
    """By lease number the user ids that stand without a number."""
    return {
        (canonical(item.lease_number), item.person.user_id)
        for item in items
        if item.person.user_id and not item.person.number
    }
