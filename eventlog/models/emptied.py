"""How far the bytes of deliveries have been taken."""

from django.db import models


class EmptiedMark(models.Model):
    """How far they have been gone through, in the order of their receipt. There is one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    up_to = models.DateTimeField(help_text="What was received before has been gone through.")
    delivery = models.UUIDField(
        null=True, help_text="Of those received at that moment, the last gone through."
    )
    kept_since = models.DateTimeField(
        null=True, help_text="When the oldest that had to be left was received."
    )

    def __str__(self) -> str:
        return f"{self.up_to:%Y-%m-%d %H:%M}"
