"""What became of an event: the states it goes through and the reasons it ends with."""

from collections.abc import Collection

from visn_whatsapp.explained import Explained


class State(Explained):
    """Where an event stands. The first three are open, the others are settled and final."""

    RECEIVED = "received", "Stored, not yet in the queue."
    QUEUED = "queued", "A task for it is in the queue."
    WAITING = "waiting", "Waits for the message it refers to; a scheduled task tries again."
    PROCESSED = "processed", "Applied to the chat."
    DUPLICATE = "duplicate", "Another event had already said the same; nothing changed."
    SKIPPED = "skipped", "Understood, but there is no chat or message to apply it to."
    IGNORED = "ignored", "Of a kind that is not processed."
    FAILED = "failed", "Should have been applied and could not be."


OPEN = frozenset({State.RECEIVED, State.QUEUED, State.WAITING})
SETTLED = frozenset(State) - OPEN
REOPENABLE = frozenset({State.SKIPPED, State.IGNORED, State.FAILED})
DENIED = frozenset({State.SKIPPED, State.FAILED})  # understood, and not in the chat


def other_than(states: Collection[State]) -> tuple[State, ...]:
    """Returns all other states, for `NOT IN`: so is asked for the state of events known by a key.

    Asked for with `=` or `IN`, they might be looked up by their state instead of their key. A
    database does that when its statistics are from a time when few events were in that state, and
    then reads a whole backlog for each task. Nothing looks up what is *not* in a list.
    """
    return tuple(sorted(frozenset(State) - frozenset(states)))


class Reason(Explained):
    """Why an event is in its state. Each belongs to exactly one state."""

    state: State

    NONE = "", State.RECEIVED, "Nothing has been decided yet."

    WAITING_FOR_MESSAGE = (
        "waiting_for_message",
        State.WAITING,
        "The message it refers to is not in the chat yet.",
    )
    WAITING_FOR_QUOTED = (
        "waiting_for_quoted",
        State.WAITING,
        "The driver has several enquiries and the quoted message, which tells them apart, "
        "is in none of their chats yet.",
    )

    APPLIED = "applied", State.PROCESSED, "Written to the chat."
    LATE_STATUS = (
        "late_status",
        State.PROCESSED,
        "The message had already reached a later status; only the time was noted.",
    )
    FAILED_AFTER_DELIVERY = (
        "failed_after_delivery",
        State.PROCESSED,
        "Meta reports a failure of a message that was delivered; time and errors were noted.",
    )
    LATE_REACTION = (
        "late_reaction",
        State.PROCESSED,
        "A newer reaction or removal of the same person already stands.",
    )

    ALREADY_APPLIED = (
        "already_applied",
        State.DUPLICATE,
        "The chat already showed exactly this.",
    )

    NO_ACTIVE_TRACKING = (
        "no_active_tracking",
        State.SKIPPED,
        "No active tracking record joins this lease number and this person.",
    )
    NO_PERSON = (
        "no_person",
        State.SKIPPED,
        "Meta named neither a number nor a user id, so no tracking record can be found.",
    )
    ENQUIRY_NOT_FOUND = (
        "enquiry_not_found",
        State.SKIPPED,
        "The tracking record points to an enquiry that does not exist.",
    )
    MESSAGE_NOT_FOUND = (
        "message_not_found",
        State.SKIPPED,
        "The message it refers to did not appear within the waiting time.",
    )
    HELD_ELSEWHERE = (
        "held_elsewhere",
        State.SKIPPED,
        "A repair was to create the text again, and a chat that is not this driver's holds its id.",
    )
    ERASED = (
        "erased",
        State.SKIPPED,
        "Erased at a person's request before it was applied.",
    )

    UNSUPPORTED_TYPE = (
        "unsupported_type",
        State.IGNORED,
        "A message of a type that is not processed, such as an image.",
    )
    UNSUPPORTED_STATUS = (
        "unsupported_status",
        State.IGNORED,
        "A status that is not processed, such as deleted, or not of a message, but of a payment.",
    )
    UNSUPPORTED_FIELD = (
        "unsupported_field",
        State.IGNORED,
        "A change of a webhook field other than messages.",
    )
    WITHOUT_ITEMS = (
        "without_items",
        State.IGNORED,
        "A change of messages that holds neither messages nor statuses nor errors.",
    )
    GROUP = "group", State.IGNORED, "Belongs to a group chat; only one-to-one chats are processed."
    ERROR_NOTICE = (
        "error_notice",
        State.IGNORED,
        "An error that Meta reports about the number itself, not about a message.",
    )
    IDENTITY_NOTED = (
        "identity_noted",
        State.IGNORED,
        "The driver has changed number or user id: their old name leads to their chats still.",
    )
    NOT_WHATSAPP = (
        "not_whatsapp",
        State.IGNORED,
        "The payload is of another product than WhatsApp.",
    )

    MALFORMED = (
        "malformed",
        State.FAILED,
        "Not of the form that Meta documents, so it cannot be understood.",
    )
    TOO_LARGE = (
        "too_large",
        State.FAILED,
        "The document would exceed Firestore's limit of 1 MiB.",
    )
    REFUSED = "refused", State.FAILED, "Firestore refused this write as invalid."
    RULE_RAISED = "rule_raised", State.FAILED, "A rule of the chat raised an error: a bug of ours."
    GAVE_UP = (
        "gave_up",
        State.FAILED,
        "Not settled after the last round of the sweeper.",
    )

    def __init__(self, word: str, state: State, meaning: str) -> None:
        super().__init__(word, meaning)
        self.state = state
