"""A page of the admin that belongs to no single model."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpResponseBase


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page below /admin/.

    The view is called with the request and what the path captures. A TemplateResponse that it
    returns gets the context that every admin page has, with `title` and `page`.
    """

    path: str  # below /admin/, such as "waiting/"; may capture
    name: str  # of the URL: reverse("admin:NAME")
    view: Callable[..., HttpResponseBase]
    permission: str  # such as "webhooks.view_event"
    title: str
    in_menu: bool = False

    def is_for(self, user: User | AnonymousUser) -> bool:
        """Whether somebody may see it."""
        return user.is_active and user.has_perm(self.permission)
