"""A status, as people see it: it is drawn as the tick that it sets."""

from collections.abc import Mapping

from eventlog.kinds.display import Display
from eventlog.kinds.said import Said
from webhooks.whatsapp.kinds.status import Status

TICKS = {
    Status.SENT.word: "tick",
    Status.DELIVERED.word: "ticks",
    Status.READ.word: "ticks",
    Status.PLAYED.word: "ticks",
    Status.FAILED.word: "failed",
}

NOTHING = "Nothing has to be done."
OF_SOMETHING_ELSE = Said(
    "Of something else",
    "Meta reports it of something else than a message, such as a payment; it changes no message.",
    NOTHING,
)
# Statuses that are not processed: what Meta documents for payments and for messages that are held
# back, what it had before, and what others have seen (2026). A word that is processed stands here
# for a status that is no message's.
WORDS: Mapping[str, Said] = {
    **dict.fromkeys(TICKS, OF_SOMETHING_ELSE),
    "failed": Said(
        "Payment failed",
        "Meta reports that a payment failed, or something else that is no message; it changes no "
        "message.",
        "If the driver was to pay, ask whether it went through.",
    ),
    "pending": Said(
        "Payment pending",
        "Meta reports that a payment is on its way; it changes no message.",
        NOTHING,
    ),
    "captured": Said(
        "Payment captured",
        "Meta reports that a payment went through; it changes no message.",
        NOTHING,
    ),
    "deleted": Said(
        "Deleted",
        "WhatsApp reports that the message was deleted; the chat still shows it.",
        "Do not rely on the driver having read it.",
    ),
    "warning": Said(
        "Warning",
        "WhatsApp warns of something in the message, such as a product that does not exist; the "
        "message may have arrived all the same.",
        "The ticks of the message tell whether it arrived. Meta’s own words are in the delivery.",
    ),
    "accepted": Said(
        "Accepted",
        "Meta has taken the message over and has not sent it yet; the chat shows it once it is "
        "sent.",
        NOTHING,
    ),
    "held": Said(
        "Held back",
        "Meta holds the message back while it judges the quality of its template; the driver does "
        "not have it yet.",
        "Wait for another status. If none comes, reach the driver in another way.",
    ),
    "paused": Said(
        "Paused",
        "Meta does not send the message while its template is paused; the driver does not have it.",
        "See in WhatsApp Manager what became of the template, and write the message again.",
    ),
}

DISPLAY = Display(
    label="Status",
    plural="Statuses",
    icons=TICKS,
    icon="phone",
    occurred="WhatsApp reports: {}",
    template="admin/kinds/status.html",
    undelivered=frozenset({Status.FAILED.word}),
    words=WORDS,
    word_title="Status word",
    unknown=Said(
        "Unknown status",
        "Meta reports something of a message by a word that this program does not know; it "
        "changes nothing.",
        "Tell the developers of the new word.",
    ),
)
