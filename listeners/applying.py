"""Applies items to chats: load, apply, save, and again for what somebody else was quicker at."""

import logging
import random
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from listeners import handlers
from listeners.firestore.errors import Beaten, Exists, Missing, Refused, TooLarge, Unavailable
from listeners.firestore.store import Learns
from listeners.handlers import message
from listeners.loading import load
from listeners.means import Means
from listeners.placements import Choice
from listeners.restores.searching import search
from listeners.tracking import TrackingRecord
from listeners.waiting import next_wait
from listeners.workspace import Outcome, Unit, Workspace
from webhooks.models import Event
from webhooks.outcomes import Reason
from webhooks.whatsapp.identifiers import is_user_id
from webhooks.whatsapp.items import DriverMessage, Item, messages_of
from webhooks.whatsapp.numbers import is_same_number
from webhooks.whatsapp.wamids import key_of

logger = logging.getLogger(__name__)

PASSES = 6
FIRST_PAUSE = 0.05  # seconds; doubled with every pass, and shortened at random


class Contended(Exception):
    """Others kept changing the same documents: nothing is wrong, but it is not done either."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """The items of one run with their rows in the ledger."""

    items: Sequence[Item]
    rows: Mapping[int, Event]  # by position
    sought: frozenset[int] = frozenset()  # texts that may have been written by somebody else


@dataclass(kw_only=True, slots=True)
class Left:
    """Events that have no outcome yet."""

    again: list[Item] = field(default_factory=list)  # read and decided again, together
    alone: list[Item] = field(default_factory=list)  # the same, each by itself
    # Once the text that they quote is written.
    later: list[DriverMessage] = field(default_factory=list)


# Yields outcomes as soon as they hold, and returns what has none.
Applied = Generator[Outcome, None, Left]


def apply_all(work: Work, *, means: Means) -> Iterator[Outcome]:
    """Applies every item of the work, oldest first, and yields each outcome once it holds.

    Raises `Unavailable` or `Contended`; the items whose outcome was not yielded until then have
    to be tried again.
    """
    items, behind = sorted(work.items, key=age), list[DriverMessage]()
    while items:
        left = yield from _apply(items, work, means=means)
        for item in left.alone:
            # It shares a refused message with others: alone it shows whether it is the odd one.
            yield from _apply([item], work, means=means)
        in_turn, behind = _in_turn([*left.later, *behind])
        items = [*in_turn]


def apply_at_once(work: Work, *, means: Means) -> Iterator[Outcome]:
    """Yields the outcomes that hold after one look at everything: whoever else shares it waits.

    What is not yielded is left for `apply_all`. Raises `Unavailable`.
    """
    yield from _pass(sorted(work.items, key=age), work, means=means)


def _in_turn(
    replies: Sequence[DriverMessage],
) -> tuple[list[DriverMessage], list[DriverMessage]]:
    """Returns the replies whose turn it is, and those that quote a text among these replies.

    Of a long chain of replies only one link can be written at a time; the others are not even
    looked at, or a chain of a thousand would be half a million looks.
    """
    in_turn, behind = list[DriverMessage](), list[DriverMessage]()
    earlier: set[str] = set()
    for reply in sorted(replies, key=age):
        (behind if _key(reply.reply_to) in earlier else in_turn).append(reply)
        earlier.add(_key(reply.message_id))
    return in_turn, behind


def _key(message_id: str) -> str:
    """What all ids of a message have in common."""
    return key_of(message_id) or message_id


def age(item: Item) -> tuple[float, int]:
    """In which order items are applied: the oldest first by Meta's time."""
    occurred_at = item.occurred_at
    return (occurred_at.timestamp() if occurred_at else 0.0, item.position)


def _apply(items: Sequence[Item], work: Work, *, means: Means) -> Applied:
    left = Left(again=list(items))
    for attempt in range(PASSES):
        if attempt:
            time.sleep(FIRST_PAUSE * 2**attempt * random.random())  # noqa: S311 (not a secret)
        of_pass = yield from _pass(sorted(left.again, key=age), work, means=means)
        left.again = of_pass.again
        left.alone += of_pass.alone
        left.later += of_pass.later
        if not left.again:
            return left
    raise Contended


def _pass(items: Sequence[Item], work: Work, *, means: Means) -> Applied:
    """Reads, decides and writes once."""
    workspace = load(items, store=means)
    left = Left()
    left.later = yield from _apply_rules(items, work, workspace=workspace, means=means)
    for unit, refused in means.save(workspace.units):
        if refused is None:
            yield from unit.outcomes
            continue
        holding, others = _parted(unit, refused)
        yield from holding
        reason = _reason(unit, refused)
        if reason is None:
            left.again += others
        elif len(others) > 1:
            left.alone += others
        else:
            yield Outcome(item=others[0], reason=reason, chat=unit.chat)
    return left


def _apply_rules(
    items: Sequence[Item], work: Work, *, workspace: Workspace, means: Means
) -> Generator[Outcome, None, list[DriverMessage]]:
    """Applies the items to the workspace; yields the outcomes that depend on no write.

    Returns the replies that quote a text beside them: they come later, once that is written.
    """
    choices, later = _choices(items, work, workspace=workspace)
    placed = means.place(choices, sought=work.sought)
    placements = search(placed, choices, workspace=workspace, means=means)
    put_off = {item.position for item in later}
    for item in items:
        if item.position in put_off:
            continue
        try:
            outcome = handlers.apply(
                item, workspace=workspace, placement=placements.get(item.position, Reason.NONE)
            )
        except Exception:
            logger.exception(
                "A rule of the chat raised an error.", extra={"event": work.rows[item.position].pk}
            )
            outcome = Outcome(item=item, reason=Reason.RULE_RAISED)
        if outcome is not None:
            yield outcome
    return later


def _choices(
    items: Sequence[Item], work: Work, *, workspace: Workspace
) -> tuple[dict[int, Choice], list[DriverMessage]]:
    beside: set[str] = set()
    choices: dict[int, Choice] = {}
    later: list[DriverMessage] = []
    for item in messages_of(items):
        row = work.rows[item.position]
        patient = next_wait(Reason.WAITING_FOR_QUOTED, waits=row.waits) is not None
        choice = message.choose(item, workspace=workspace, beside=beside, patient=patient)
        if choice is None:
            later.append(item)
        else:
            choices[item.position] = (item, row, choice)
        if not isinstance(choice, Reason):
            beside.add(item.message_id)
    return choices, later


def _parted(unit: Unit, refused: Refused) -> tuple[list[Outcome], list[Item]]:
    """The outcomes that hold although the unit was refused, and the items of the others.

    Where the document is there already, all of its creation was applied before, the count too. It
    is not looked for by Meta's id: others may have changed the field, and an id of 1500 bytes
    cannot be looked for.
    """
    there = isinstance(refused, Exists)
    holding = [each for each in unit.outcomes if there and isinstance(each.item, DriverMessage)]
    held = {outcome.item.position for outcome in holding}
    others = [each.item for each in unit.outcomes if each.item.position not in held]
    return holding, others


def _reason(unit: Unit, refused: Refused) -> Reason | None:
    """Why a refused unit cannot be written; None if it has to be read and decided again."""
    if isinstance(refused, Missing):
        return Reason.ENQUIRY_NOT_FOUND if unit.before is None else None
    if isinstance(refused, Exists | Beaten):
        return None
    return Reason.TOO_LARGE if isinstance(refused, TooLarge) else Reason.REFUSED


def learn_user_ids(outcomes: Iterable[Outcome], *, store: Learns) -> None:
    """Adds user ids to the tracking records that lack them; what fails is left for next time.

    To all active ones of a driver or to none: they would be found in some of their chats only.
    What was found by a former name keeps it.
    """
    unknown: dict[tuple[str, str], tuple[list[TrackingRecord], str]] = {}  # by their first record
    for outcome in outcomes:
        person = outcome.item.person
        lacking = [each for each in outcome.candidates if each.active and each.lacks_user_id]
        own = all(is_same_number(each.driver_number, person.number) for each in lacking)
        if lacking and own and is_user_id(person.user_id):
            key = (lacking[0].lease_number, lacking[0].document_id)
            unknown.setdefault(key, (lacking, person.user_id))
    for records, user_id in unknown.values():
        try:
            store.learn_user_id(records, user_id)
        except (Refused, Unavailable):
            logger.info("A user id was not learned.")
