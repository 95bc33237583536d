"""A message of a type that is not processed, as people see it."""

from collections.abc import Mapping

from eventlog.kinds.display import Display

# Where "write it as text" helps nobody.
ADVICE: Mapping[str, str] = {
    "system": "WhatsApp itself says this; the driver wrote nothing. If it tells of a new number "
    "or user id, see that the driver's tracking record has it.",
    "edit": "The driver changed a message. The chat still shows the words as they were first.",
    "revoke": "The driver took a message back. The chat still shows it.",
    "request_welcome": "The driver opened the chat and has not written yet. "
    "Nothing has to be done.",
}

DISPLAY = Display(
    label="Message",
    plural="Other messages",
    symbol='<rect x="2.5" y="3" width="11" height="10" rx="1"/>'
    '<path d="m2.5 11 3.5-3.5 2.5 2.5L10.5 8l3 3"/>',
    advice=ADVICE,
)
