"""Applies events to chats: load, apply, save, and again for what somebody else was quicker at."""

import logging
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from listeners import handlers
from listeners.desk import Desk, Outcome, Unit
from listeners.firestore.errors import Beaten, Exists, Missing, Refused, TooLarge, Unavailable
from listeners.firestore.queries import Lookup
from listeners.firestore.store import Store
from listeners.handlers import text
from listeners.placements import Choice, place
from listeners.restores.searching import search
from listeners.saving import Saved, save
from listeners.tracking import TrackingRecord
from listeners.waiting import next_wait
from webhooks.models import Event as EventRow
from webhooks.outcomes import Reason
from webhooks.whatsapp.events import Event, Person
from webhooks.whatsapp.kinds.reaction import Reaction
from webhooks.whatsapp.kinds.status import StatusUpdate
from webhooks.whatsapp.kinds.text import TextMessage

logger = logging.getLogger(__name__)

NOBODY = Person()
PASSES = 6
FIRST_PAUSE = 0.05  # seconds; doubled with every pass, and shortened at random


class Contended(Exception):
    """Others kept changing the same documents: nothing is wrong, but it is not done either."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """The events of one run with their rows in the ledger, and what has become of them so far."""

    events: Sequence[Event]
    rows: Mapping[int, EventRow]  # by position
    sought: frozenset[int] = frozenset()  # texts that may have been written by somebody else
    outcomes: dict[int, Outcome] = field(default_factory=dict)  # by position

    def settle(self, outcome: Outcome) -> None:
        """Notes what became of an event."""
        self.outcomes[outcome.event.position] = outcome


def apply_all(work: Work, *, store: Store) -> None:
    """Applies every event of the work, oldest first.

    Raises `Unavailable` or `Contended`; the events that are not in `work.outcomes` then have to
    be tried again.
    """
    events, behind = sorted(work.events, key=_age), list[Event]()
    while events:
        alone, later = _apply(events, work, store=store)
        for event in alone:
            # It shares a refused message with others: alone it shows whether it is the odd one.
            _apply([event], work, store=store)
        events, behind = _in_turn([*later, *behind])


def _in_turn(replies: Sequence[Event]) -> tuple[list[Event], list[Event]]:
    """Returns the replies whose turn it is, and those that quote a text among these replies.

    Of a long chain of replies only one link can be written at a time; the others are not even
    looked at, or a chain of a thousand would be half a million looks.
    """
    in_turn, behind = list[Event](), list[Event]()
    earlier: set[str] = set()
    for reply in sorted(replies, key=_age):
        quotes_earlier = isinstance(reply, TextMessage) and reply.reply_to in earlier
        (behind if quotes_earlier else in_turn).append(reply)
        earlier.add(reply.message_id)
    return in_turn, behind


def _age(event: Event) -> tuple[float, int]:
    occurred_at = event.occurred_at
    return (occurred_at.timestamp() if occurred_at else 0.0, event.position)


def _apply(events: Sequence[Event], work: Work, *, store: Store) -> tuple[list[Event], list[Event]]:
    """Returns the events that have to be applied each by itself, and those that come later."""
    pending = list(events)
    alone: list[Event] = []
    later: list[Event] = []
    for attempt in range(PASSES):
        if attempt:
            time.sleep(FIRST_PAUSE * 2**attempt * random.random())  # noqa: S311 (not a secret)
        desk = _load(pending, store=store)
        later += _lay_down(pending, work, desk=desk, store=store)
        pending = []
        for unit, refused in _save(desk.units, work, store=store):
            if isinstance(refused, Exists):
                _settle_texts(unit, work)
            own = [each.event for each in unit.outcomes if each.event.position not in work.outcomes]
            reason = _reason(unit, refused)
            if reason is None:
                pending += own
            elif len(own) > 1:
                alone += own
            else:
                work.settle(Outcome(event=own[0], reason=reason, chat=unit.chat))
        if not pending:
            return alone, later
        pending.sort(key=_age)
    raise Contended


def _load(events: Sequence[Event], *, store: Store) -> Desk:
    """Reads the tracking records and the messages that the events name."""
    named = {_target_id(event) for event in events}
    lookups = {
        Lookup(lease_number=event.lease_number, person=event.person)
        for event in events
        if isinstance(event, TextMessage | Reaction | StatusUpdate) and event.person != NOBODY
    }
    records, messages = store.load(lookups=lookups, message_ids=named - {""})
    desk = Desk(records=records, messages=messages)
    quoted = {
        event.reply_to
        for event in events
        if isinstance(event, TextMessage) and text.needs_quoted(event, desk=desk)
    }
    if quoted - named:
        _, messages_quoted = store.load(lookups=(), message_ids=quoted - named)
        desk = Desk(records=records, messages=[*messages, *messages_quoted])
    return desk


def _target_id(event: Event) -> str:
    """Meta's id of the message that the event changes; empty if it changes none."""
    if isinstance(event, StatusUpdate):
        return event.message_id
    return event.target_id if isinstance(event, Reaction) else ""


def _lay_down(events: Sequence[Event], work: Work, *, desk: Desk, store: Store) -> list[Event]:
    """Applies the events to the desk; settles those whose outcome depends on no write.

    Returns the replies that quote a text beside them: they come later, once that is written.
    """
    choices, later = _choices(events, work, desk=desk)
    places = search(place(choices, sought=work.sought), choices, desk=desk, store=store)
    put_off = {event.position for event in later}
    for event in events:
        if event.position in put_off:
            continue
        try:
            outcome = handlers.apply(
                event, desk=desk, place=places.get(event.position, Reason.NONE)
            )
        except Exception:
            logger.exception("rule_raised", extra={"event": work.rows[event.position].pk})
            outcome = Outcome(event=event, reason=Reason.RULE_RAISED)
        if outcome is not None:
            work.settle(outcome)
    return later


def _choices(
    events: Sequence[Event], work: Work, *, desk: Desk
) -> tuple[dict[int, Choice], list[Event]]:
    beside: set[str] = set()
    choices: dict[int, Choice] = {}
    later: list[Event] = []
    for event in events:
        if not isinstance(event, TextMessage):
            continue
        row = work.rows[event.position]
        patient = next_wait(Reason.WAITING_FOR_QUOTED, waits=row.waits) is not None
        choice = text.choose(event, desk=desk, beside=beside, patient=patient)
        if choice is None:
            later.append(event)
        else:
            choices[event.position] = (event, row, choice)
        if not isinstance(choice, Reason):
            beside.add(event.message_id)
    return choices, later


def _save(units: Sequence[Unit], work: Work, *, store: Store) -> list[tuple[Unit, Refused]]:
    """Writes the units and settles their outcomes. Returns the refused ones."""
    saved = Saved()
    try:
        save(units, store=store, saved=saved)
    finally:
        for unit in saved.written:
            for outcome in unit.outcomes:
                work.settle(outcome)
    return saved.refused


def _settle_texts(unit: Unit, work: Work) -> None:
    """The document is there already, so all of its creation was applied before, the count too.

    It is not looked for by Meta's id: others may have changed the field, and an id of 1500 bytes
    cannot be looked for.
    """
    for outcome in unit.outcomes:
        if isinstance(outcome.event, TextMessage):
            work.settle(outcome)


def _reason(unit: Unit, refused: Refused) -> Reason | None:
    """Why a refused unit cannot be written; None if it has to be read and decided again."""
    if isinstance(refused, Missing):
        return Reason.ENQUIRY_NOT_FOUND if unit.before is None else None
    if isinstance(refused, Exists | Beaten):
        return None
    return Reason.TOO_LARGE if isinstance(refused, TooLarge) else Reason.REFUSED


def learn_user_ids(outcomes: Iterable[Outcome], *, store: Store) -> None:
    """Adds user ids to the tracking records that lack them; what fails is left for next time.

    To all active ones of a driver or to none: he would be found in some of his chats only.
    """
    unknown: dict[tuple[str, str], tuple[list[TrackingRecord], str]] = {}  # by their first record
    for outcome in outcomes:
        person = outcome.event.person
        lacking = [each for each in outcome.candidates if each.active and each.lacks_user_id]
        if lacking and person.number and person.user_id:
            key = (lacking[0].lease_number, lacking[0].document_id)
            unknown.setdefault(key, (lacking, person.user_id))
    for records, user_id in unknown.values():
        try:
            store.learn_user_id(records, user_id)
        except (Refused, Unavailable):
            logger.info("user_id_not_learned")
