"""What to do about an event, for each state and reason it can be in."""

from collections.abc import Mapping

from eventlog.error_codes import explained
from eventlog.kinds import said_by
from eventlog.questions.wording import is_undelivered
from webhooks.models import Event
from webhooks.outcomes import Reason, State

NOTHING = "Nothing has to be done."

OF_STATE: Mapping[str, str] = {
    State.RECEIVED: "Usually a matter of milliseconds. If it stays so, the queue cannot be "
    "reached: the sweeper sends the event on once a minute at first, then less often.",
    State.QUEUED: "Usually a matter of milliseconds. If it stays so, look at the task runs below "
    "for an error, and whether the queue is paused.",
    State.WAITING: "It is tried again by itself. If the message never comes, the sender has not "
    "stored Meta's id with the outbound message.",
    State.PROCESSED: NOTHING,
    State.DUPLICATE: NOTHING,
}

OF_REASON: Mapping[str, str] = {
    Reason.NO_ACTIVE_TRACKING: "See whether the enquiry is open and assigned, and whether its "
    "tracking record is active and has this driver's number or user id. Once it has, replay the "
    "event.",
    Reason.NO_PERSON: "Nobody can tell who this is about; a replay would end the same way.",
    Reason.ENQUIRY_NOT_FOUND: "See what became of the enquiry that the tracking record names. "
    "Once it exists, replay the event.",
    Reason.MESSAGE_NOT_FOUND: "See whether the outbound message was deleted, or is stored "
    "without Meta's id. Once it has the id, replay the event.",
    Reason.HELD_ELSEWHERE: "Look in Firestore for the other message with Meta's id, and find "
    "out who wrote it. Once it is gone, replay the event: the text is then created and counted.",
    Reason.ERASED: "Nothing: somebody has asked for it, and it cannot be brought back.",
    Reason.UNSUPPORTED_TYPE: "The driver sees the message as delivered, the customer sees "
    "nothing. Ask the driver to write it as text.",
    Reason.UNSUPPORTED_STATUS: NOTHING,
    Reason.UNSUPPORTED_FIELD: "Nothing, unless Meta's settings subscribe to a field by mistake.",
    Reason.WITHOUT_ITEMS: "Nothing, unless it happens often: then this program may have to learn "
    "what Meta sends there.",
    Reason.IDENTITY_NOTED: "Nothing: the driver's chats are found by either name. Should the two "
    "be two people after all, undo the alias.",
    Reason.GROUP: NOTHING,
    Reason.ERROR_NOTICE: "See in the delivery what Meta says about the number, and put it right "
    "in Meta's business manager.",
    Reason.NOT_WHATSAPP: "See in Meta's settings why another product sends to this address.",
    Reason.MALFORMED: "Look at the raw bytes. If Meta has changed a form, this program has to "
    "learn it; then replay the event.",
    Reason.TOO_LARGE: "The message's document is full and cannot take more. Nothing can be "
    "done here.",
    Reason.REFUSED: "Tell the developers: the write itself was wrong. Once that is repaired, "
    "replay the event.",
    Reason.RULE_RAISED: "Tell the developers: the log of the process has the error. Once it is "
    "repaired, replay the event.",
    Reason.GAVE_UP: "See in the task runs below what kept failing. Once that works again, replay "
    "the event.",
}


UNDELIVERED = "The driver did not get the message. Nobody sends it again by itself."
CAUSE_BELOW = "What Meta says of the cause stands below; once that is mended, write it again."


def advice(event: Event) -> str:
    """What somebody may do about the event as it stands, in a sentence or two."""
    if event.erased_at is not None:
        return OF_REASON[Reason.ERASED]
    error = None if event.error_code is None else explained(event.error_code)
    if is_undelivered(event, event.reason):
        return f"{UNDELIVERED} {error.advice if error else CAUSE_BELOW}"
    if error and event.reason == Reason.ERROR_NOTICE:
        return error.advice
    if said := said_by(event):
        return said.advice
    return OF_REASON.get(event.reason) or OF_STATE[event.state]
