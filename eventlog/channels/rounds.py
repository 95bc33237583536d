"""A round of telling: bounded, so that a channel that says nothing holds up nothing else.

What sends is a thread of its own, which touches no database. One that does not end is left, and
heard in a later round; until then its channel gets nothing more from this process.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Lock, Thread

from eventlog.channels.configured import PAGERS, Configured, configured, digest_hour, is_quiet
from eventlog.channels.days import digest
from eventlog.channels.letters import Letter, letter, together
from eventlog.channels.outbox import (
    ask_for_digests,
    hand_over,
    note_channels,
    note_failed,
    note_sent,
    take,
)
from eventlog.channels.sending import NotSent, send
from eventlog.figures.minutes import counted_to
from eventlog.models import Channel, Notification
from visn_whatsapp.budget import Budget

logger = logging.getLogger(__name__)

SECONDS = 15.0  # for all channels together
PATIENCE = timedelta(minutes=5)  # with the figures, before a day is summed up without them
APART = 5  # changes that are told one by one; more at once are told together
NO_ANSWER = "it does not answer in time"


class Attempt(Thread):
    """Sends letters one after another, until one is not taken."""

    def __init__(self, channel: Configured, letters: Sequence[Letter]) -> None:
        super().__init__(name=f"channel {channel.name}", daemon=True)
        self._address = channel.address
        self._letters = letters
        self.sent: list[int] = []
        self.error = ""

    def run(self) -> None:
        """Sends them."""
        for each in self._letters:
            try:
                send(self._address, each)
            except NotSent as error:
                self.error = str(error)
                return
            except Exception as error:
                logger.exception("A channel broke off.")
                self.error = f"it broke off ({type(error).__name__})"
                return
            self.sent += each.notifications

    @property
    def unsent(self) -> Sequence[int]:
        """The notifications that are not known to have gone."""
        every = [key for each in self._letters for key in each.notifications]
        return [key for key in every if key not in self.sent]


_AT_WORK: dict[str, Attempt] = {}
_TURN = Lock()  # of this process; between processes, whoever takes a row has it


def tell_people(*, now: datetime, seconds: float = SECONDS) -> None:
    """Hands over what has changed and sends what is due. Raises Django's database errors."""
    found = configured()
    rows = note_channels(found)
    hand_over(rows, now=now)
    _sum_up(rows, now=now)
    if _TURN.acquire(blocking=False):
        try:
            _send_what_is_due(found, rows, now=now, budget=Budget(seconds))
        finally:
            _TURN.release()


def _sum_up(rows: Sequence[Channel], *, now: datetime) -> None:
    """Once a day, when the figures go up to its hour; soon after it in any case."""
    hour = digest_hour()
    if rows and hour:
        due, counted = hour.last(now), counted_to()
        if now - due.at > PATIENCE or (counted and counted >= due.at):
            ask_for_digests(rows, due, now=now)


def _send_what_is_due(
    found: Sequence[Configured], rows: Sequence[Channel], *, now: datetime, budget: Budget
) -> None:
    quiet = is_quiet(now)
    for channel, row in zip(found, rows, strict=True):
        if channel.name in _AT_WORK:
            continue
        if taken := take(row, quiet=quiet, now=now):
            _AT_WORK[channel.name] = Attempt(channel, _letters(channel, taken, now=now))
            _AT_WORK[channel.name].start()
    for row in rows:
        if attempt := _AT_WORK.get(row.name):
            attempt.join(budget.left)
            _note(row, attempt, now=now)


def _letters(
    channel: Configured, taken: Sequence[Notification], *, now: datetime
) -> Sequence[Letter]:
    days = [each for each in taken if each.digest_on]
    rest = [each for each in taken if not each.digest_on]
    is_many = len(rest) > APART and channel.scheme not in PAGERS
    told = [together(rest)] if is_many else [letter(each) for each in rest]
    return [*told, *(digest(each, now=now) for each in days)]


def _note(row: Channel, attempt: Attempt, *, now: datetime) -> None:
    """What came of it so far. Of what is still on its way only that it takes too long."""
    if attempt.is_alive():
        note_failed(row, [], NO_ANSWER, now=now)
        return
    del _AT_WORK[row.name]
    if attempt.sent:
        note_sent(row, attempt.sent, now=now)
    if attempt.error:
        note_failed(row, attempt.unsent, attempt.error, now=now)
        logger.warning("A channel did not take what it was given.", extra={"kind": row.scheme})
