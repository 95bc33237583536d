"""Django's admin as an app of every process, whose pages are served by some of them only."""

from django.conf import settings
from django.contrib.admin.apps import SimpleAdminConfig


class AdminConfig(SimpleAdminConfig):
    """Has the admin's tables everywhere, and asks for what its pages need where they are served.

    Pages are registered by `eventlog.admin.urls`, so there is no autodiscovery. Django's checks of
    the admin want sessions, messages and logins in MIDDLEWARE. Where nobody serves a page they
    would keep every command from running: the sweeper, retention, `migrate`.
    """

    def ready(self) -> None:
        """Registers the admin's checks in a process that serves the admin."""
        if "admin" in settings.SERVICES:
            super().ready()
