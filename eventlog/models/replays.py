"""What a replay remembers: who asked for it, what was chosen, and how each event stood before."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from webhooks.models import Event, new_id, reasons, states


class ReplayJob(models.Model):
    """One replay that somebody asked for.

    Its id is made with the form that asks for confirmation, so a second click on the button finds
    the job of the first.
    """

    class State(models.TextChoices):
        """How far it has come. A job goes on whoever asks it to: a page, or `catch_up`."""

        OPENING = "opening", "events are being opened again and put into the queue"
        RUNNING = "running", "all have been opened again, some have no outcome yet"
        FINISHED = "finished", "every event has its outcome"

    class Kind(models.TextChoices):
        """Which events it opens again, and why."""

        REPLAY = "replay", "what was skipped, failed or ignored is tried again"
        REPAIR = "repair", "what Firestore has lost is brought back"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.REPLAY)
    name = models.CharField(max_length=100)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_by_name = models.CharField(max_length=150, help_text="Stays if the user is deleted.")
    asked_at = models.DateTimeField()
    choice = models.CharField(max_length=500, help_text="What was chosen, free of personal data.")
    event_count = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPENING)
    finished_at = models.DateTimeField(null=True)
    changed_count = models.PositiveIntegerField(
        default=0, help_text="Events whose outcome changed, once it is finished."
    )
    applied_count = models.PositiveIntegerField(
        default=0, help_text="Those of them that were applied to a chat."
    )

    class Meta:
        ordering = ("-asked_at",)
        indexes = (
            models.Index(fields=("-asked_at",), name="replay_job_asked_at"),
            models.Index(
                fields=("asked_at",),
                condition=Q(state__in=("opening", "running")),
                name="replay_job_unfinished",
            ),
        )
        permissions = (("repair_chats", "Can repair chats"),)

    def __str__(self) -> str:
        return self.name


class ReplayedEvent(models.Model):
    """One event of a job: how it stood before it was reopened, and how it came out.

    An event is in one unfinished job at most; the unique index holds that against two jobs that
    are asked for at the same moment.
    """

    job = models.ForeignKey(
        ReplayJob, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="replays")

    state_before = models.CharField(max_length=9, choices=states, blank=True)
    reason_before = models.CharField(max_length=24, choices=reasons, blank=True)
    detail_before = models.CharField(max_length=200, blank=True)
    queued_at_before = models.DateTimeField(null=True)
    started_at_before = models.DateTimeField(null=True)
    settled_at_before = models.DateTimeField(null=True)

    reason_foreseen = models.CharField(
        max_length=24,
        choices=reasons,
        blank=True,
        default="",
        db_default="",
        help_text="With which it was to be settled, as a look told; empty: nobody looked.",
    )
    lease_id_foreseen = models.CharField(
        max_length=1500,
        blank=True,
        default="",
        db_default="",
        help_text="Of the chat it was to be in.",
    )
    enquiry_id_foreseen = models.CharField(max_length=1500, blank=True, default="", db_default="")
    otherwise = models.BooleanField(
        null=True, help_text="Whether it came out otherwise than was foreseen, if anything was."
    )

    reopened_at = models.DateTimeField(
        null=True, help_text="None: not yet, or settled otherwise before its turn came."
    )
    state_after = models.CharField(max_length=9, choices=states, blank=True)
    reason_after = models.CharField(max_length=24, choices=reasons, blank=True)
    closed_at = models.DateTimeField(null=True, help_text="When the outcome was noted.")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("job", "event"), name="replayed_once_in_a_job"),
            models.UniqueConstraint(
                fields=("event",), condition=Q(closed_at=None), name="replayed_by_one_job_at_a_time"
            ),
        )
        indexes = (
            models.Index(
                F("job"),
                F("id"),
                condition=Q(closed_at=None, reopened_at=None),
                name="replayed_event_to_open",
            ),
            models.Index(F("job"), condition=Q(closed_at=None), name="replayed_event_not_closed"),
            models.Index(fields=("reopened_at",), name="replayed_event_reopened_at"),
        )

    def __str__(self) -> str:
        return f"replayed event {self.pk}"
