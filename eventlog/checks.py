"""Whether every kind of events has all that it needs: what was forgotten is no error of a page."""

import re
from collections.abc import Iterator

from django.core.checks import CheckMessage, Error
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from eventlog.kinds import DISPLAYS
from eventlog.kinds.display import Display
from eventlog.reconciliation import CHANGES as LOOKED_FOR
from listeners.handlers import CHANGES
from webhooks.whatsapp.items import CHANGING, IN_A_CHAT, Kind
from webhooks.whatsapp.kinds import READ

ICONS = "admin/_icons.html"
SYMBOL = re.compile(r'<symbol id="icon-([^"]+)"')


def check_kinds() -> list[CheckMessage]:
    """Reports what is missing, in `check` and in Django's own commands."""
    missing = (f"The kind {kind}: {words}." for kind in Kind for words in _missing(kind))
    return [Error(words, id="eventlog.E001") for words in missing]


def _missing(kind: Kind) -> Iterator[str]:
    if (kind in IN_A_CHAT) != (kind in READ):
        yield (
            f"webhooks/whatsapp/kinds/{kind}.py reads it, or webhooks/whatsapp/items.py says "
            "that it changes no chat; not both"
        )
    if kind in CHANGING and kind not in CHANGES:
        yield f"listeners/handlers/{kind}.py does not say how it changes a message"
    if kind in CHANGING and kind not in LOOKED_FOR:
        yield "eventlog/reconciliation.py does not say where its change is seen"
    display = DISPLAYS.get(kind)
    if display is None:
        yield f"eventlog/kinds/{kind}.py does not say what people see of it"
    else:
        yield from (f"eventlog/kinds/{kind}.py {flaw}" for flaw in _flaws(kind, display))


def _flaws(kind: Kind, display: Display) -> Iterator[str]:
    if not (display.label and display.plural):
        yield "has no words for it"
    if not (display.symbol or display.icon):
        yield "has no symbol for it"
    for name in sorted(_icons_of(display) - _icons()):
        yield f"names an icon that is not in {ICONS}, {name}"
    if kind in IN_A_CHAT and not display.template:
        yield "has no template for what it says"
    if display.template and not _exists(display.template):
        yield f"names a template that is not there, {display.template}"


def _icons_of(display: Display) -> set[str]:
    return {name for name in (display.icon, *display.icons.values()) if name}


def _icons() -> set[str]:
    """The symbols that every page has, those that kinds bring among them."""
    return set(SYMBOL.findall(get_template(ICONS).render()))


def _exists(template: str) -> bool:
    try:
        get_template(template)
    except TemplateDoesNotExist:
        return False
    return True
