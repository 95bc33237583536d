"""How long an event waits for the message it refers to (contract: rule 4; Which chat)."""

from datetime import timedelta

from webhooks.outcomes import Reason

MESSAGE_WAITS = tuple(timedelta(seconds=each) for each in (5, 15, 60, 300, 900, 3600))
# A reply waits for the message it quotes one minute at most, then it goes to the best chat.
QUOTED_WAITS = tuple(timedelta(seconds=each) for each in (5, 15, 40))

WAITS = {
    Reason.WAITING_FOR_MESSAGE: MESSAGE_WAITS,
    Reason.WAITING_FOR_QUOTED: QUOTED_WAITS,
}


def as_recorded(reason: Reason, *, waits: int) -> tuple[Reason, timedelta | None]:
    """What an outcome is recorded as: of an event that waited long enough, that it was in vain.

    Also returns how long it waits now; None if it does not.
    """
    if reason not in WAITS:
        return reason, None
    wait = next_wait(reason, waits=waits)
    return (Reason.MESSAGE_NOT_FOUND if wait is None else reason), wait


def next_wait(reason: Reason, *, waits: int) -> timedelta | None:
    """How long to wait after having waited `waits` times; None if it has been long enough."""
    schedule = WAITS[reason]
    return schedule[waits] if waits < len(schedule) else None
