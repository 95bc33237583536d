"""The admin's addresses. Importing them registers every page."""

from listeners.admin import (
    accounts,
    deliveries,
    events,
    placements,
    refusals,
    restore_windows,
    task_runs,
    unknown_deliveries,
    unreadable_tasks,
)
from listeners.admin.site import site

REGISTERED = (
    accounts,
    deliveries,
    events,
    placements,
    refusals,
    restore_windows,
    task_runs,
    unknown_deliveries,
    unreadable_tasks,
)

urls = site.urls
