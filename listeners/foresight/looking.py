"""Looks what events would become: as runs decide it, on what Firestore and the ledger say now."""

from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from listeners.applying import Contended, Work, age, apply_all, learn_user_ids
from listeners.duplicates import judge
from listeners.firestore.errors import Unavailable
from listeners.firestore.store import Store
from listeners.foresight.imagined import Imagined
from listeners.foresight.lots import lots
from listeners.foresight.reading import work_again
from listeners.recording import known_unlocked
from listeners.tracking import ChatKey
from listeners.waiting import MESSAGE_WAITS, QUOTED_WAITS, as_recorded
from listeners.workspace import Outcome
from visn_whatsapp.budget import Budget
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import Item

ITEMS_AT_A_TIME = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreseen:
    """What one event would become, if nothing comes or changes until then."""

    event: int
    reason: Reason  # of a settled event: waiting has an end
    chat: ChatKey | None


def look(events: Collection[int], *, store: Store, now: datetime, budget: Budget) -> list[Foreseen]:
    """What runs would make of these events, were they opened again together. Writes nothing.

    What Firestore did not tell within the budget is left out: nothing is guessed. Raises Django's
    database errors.
    """
    work = work_again(events, budget=budget)
    opened = {row.pk for row in work.rows.values()}
    imagined = Imagined(store=store, budget=budget, opened=opened)
    outcomes = list(_outcomes(work, imagined=imagined))
    judged = judge(outcomes, known_unlocked(outcomes, work.rows, now=now))
    return [
        Foreseen(event=work.rows[each.item.position].pk, reason=each.reason, chat=each.chat)
        for each in judged
    ]


def _outcomes(work: Work, *, imagined: Imagined) -> Iterator[Outcome]:
    """The outcomes with which these end, also of what waits: for the others, then in vain.

    A reply waits for a minute and a change for longer, so replies give up first.
    """
    left: Sequence[Item] = work.items
    for waits in (0, len(QUOTED_WAITS), len(MESSAGE_WAITS)):
        left = yield from _until_nothing_changes(left, work, waits=waits, imagined=imagined)


def _until_nothing_changes(
    items: Sequence[Item], work: Work, *, waits: int, imagined: Imagined
) -> Generator[Outcome, None, list[Item]]:
    """Applies items that have waited so often, as long as one of them lets another go on."""
    while items:
        for item in items:
            work.rows[item.position].waits = waits
        left: list[Item] = []
        for outcome in _applied(items, work, imagined=imagined):
            reason, _ = as_recorded(outcome.reason, waits=waits)
            if reason.state == State.WAITING:
                left.append(outcome.item)
            else:
                yield replace(outcome, reason=reason)
        if len(left) == len(items):
            return left
        items = left
    return []


def _applied(items: Iterable[Item], work: Work, *, imagined: Imagined) -> Iterator[Outcome]:
    """The outcomes of a pass over these, lot by lot, as far as Firestore tells in time."""
    try:
        for lot in lots(items, work):
            outcomes = list[Outcome]()
            for outcome in _of_lot(lot, work, imagined=imagined):
                outcomes.append(outcome)
                yield outcome
            learn_user_ids(outcomes, store=imagined)
    except (Unavailable, Contended):
        return


def _of_lot(items: Iterable[Item], work: Work, *, imagined: Imagined) -> Iterator[Outcome]:
    """The outcomes of a lot, the oldest first, so many at once."""
    in_order = sorted(items, key=age)
    for start in range(0, len(in_order), ITEMS_AT_A_TIME):
        some = in_order[start : start + ITEMS_AT_A_TIME]
        yield from apply_all(replace(work, items=some), means=imagined)
