"""How far rows of older releases have been filled in."""

from django.db import models


class OlderRowsMark(models.Model):
    """How far down deliveries have been gone through, the newest first. There is one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    begins_at = models.DateTimeField(help_text="Until then a release before may still write rows.")
    down_to = models.DateTimeField(help_text="What was received since has been gone through.")
    delivery_id = models.UUIDField(
        null=True, help_text="Of those received at that moment, the last gone through."
    )
    done_at = models.DateTimeField(null=True, help_text="When nothing was left.")

    def __str__(self) -> str:
        return f"{self.down_to:%Y-%m-%d %H:%M}"
