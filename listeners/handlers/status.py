"""A status: says how far an outbound message got."""

from listeners.chat import with_status
from listeners.desk import Desk, Outcome
from listeners.handlers.target import locate
from webhooks.outcomes import Reason
from webhooks.whatsapp.kinds.status import StatusUpdate


def apply(event: StatusUpdate, *, desk: Desk) -> Outcome | None:
    """Updates the message that the status names, or says why not."""
    target = locate(event, message_id=event.message_id, desk=desk)
    if isinstance(target, Reason):
        return Outcome(event=event, reason=target)
    message, reason = with_status(target.message, event)
    outcome = Outcome(
        event=event,
        reason=reason,
        chat=target.record.chat,
        document_id=message.document_id,
        candidates=target.candidates,
    )
    return desk.settle(outcome, message, chat=target.record.chat)
