"""Where each text belongs."""

from django.db import models

from webhooks.models import Event


class Placement(models.Model):
    """The chat of one text message, chosen once and for all (contract: Which chat).

    The unique row makes concurrent deliveries of one text agree on a chat, whatever the tracking
    records say meanwhile, and whichever of Meta's ids of the lease number stands beside it.
    """

    lease_number = models.CharField(
        max_length=32, help_text="Digits only, and of its spellings the smallest."
    )
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
                fields=("message_id", "lease_number"), name="placement_once_for_each_text"
            ),
        )

    def __str__(self) -> str:
        return f"placement {self.pk}"
