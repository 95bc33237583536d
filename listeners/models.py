"""What the task handler remembers: where each text belongs, and every run of a task."""

from django.db import models

from listeners.figures.models import Figure, LeaseNumber, RollUp
from listeners.replay.models import ReplayedEvent, ReplayJob
from listeners.restores.models import RestoreWindow, UnknownDelivery
from listeners.unreadable.models import UnreadableTask
from webhooks.models import Delivery, Event

# Django finds the models of an app in this module.
__all__ = [
    "Figure",
    "LeaseNumber",
    "Placement",
    "ReplayJob",
    "ReplayedEvent",
    "RestoreWindow",
    "RollUp",
    "TaskRun",
    "UnknownDelivery",
    "UnreadableTask",
]


class Placement(models.Model):
    """The chat of one text message, chosen once and for all (contract: Which chat).

    The unique row makes concurrent deliveries of one text agree on a chat, whatever the tracking
    records say meanwhile.
    """

    phone_number_id = models.CharField(max_length=64, help_text="Meta's id of the lease number.")
    message_id = models.CharField(max_length=1500)
    lease_id = models.CharField(max_length=500)
    enquiry_id = models.CharField(max_length=500)
    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, related_name="+", help_text="The event that took it."
    )
    applied_at = models.DateTimeField(
        null=True, help_text="When the message was known to exist; it is never created again."
    )
    sought = models.BooleanField(
        default=False, help_text="It is looked for by Meta's id before it is created."
    )
    recreated = models.BooleanField(
        default=False, help_text="A repair creates it again: our own document is no other's."
    )
    document_id = models.CharField(
        max_length=1500,
        blank=True,
        help_text="The document that it was found as; empty: the one that we make.",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("message_id", "phone_number_id"), name="placement_once_for_each_text"
            ),
        )

    def __str__(self) -> str:
        return f"placement {self.pk}"


class TaskRun(models.Model):
    """One attempt of one task: what it found to do and what it came to."""

    class Result(models.TextChoices):
        """What the attempt came to; the view turns it into the HTTP status of the answer."""

        DONE = "done", "Every event has its outcome, or waits."
        TRY_AGAIN = "try_again", "Something we depend on was not there; the queue tries again."

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="task_runs")
    task_name = models.CharField(max_length=500, blank=True, help_text="As Cloud Tasks says.")
    retry_count = models.PositiveIntegerField(
        default=0, help_text="Earlier attempts of this task, as Cloud Tasks says."
    )
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    result = models.CharField(max_length=16, choices=Result.choices)
    outcomes = models.JSONField(
        default=dict, help_text="Reason → ids of the events that ended this run with it."
    )
    error = models.CharField(
        max_length=200, blank=True, help_text="What kept the other events from being applied."
    )

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("started_at",), name="task_run_started_at"),
            # Of the few runs that did not end well.
            models.Index(
                fields=("id",), condition=models.Q(result="try_again"), name="task_run_try_again"
            ),
        )

    def __str__(self) -> str:
        return f"run {self.pk}"
