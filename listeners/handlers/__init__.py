"""One small file for each kind of event: how it changes a chat."""

from listeners.desk import Desk, Outcome, Placed
from listeners.handlers import reaction, status, text
from webhooks.outcomes import Reason
from webhooks.whatsapp.events import Event, UnprocessedEvent
from webhooks.whatsapp.kinds.reaction import Reaction
from webhooks.whatsapp.kinds.status import StatusUpdate
from webhooks.whatsapp.kinds.text import TextMessage


def apply(event: Event, *, desk: Desk, place: Placed | Reason) -> Outcome | None:
    """Applies one event to what lies on the desk.

    `place` is where a text belongs, or why nowhere; other events ignore it. Returns the outcome
    if it holds already, or None if it is laid on the desk and depends on a write.
    """
    if isinstance(event, TextMessage):
        if isinstance(place, Reason):
            return Outcome(event=event, reason=place)
        return text.apply(event, desk=desk, placed=place)
    if isinstance(event, Reaction):
        return reaction.apply(event, desk=desk)
    if isinstance(event, StatusUpdate):
        return status.apply(event, desk=desk)
    if isinstance(event, UnprocessedEvent):
        return Outcome(event=event, reason=event.reason, detail=event.detail)
    raise TypeError(f"no handler for {type(event).__name__}")
