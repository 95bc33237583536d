"""The event log as a Django app."""

from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, register


class EventlogConfig(AppConfig):
    """Registers the models of figures and replays; `eventlog.admin.urls` registers the pages."""

    name = "eventlog"
    verbose_name = "Event log"

    def ready(self) -> None:
        """Registers the checks."""
        register(check_kinds)


def check_kinds(**_: Any) -> list[CheckMessage]:
    """Runs `checks.check_kinds`, which loads what most processes never need."""
    from eventlog import checks  # noqa: PLC0415

    return checks.check_kinds()
