"""All pages of the admin beside those of the models, in the order of the menu."""

from collections.abc import Sequence

from eventlog.admin import own_settings
from eventlog.pages import (
    aliases,
    channels,
    chat,
    deeds,
    erasures,
    export,
    figures,
    find,
    jump,
    never_arrived,
    new_events,
    problems,
    raw,
    repairs,
    replays,
    reveal,
    saved_views,
    waiting,
)
from eventlog.pages.page import Page

PAGES: Sequence[Page] = (
    *find.PAGES,
    *jump.PAGES,
    *problems.PAGES,
    *channels.PAGES,
    *waiting.PAGES,
    *never_arrived.PAGES,
    *replays.PAGES,
    *repairs.PAGES,
    *erasures.PAGES,
    *deeds.PAGES,
    *figures.PAGES,
    *export.PAGES,
    *new_events.PAGES,
    *chat.PAGES,
    *raw.PAGES,
    *reveal.PAGES,
    *saved_views.PAGES,
    *aliases.PAGES,
    *own_settings.PAGES,
)
