"""A message of a type that is not processed, as people see it."""

from collections.abc import Mapping

from eventlog.kinds.display import Display
from eventlog.kinds.said import Said

NOTHING = "Nothing has to be done."
AS_TEXT = "Ask the driver to write it as text."
AGAIN = "Ask the driver what they sent, and to write it as text."
OTHERWISE = (
    "The driver sees it as delivered. Ask them to send it in another way, or to describe it."
)

# Meta's types of messages (reference of the webhook field messages, read on 2026-09-11), and two
# that it had before.
WORDS: Mapping[str, Said] = {
    "image": Said(
        "Photo",
        "The driver sent a photo; the customer does not see it.",
        f"{OTHERWISE} What it shows may be written as text.",
    ),
    "video": Said(
        "Video", "The driver sent a video; the customer does not see it.", f"{OTHERWISE} {AS_TEXT}"
    ),
    "audio": Said(
        "Voice message",
        "The driver sent a voice message or a sound; the customer does not hear it.",
        f"The driver takes it for delivered. {AS_TEXT}",
    ),
    "document": Said(
        "File", "The driver sent a file; the customer does not see it.", f"{OTHERWISE} {AS_TEXT}"
    ),
    "sticker": Said(
        "Sticker",
        "The driver sent a sticker; the customer does not see it.",
        "Mostly a greeting or thanks. If it was an answer, ask the driver to write it as text.",
    ),
    "location": Said(
        "Location",
        "The driver sent a place on the map; the customer does not see it.",
        "Ask the driver to write the address as text.",
    ),
    "contacts": Said(
        "Contact card",
        "The driver sent somebody’s contact details; the customer does not see them.",
        "Ask the driver to write name and number as text.",
    ),
    "interactive": Said(
        "Choice",
        "The driver chose from a list, pressed a button or filled in a form of a message; the "
        "customer does not see the choice.",
        AS_TEXT,
    ),
    "button": Said(
        "Button",
        "The driver pressed a button of a template message; the customer does not see which.",
        AS_TEXT,
    ),
    "order": Said(
        "Order",
        "The driver ordered something from a catalogue; the customer does not see it.",
        "Ask the driver to write as text what they want.",
    ),
    "system": Said(
        "Notice of WhatsApp",
        "WhatsApp itself says something about the driver, who wrote nothing.",
        "If it tells of a new number or user id, see that the driver’s tracking record has it.",
    ),
    "unsupported": Said(
        "Not carried",
        "The driver sent something that WhatsApp does not hand over to businesses; the customer "
        "does not see it.",
        AGAIN,
    ),
    "request_welcome": Said(
        "Chat opened", "The driver opened the chat and has not written yet.", NOTHING
    ),
    "edit": Said(
        "Edit",
        "The driver changed a message; the chat still shows the words as they were first.",
        "Tell the customer, or ask the driver to write the change as a new message.",
    ),
    "revoke": Said(
        "Taken back",
        "The driver took a message back; the chat still shows it.",
        "Tell the customer not to rely on it.",
    ),
    "media_placeholder": Said(
        "File not handed over",
        "The driver sent a photo or a file that WhatsApp has not handed over; the customer does "
        "not see it.",
        f"{OTHERWISE} {AS_TEXT}",
    ),
    "unknown": Said(
        "Not carried",
        "The driver sent something that WhatsApp did not know at the time; the customer does not "
        "see it.",
        AGAIN,
    ),
    "ephemeral": Said(
        "Disappearing message",
        "The driver sent a message that disappears; the customer does not see it.",
        "Ask the driver to turn disappearing messages off, and to write it again.",
    ),
}

# Of which type an `unsupported` message would be: Meta's words, as Meta and others show them.
OWN_TYPES: Mapping[str, Said] = {
    **WORDS,
    "poll_creation": Said("Poll", "The driver sent a poll; the customer does not see it.", AS_TEXT),
    "poll": Said("Poll", "The driver sent a poll; the customer does not see it.", AS_TEXT),
    "poll_update": Said(
        "Vote", "The driver voted in a poll; the customer does not see it.", AS_TEXT
    ),
    "pin": Said("Pin", "The driver pinned a message; the customer does not see it.", NOTHING),
    "keep_in_chat": Said(
        "Kept message", "The driver kept a message that was to disappear.", NOTHING
    ),
    "group_invite": Said(
        "Invitation",
        "The driver sent an invitation to a group; the customer does not see it.",
        "Groups are not supported: ask the driver to write in this chat.",
    ),
    "gif": Said(
        "Moving picture",
        "The driver sent a moving picture; the customer does not see it.",
        f"If it was an answer: {AS_TEXT}",
    ),
    "link_preview": Said(
        "Link", "The driver sent a link with a preview; the customer does not see it.", AS_TEXT
    ),
    "product": Said(
        "Product", "The driver asked about a product; the customer does not see it.", AS_TEXT
    ),
    "list": Said(
        "List", "The driver sent or answered a list; the customer does not see it.", AS_TEXT
    ),
    "hsm": Said(
        "Template", "The driver’s number sent a template message, as businesses do.", AS_TEXT
    ),
    "reaction": Said(
        "Reaction",
        "The driver reacted in a way that WhatsApp did not hand over; the customer does not see "
        "it.",
        NOTHING,
    ),
}

DISPLAY = Display(
    label="Message",
    plural="Other messages",
    symbol='<rect x="2.5" y="3" width="11" height="10" rx="1"/>'
    '<path d="m2.5 11 3.5-3.5 2.5 2.5L10.5 8l3 3"/>',
    words=WORDS,
    word_title="Type",
    own_types=OWN_TYPES,
    unknown=Said(
        "Unknown type",
        "The driver sent a message of a type that this program does not know; the customer does "
        "not see it.",
        f"{AGAIN} Tell the developers of the new type.",
    ),
)
