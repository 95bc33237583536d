"""What is known of restores: since when something is forgotten, and deliveries that are."""

from django.db import models


class UnknownDelivery(models.Model):
    """A delivery that a task names and the ledger has not: what it held may be lost.

    It is open until its bytes come again, it is back in the ledger, or somebody closes it. Free
    of personal data: of a delivery nothing is known but its id and its digest.
    """

    class Closing(models.TextChoices):
        """Why nobody has to see to it any more."""

        RETURNED = "returned", "Its bytes are in the ledger again."
        BY_HAND = "by_hand", "Somebody has seen to it."

    delivery = models.UUIDField(unique=True, help_text="As the task names it.")
    digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256; empty if an older release made the task."
    )
    first_seen_at = models.DateTimeField(help_text="When a task first named it.")
    last_seen_at = models.DateTimeField()
    seen = models.PositiveIntegerField(default=1, help_text="How many tasks have named it.")
    looks = models.PositiveSmallIntegerField(
        default=0, help_text="How often a task of its own was made to look for it again."
    )
    closed_at = models.DateTimeField(null=True)
    closing = models.CharField(max_length=8, choices=Closing.choices, blank=True)
    closed_by_name = models.CharField(
        max_length=150, blank=True, help_text="Who closed it by hand; empty: a command."
    )

    class Meta:
        verbose_name_plural = "unknown deliveries"
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=("id",),
                condition=models.Q(closed_at__isnull=True),
                name="unknown_delivery_open",
            ),
        )
        permissions = (("close_unknowndelivery", "Can close unknown deliveries"),)

    def __str__(self) -> str:
        return str(self.delivery)


class RestoreWindow(models.Model):
    """A time of which the ledger or Firestore lacks something, because it was set back.

    While one of the ledger or a cut-over is open, a text that the driver wrote before its end and
    that has no placement yet is looked for before it is written: somebody whom this ledger does not
    remember may have written it.
    """

    class What(models.TextChoices):
        """What was set back."""

        LEDGER = "ledger", "The ledger was restored to an earlier time."
        FIRESTORE = "firestore", "Firestore was restored to an earlier time."
        CUT_OVER = "cut_over", "Another gateway wrote to the chats before this one."

    what = models.CharField(max_length=9, choices=What.choices)
    since = models.DateTimeField(
        null=True, help_text="The moment that was gone back to; none for a cut-over."
    )
    until = models.DateTimeField(
        null=True, help_text="When what was set back was in use again; none: not yet."
    )
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.get_what_display()} ({self.pk})"
