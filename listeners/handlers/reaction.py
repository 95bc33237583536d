"""A reaction: the driver's emoji on a message, its change, or its removal."""

from listeners.chat import with_reaction
from listeners.desk import Desk, Outcome
from listeners.handlers.target import locate
from webhooks.outcomes import Reason
from webhooks.whatsapp.kinds.reaction import Reaction


def apply(event: Reaction, *, desk: Desk) -> Outcome | None:
    """Appends the reaction to the message it refers to, or says why not."""
    target = locate(event, message_id=event.target_id, desk=desk)
    if isinstance(target, Reason):
        return Outcome(event=event, reason=target)
    message, reason = with_reaction(target.message, event, person=target.record.person)
    outcome = Outcome(
        event=event,
        reason=reason,
        chat=target.record.chat,
        document_id=message.document_id,
        candidates=target.candidates,
    )
    return desk.settle(outcome, message, chat=target.record.chat)
