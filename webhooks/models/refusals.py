"""How much was refused at the door."""

from django.db import models


class RefusalCount(models.Model):
    """How many requests were refused on one day (UTC) for one cause; nothing else is kept."""

    day = models.DateField()
    cause = models.CharField(max_length=16)
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ("-day", "cause")
        constraints = (
            models.UniqueConstraint(fields=("day", "cause"), name="refusal_count_day_cause"),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.cause}"
