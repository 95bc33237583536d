"""One small file for each kind of event: all that people see of it."""

from collections.abc import Mapping

from eventlog.kinds import change, container, error, message, reaction, status, text
from eventlog.kinds.display import Display
from webhooks.whatsapp.items import Kind

DISPLAYS: Mapping[str, Display] = {
    Kind.TEXT: text.DISPLAY,
    Kind.REACTION: reaction.DISPLAY,
    Kind.STATUS: status.DISPLAY,
    Kind.MESSAGE: message.DISPLAY,
    Kind.ERROR: error.DISPLAY,
    Kind.CHANGE: change.DISPLAY,
    Kind.CONTAINER: container.DISPLAY,
}


def display_of(kind: str) -> Display:
    """What people see of a row's kind; a later release may have left one that we do not know."""
    return DISPLAYS.get(kind) or Display(label=kind, plural=kind)
