"""What the sweeper has made tasks for."""

from django.db import models

from webhooks.models.deliveries import Delivery


class SweeperTask(models.Model):
    """A task that the sweeper made for events of a delivery, which nobody had settled in time."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="sweeper_tasks")
    made_at = models.DateTimeField()
    round = models.PositiveSmallIntegerField(
        help_text="Which round it is for these events, from 1."
    )
    events = models.JSONField(default=list, help_text="Their ids.")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"sweeper task {self.pk}"
