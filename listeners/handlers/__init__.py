"""How events change a chat: one small file for each kind that changes a message, one for all that
make one.
"""

from collections.abc import Mapping

from listeners.desk import Desk, Outcome, Placed
from listeners.handlers import changing, message, reaction, status
from listeners.handlers.changing import Change
from webhooks.outcomes import Reason
from webhooks.whatsapp.events import DriverMessage, Event, Kind, UnprocessedEvent

CHANGES: Mapping[str, Change] = {
    Kind.REACTION: reaction.change,
    Kind.STATUS: status.change,
}


def apply(event: Event, *, desk: Desk, place: Placed | Reason) -> Outcome | None:
    """Applies one event to what lies on the desk.

    `place` is where a message of the driver belongs, or why nowhere; other events ignore it.
    Returns the outcome if it holds already, or None if it is laid on the desk and depends on a
    write.
    """
    if isinstance(event, DriverMessage):
        return message.apply(event, desk=desk, place=place)
    if isinstance(event, UnprocessedEvent):
        return Outcome(event=event, reason=event.reason, detail=event.detail)
    return changing.apply(event, CHANGES[event.kind], desk=desk)
