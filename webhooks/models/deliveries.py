"""Every delivery as it came."""

from uuid import UUID

from django.db import models
from uuid_utils.compat import uuid7

from webhooks.conditions import WITHOUT_ITEMS
from webhooks.whatsapp.payload import Verdict


def new_id() -> UUID:
    """A UUID of version 7. Rows made together lie together in its index.

    It tells the time of the process that made it, which may be wrong: `received_at` is the
    ledger's, and only that is compared or ordered by.
    """
    return uuid7()


class Delivery(models.Model):
    """One payload as somebody handed it to us.

    The bytes of a payload are stored once: a later delivery of the same bytes is a small row
    whose `repeat_of` points to the first, and only the first has events.
    """

    class Source(models.TextChoices):
        """Who handed it in."""

        META = "meta", "Meta's webhook"
        CALLABLE = "callable", "another gateway, through the callable"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    received_at = models.DateTimeField(help_text="When it was written, by the clock of the ledger.")
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.META)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the bytes, lowercase hex.")
    body = models.BinaryField(
        null=True, help_text="The bytes, unchanged; none for a repeat, nor after retention."
    )
    emptied_at = models.DateTimeField(
        null=True,
        help_text="When its bytes were taken; its events stay, unlike those of retention.",
    )
    size = models.PositiveIntegerField(help_text="Length of the body in bytes.")
    headers = models.JSONField(default=dict, help_text="The request headers that matter.")
    repeat_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="repeats"
    )
    verdict = models.CharField(max_length=16, help_text="Whether the payload could be read.")
    item_count = models.PositiveIntegerField(default=0, help_text="Items in it, of every kind.")

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ("-received_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("digest",),
                condition=models.Q(repeat_of__isnull=True),
                name="delivery_body_stored_once",
            ),
        )
        indexes = (
            models.Index(fields=("received_at",), name="delivery_received_at"),
            # They hold what is rare, so a delivery as it should be pays for none of them.
            models.Index(
                fields=("received_at",),
                condition=~models.Q(verdict=Verdict.READABLE.value),
                name="delivery_odd",
            ),
            models.Index(
                fields=("received_at",),
                condition=models.Q(repeat_of__isnull=False),
                name="delivery_repeats",
            ),
            models.Index(
                fields=("received_at",), condition=WITHOUT_ITEMS, name="delivery_without_items"
            ),
        )

    def __str__(self) -> str:
        return str(self.id)
