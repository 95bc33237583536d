"""The ledger: every delivery as it came, and what became of every item in it."""

import webhooks.alias  # noqa: F401 (Django finds the models of an app here)
from webhooks.models.chores import DoneChore
from webhooks.models.deliveries import Delivery, new_id
from webhooks.models.events import CHANGE_TARGET, Event, kinds, reasons, states
from webhooks.models.refusals import RefusalCount
from webhooks.models.sweeper_tasks import SweeperTask

__all__ = [
    "CHANGE_TARGET",
    "Delivery",
    "DoneChore",
    "Event",
    "RefusalCount",
    "SweeperTask",
    "kinds",
    "new_id",
    "reasons",
    "states",
]
