"""Channels by which people hear of problems, and what is still to be told by each."""

from django.db import models
from django.db.models import Q

from eventlog.models.problems import ProblemChange


class Channel(models.Model):
    """A channel, by the name that the settings give it. Its address is a secret and not here."""

    name = models.CharField(max_length=40, unique=True)
    scheme = models.CharField(max_length=20, help_text="Of its address: what sort it is.")
    is_configured = models.BooleanField(default=True, help_text="The settings still name it.")
    sent_at = models.DateTimeField(null=True, help_text="When it last took something.")
    failures = models.PositiveIntegerField(default=0, help_text="In a row, until now.")
    failing_since = models.DateTimeField(null=True)
    error = models.CharField(max_length=100, blank=True, help_text="Of the last failure.")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Notification(models.Model):
    """What is to be told by one channel, once: a change of a problem, a day, or a test."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="notifications")
    change = models.ForeignKey(
        ProblemChange, null=True, on_delete=models.CASCADE, help_text="None: no change."
    )
    digest_on = models.DateField(null=True, help_text="The day of which it is the digest.")
    digest_until = models.DateTimeField(null=True, help_text="What the digest goes up to.")
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="When to try, or to try again.")
    tries = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("channel", "change"), name="notification_once"),
            models.UniqueConstraint(
                fields=("channel", "digest_on"), name="notification_digest_once"
            ),
        )
        indexes = (
            models.Index(
                fields=("channel", "due_at"),
                condition=Q(sent_at__isnull=True),
                name="notification_to_send",
            ),
        )

    def __str__(self) -> str:
        return f"notification {self.pk}"
