"""One small file for each kind of event: all that people see of it."""

from collections.abc import Mapping

from eventlog.kinds import change, container, error, message, reaction, status, text
from eventlog.kinds.display import Display
from eventlog.kinds.said import Said
from webhooks.models import Event
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Kind
from webhooks.whatsapp.meaning import own_type_in

DISPLAYS: Mapping[str, Display] = {
    Kind.TEXT: text.DISPLAY,
    Kind.REACTION: reaction.DISPLAY,
    Kind.STATUS: status.DISPLAY,
    Kind.MESSAGE: message.DISPLAY,
    Kind.ERROR: error.DISPLAY,
    Kind.CHANGE: change.DISPLAY,
    Kind.CONTAINER: container.DISPLAY,
}


_BY_WORD = frozenset({Reason.UNSUPPORTED_TYPE, Reason.UNSUPPORTED_STATUS, Reason.UNSUPPORTED_FIELD})


def said_by(event: Event) -> Said | None:
    """What an event that is not processed says; None where its reason says all there is."""
    if event.reason not in (*_BY_WORD, Reason.WITHOUT_ITEMS):
        return None
    display = display_of(event.kind)
    own_type = own_type_in(event.detail)
    known = display.own_types.get(own_type) if own_type else None
    known = known or display.words.get(event.name)
    return known or (display.unknown if event.reason in _BY_WORD else None)


def display_of(kind: str) -> Display:
    """What people see of a row's kind; a later release may have left one that we do not know."""
    return DISPLAYS.get(kind) or Display(label=kind, plural=kind)
