"""What the task handler remembers. Django finds the models of an app here."""

from listeners.models.erased_messages import ErasedMessage
from listeners.models.placements import Placement
from listeners.models.restores import RestoreWindow, UnknownDelivery
from listeners.models.task_runs import TaskRun
from listeners.models.unreadable_tasks import UnreadableTask

__all__ = [
    "ErasedMessage",
    "Placement",
    "RestoreWindow",
    "TaskRun",
    "UnknownDelivery",
    "UnreadableTask",
]
