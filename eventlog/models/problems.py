"""Problems: what is not as it should be, from the first time that it was seen to the last."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from eventlog.models.problem_kinds import ProblemKind


def problem_kinds() -> list[tuple[str, str]]:
    """The kinds, as forms and filters name them."""
    return [(kind.value, kind.label) for kind in ProblemKind]


class Problem(models.Model):
    """One thing that is wrong, however often it is seen. The same seen again is the same row.

    Its words hold no personal data and no lease number, which stands apart.
    """

    class State(models.TextChoices):
        """How it stands."""

        OPEN = "open", "Open"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        IGNORED = "ignored", "Ignored"
        RESOLVED = "resolved", "Resolved"

    kind = models.CharField(max_length=16, choices=problem_kinds)
    subject = models.CharField(
        max_length=160, blank=True, help_text="What tells it from others of its kind."
    )
    lease_number = models.CharField(max_length=32, blank=True, help_text="Digits only.")
    severity = models.CharField(max_length=8)
    words = models.TextField()
    page = models.CharField(max_length=100, blank=True, help_text="The route that shows it.")
    query = models.CharField(max_length=500, blank=True, help_text="Of that page.")
    link = models.CharField(max_length=60, blank=True)

    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    first_at = models.DateTimeField(help_text="When it was seen for the first time ever.")
    opened_at = models.DateTimeField(help_text="When it was seen first this time.")
    last_at = models.DateTimeField(help_text="When it was seen last.")
    times = models.PositiveIntegerField(default=1, help_text="How often it has opened.")
    resolved_at = models.DateTimeField(null=True)
    ignored_until = models.DateTimeField(null=True)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    owner_name = models.CharField(max_length=150, blank=True, help_text="Stays without the user.")
    note = models.TextField(blank=True, max_length=2000)

    class Meta:
        ordering = ("-last_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("kind", "subject"), name="problem_kind_subject"),
        )
        indexes = (
            models.Index(
                fields=("last_at",), condition=~Q(state="resolved"), name="problem_unresolved"
            ),
            models.Index(fields=("last_at",), name="problem_last_at"),
        )
        permissions = (("handle_problem", "Can handle problems"),)

    def __str__(self) -> str:
        return f"problem {self.pk}"


class ProblemChange(models.Model):
    """What became of a problem, by itself or by somebody."""

    class What(models.TextChoices):
        """A change, as the history of a problem says it."""

        OPENED = "opened", "Opened"
        OPENED_AGAIN = "again", "Opened again"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        IGNORED = "ignored", "Ignored"
        RESOLVED = "resolved", "Resolved"
        NOTED = "noted", "Note changed"

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="changes")
    what = models.CharField(max_length=12, choices=What.choices)
    at = models.DateTimeField()
    by_name = models.CharField(max_length=150, blank=True, help_text="Empty: by itself.")
    told_at = models.DateTimeField(null=True, help_text="When it was handed to the channels.")

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("id",), condition=Q(told_at=None), name="problem_change_untold"),
        )

    def __str__(self) -> str:
        return f"{self.what} {self.problem_id}"


class ProblemRule(models.Model):
    """How much of a kind somebody has to hear of. What is empty is as the release has it."""

    kind = models.CharField(max_length=16, choices=problem_kinds, unique=True)
    is_watched = models.BooleanField("watched", default=True)
    at_least = models.PositiveIntegerField(null=True, blank=True)
    within_minutes = models.PositiveIntegerField(null=True, blank=True)
    quiet_minutes = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = "threshold"
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(at_least__isnull=True) | Q(at_least__gt=0), name="problem_rule_counts"
            ),
        )

    def __str__(self) -> str:
        return ProblemKind.of(self.kind).label


class Sign(models.Model):
    """How often something was seen in five minutes that makes a problem if it goes on."""

    kind = models.CharField(max_length=16)
    subject = models.CharField(max_length=160, blank=True)
    start = models.DateTimeField()
    count = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "subject", "start"), name="sign_kind_subject_start"
            ),
        )
        indexes = (models.Index(fields=("kind", "start"), name="sign_kind_start"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.start:%Y-%m-%d %H:%M}"


class LookMark(models.Model):
    """When it was last looked for problems. There is one row, which whoever looks holds."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    looked_at = models.DateTimeField(null=True)
    refused = models.JSONField(
        default=dict, help_text="Refusal counts as they stood: by day, cause."
    )

    def __str__(self) -> str:
        return f"{self.looked_at}"
