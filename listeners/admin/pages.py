"""All pages of the admin beside those of the models, in the order of the menu."""

from collections.abc import Sequence

from listeners.admin import find, waiting
from listeners.admin.page import Page

PAGES: Sequence[Page] = (
    *find.PAGES,
    *waiting.PAGES,
)
