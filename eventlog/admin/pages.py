"""All pages of the admin beside those of the models, in the order of the menu."""

from collections.abc import Sequence

from eventlog.pages import chat, export, figures, find, raw, reveal, waiting
from eventlog.pages import repairs as repair
from eventlog.pages import replays as replay
from eventlog.pages.page import Page

PAGES: Sequence[Page] = (
    *find.PAGES,
    *waiting.PAGES,
    *replay.PAGES,
    *repair.PAGES,
    *figures.PAGES,
    *export.PAGES,
    *chat.PAGES,
    *raw.PAGES,
    *reveal.PAGES,
)
