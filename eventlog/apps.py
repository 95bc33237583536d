"""The event log as a Django app."""

from django.apps import AppConfig


class EventlogConfig(AppConfig):
    """Registers the models of figures and replays; `eventlog.admin.urls` registers the pages."""

    name = "eventlog"
    verbose_name = "Event log"
