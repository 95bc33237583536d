"""All pages of the admin beside those of the models, in the order of the menu."""

from collections.abc import Sequence

from listeners import export
from listeners.admin import chat, find, raw, reveal, waiting
from listeners.admin.page import Page
from listeners.figures import pages as figures
from listeners.replay import pages as replay
from listeners.replay import repair_pages as repair

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
