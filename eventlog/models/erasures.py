"""What is remembered of people who were erased: not who they were."""

from django.conf import settings
from django.db import models

from webhooks.models import new_id


class Erasure(models.Model):
    """One person who is taken out of the ledger at their request, or has been: a tombstone.

    Its id is made with the form that asks for confirmation, so a second click finds the first.
    """

    class State(models.TextChoices):
        """How far it has come. It goes on whoever asks it to: a page, the command or `catch_up`."""

        ERASING = "erasing", "the person is being taken out"
        FINISHED = "finished", "nothing of the person is left"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_by_name = models.CharField(max_length=150, help_text="Stays if the user is deleted.")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.ERASING)
    finished_at = models.DateTimeField(null=True)
    names = models.JSONField(
        default=dict, help_text="Of the person, until it is finished: numbers and user ids."
    )
    searched = models.JSONField(
        default=list, help_text="How far what names nobody has been searched."
    )
    events = models.PositiveIntegerField(default=0, help_text="From which the person was taken.")
    deliveries = models.PositiveIntegerField(default=0, help_text="Of these events.")
    emptied = models.PositiveIntegerField(default=0, help_text="Of them without bytes since.")
    placements = models.PositiveIntegerField(default=0)
    aliases = models.PositiveIntegerField(default=0)
    words = models.PositiveIntegerField(
        default=0, help_text="Names of replays, tasks and history in which a name stood."
    )
    exported_at = models.DateTimeField(
        null=True, help_text="When it was last written into a file outside the ledger."
    )

    class Meta:
        ordering = ("-asked_at",)
        indexes = (
            models.Index(
                fields=("asked_at",),
                condition=models.Q(state="erasing"),
                name="erasure_unfinished",
            ),
        )
        permissions = (
            ("erase_person", "Can erase a person"),
            ("export_person", "Can export what is held of a person"),
        )

    def __str__(self) -> str:
        return f"erasure {self.pk}"


class ErasedDelivery(models.Model):
    """A delivery of which a person was taken out: after a restore of the ledger, once more.

    It outlives the delivery, and names it by its bytes as well.
    """

    erasure = models.ForeignKey(
        Erasure, on_delete=models.PROTECT, related_name="erased", db_index=False
    )
    delivery = models.UUIDField(db_index=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the bytes as they came.")
    positions = models.JSONField(default=list, help_text="Of the events, from 0.")
    emptied = models.BooleanField(default=False, help_text="All of its bytes were taken.")
    marks = models.JSONField(default=list, help_text="Keyed hashes of the messages, for a time.")
    erased_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("erasure", "delivery"), name="erased_delivery_once"),
        )

    def __str__(self) -> str:
        return str(self.delivery)
