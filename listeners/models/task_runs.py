"""What is remembered of every run of a task."""

from django.db import models

from webhooks.models import Delivery


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
