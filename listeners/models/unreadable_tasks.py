"""What is kept of tasks that nobody can read."""

from django.db import models


class UnreadableTask(models.Model):
    """Bytes that came as a task and are none: a bug of ours, or of a release beside this one.

    The queue has been told that they are done, since it would bring the same bytes again. What
    they should have applied is found by the sweeper. It is open until somebody closes it.
    """

    digest = models.CharField(
        max_length=64, unique=True, help_text="SHA-256 of the bytes, lowercase hex."
    )
    body = models.BinaryField(help_text="The bytes, unchanged.")
    size = models.PositiveIntegerField(help_text="Their number.")
    task_name = models.CharField(
        max_length=500, blank=True, help_text="Of the last one, as the queue says."
    )
    first_seen_at = models.DateTimeField(help_text="When such a task first came.")
    last_seen_at = models.DateTimeField()
    seen = models.PositiveIntegerField(default=1, help_text="How many of these bytes have come.")
    closed_at = models.DateTimeField(null=True)
    closed_by_name = models.CharField(max_length=150, blank=True, help_text="Who closed it.")

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=("id",),
                condition=models.Q(closed_at__isnull=True),
                name="unreadable_task_open",
            ),
        )
        permissions = (("close_unreadabletask", "Can close unreadable tasks"),)

    def __str__(self) -> str:
        return self.digest
