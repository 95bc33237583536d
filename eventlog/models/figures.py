"""Figures of the ledger that are added up once, so that nobody has to count two million rows."""

from django.db import models


class Figure(models.Model):
    """What came in during one span of time, for one lease number or for all, and what became of it.

    The number is as the events spell it: who reads adds up the spellings. An event counts where it
    was received, whenever it is settled: a late outcome changes the row.
    """

    class Span(models.IntegerChoices):
        """How long it is, in seconds. Each starts at a multiple of its length."""

        MINUTE = 60, "minute"
        QUARTER = 900, "quarter of an hour"
        HOUR = 3600, "hour"

    span = models.PositiveSmallIntegerField(choices=Span.choices)
    start = models.DateTimeField()
    lease_number = models.CharField(
        max_length=32, help_text="Digits; empty where Meta did not say; * for all together."
    )
    events = models.PositiveIntegerField(default=0)
    unseen = models.PositiveIntegerField(
        default=0, db_default=0, help_text="What drivers sent and no customer saw."
    )
    tally = models.BinaryField(help_text="A figures.tally.Tally as JSON.")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("span", "lease_number", "start"), name="figure_once_for_each_span"
            ),
        )
        indexes = (
            models.Index(fields=("span", "start"), name="figure_start"),
            models.Index(
                fields=("span", "start"), condition=models.Q(unseen__gt=0), name="figure_unseen"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_span_display()} of {self.start:%Y-%m-%d %H:%M}"


class LeaseNumber(models.Model):
    """A lease number that events came from, in one spelling: since when, and when last.

    Its id stands for it in addresses, which end in access logs.
    """

    number = models.CharField(max_length=32, unique=True, help_text="Digits.")
    first_event_at = models.DateTimeField()
    last_event_at = models.DateTimeField()
    last_event = models.PositiveBigIntegerField(
        help_text="Id of that event: lists are asked for what has the same number."
    )

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return self.number


class RollUp(models.Model):
    """How far the figures are added up. There is one row, so no sequence makes its key."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    rolled_up_to = models.DateTimeField(help_text="What was received before is in the figures.")
    changes_until = models.DateTimeField(help_text="What was settled before is in them too.")
    # Between the two something may still be written late, and is looked for again.
    changes_final_until = models.DateTimeField(
        null=True, help_text="What was settled before is in them for good."
    )

    def __str__(self) -> str:
        return f"{self.rolled_up_to:%Y-%m-%d %H:%M}"
