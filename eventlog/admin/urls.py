"""The admin's addresses. Importing them registers every page."""

from eventlog.admin import (
    accounts,
    aliases,
    deliveries,
    drift,
    events,
    placements,
    problem_rules,
    refusals,
    restore_windows,
    task_runs,
    unknown_deliveries,
    unreadable_tasks,
)
from eventlog.admin.site import site

REGISTERED = (
    accounts,
    aliases,
    deliveries,
    drift,
    events,
    placements,
    problem_rules,
    refusals,
    restore_windows,
    task_runs,
    unknown_deliveries,
    unreadable_tasks,
)

urls = site.urls
