"""A page of the admin that belongs to no single model."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpResponseBase

PART_HEADER = "X-Requested-With"  # sent by live.js and replay.js, and by no browser by itself


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page below /admin/.

    The view is called with the request and what the path captures. A TemplateResponse that it
    returns gets the context that every admin page has, with `title` and `page`.
    """

    path: str  # below /admin/, such as "waiting/"; may capture
    name: str  # of the URL: reverse("admin:NAME")
    view: Callable[..., HttpResponseBase]
    permission: str  # such as "webhooks.view_event"; none: it is for everybody on the staff
    title: str
    in_menu: bool = False
    # The page that shows this one as a part of itself and asks for it by `PART_HEADER`; it captures
    # the same. Whoever opens the part alone is led there: a part has neither style nor menu.
    part_of: str = ""

    def is_for(self, user: User | AnonymousUser) -> bool:
        """Whether somebody may see it."""
        return user.is_active and (not self.permission or user.has_perm(self.permission))
