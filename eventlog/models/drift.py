"""Where payloads have departed from what Meta documents, and how far they have been looked over."""

from django.db import models

from webhooks.whatsapp.drift.shapes import Departure


def departures() -> list[tuple[str, str]]:
    """The departures and what they mean."""
    return [(departure.value, departure.meaning) for departure in Departure]


class DriftCount(models.Model):
    """One departure by path and shape. It holds no value of a payload, and no id in the path.

    Of tracking records it counts the events that told of them, by when they were settled.

    It outlives the delivery that it names.
    """

    departure = models.CharField(max_length=16, choices=departures)
    path = models.CharField(max_length=200, help_text="As in `messages[].image.width`.")
    shape = models.CharField(max_length=64, help_text="A type, the form of a string, or a word.")
    count = models.PositiveBigIntegerField(default=0, help_text="Each place of a payload counts.")
    first_at = models.DateTimeField(help_text="When the first such delivery was received.")
    last_at = models.DateTimeField(help_text="When the last was.")
    delivery_id = models.UUIDField(help_text="The last; its bytes are deleted in time.")

    class Meta:
        verbose_name = "contract drift"
        verbose_name_plural = "contract drift"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("path", "departure", "shape"), name="drift_counted_in_one_row"
            ),
        )

    def __str__(self) -> str:
        return f"{self.departure} {self.path}"


class DriftMark(models.Model):
    """How far deliveries have been looked over, in the order of their receipt. There is one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    up_to = models.DateTimeField(help_text="What was received before has been looked over.")
    delivery_id = models.UUIDField(
        null=True, help_text="Of those received at that moment, the last looked over."
    )
    settled_up_to = models.DateTimeField(
        null=True, help_text="What was settled before has been asked for tracking records."
    )

    def __str__(self) -> str:
        return f"{self.up_to:%Y-%m-%d %H:%M}"
