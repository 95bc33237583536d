"""What became of every item of a delivery."""

from django.db import models

from webhooks.conditions import (
    BOTH_NAMES,
    ERASED,
    FAILED,
    IS_OPEN,
    RARE,
    RARE_REASON,
    RARE_WORD,
    TARGET_WITHOUT_KEY,
    UNAPPLIED,
    UNSEEN,
    USER_ID_ALONE,
    WITHOUT_KEY,
)
from webhooks.models.deliveries import Delivery
from webhooks.outcomes import DENIED, OPEN, Reason, State
from webhooks.whatsapp.identifiers import own_document_id
from webhooks.whatsapp.items import MAKING, Effect, Kind, kinds_that

CHANGE_TARGET = kinds_that(Effect.CHANGES_TARGET)
# An event that was opened again still has the chat of its last outcome, which may be a denial.
UNAPPLIED_STATES = OPEN | DENIED

# Choices are functions so that a new kind or a better wording needs no migration.


def kinds() -> list[tuple[str, str]]:
    """The kinds, as forms and filters name them."""
    return [(kind.value, kind.value) for kind in Kind]


def states() -> list[tuple[str, str]]:
    """The states, as forms and filters name them."""
    return [(state.value, state.value) for state in State]


def reasons() -> list[tuple[str, str]]:
    """The reasons and what they mean."""
    return [(reason.value, reason.meaning) for reason in Reason if reason]


class Event(models.Model):
    """One item of a delivery and what became of it.

    How `state` moves is drawn in `webhooks/transitions.py`. `check_at` is when somebody has to look
    again: the next try of a waiting event, otherwise the sweeper's round.
    """

    # The unique constraint on (delivery, position) is the index of this key.
    delivery = models.ForeignKey(
        Delivery, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    position = models.PositiveIntegerField(help_text="Counts the items of the delivery from 0.")

    kind = models.CharField(max_length=24, choices=kinds)
    name = models.CharField(max_length=64, help_text="Meta's word: type, status or field.")
    error_code = models.PositiveIntegerField(
        null=True, blank=True, help_text="Meta's code of the first error that it gave with it."
    )
    account_id = models.CharField(max_length=64, blank=True)
    lease_number = models.CharField(max_length=32, blank=True, help_text="Digits only.")
    phone_number_id = models.CharField(max_length=64, blank=True)
    person_number = models.CharField(max_length=32, blank=True, help_text="Digits only.")
    person_user_id = models.CharField(max_length=160, blank=True)
    message_id = models.CharField(max_length=1500, blank=True, help_text="Meta's message id.")
    target_id = models.CharField(
        max_length=1500, blank=True, help_text="The message that is reacted to or quoted."
    )
    # The last eight bytes of the messages' own keys (webhooks/whatsapp/wamids.py): ids that have
    # them in common may name one message.
    message_key = models.BigIntegerField(null=True, blank=True)
    target_key = models.BigIntegerField(null=True, blank=True)
    occurred_at = models.DateTimeField(null=True, blank=True, help_text="Meta's timestamp.")

    state = models.CharField(max_length=9, choices=states)
    reason = models.CharField(max_length=24, blank=True, choices=reasons)
    detail = models.CharField(max_length=200, blank=True, help_text="Free of personal data.")
    received_at = models.DateTimeField()
    queued_at = models.DateTimeField(
        null=True, blank=True, help_text="When its task was made; the last replay's, if any."
    )
    started_at = models.DateTimeField(null=True, blank=True, help_text="Start of the last run.")
    settled_at = models.DateTimeField(null=True, blank=True)
    check_at = models.DateTimeField(null=True, blank=True)
    waits = models.PositiveSmallIntegerField(default=0, help_text="How often it has waited.")
    rounds = models.PositiveSmallIntegerField(default=0, help_text="Rounds of the sweeper.")
    # But for what it wrote, a run settles an event only if this is what the run read.
    reopenings = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often it was to be decided anew."
    )
    reopened_at = models.DateTimeField(
        null=True, blank=True, help_text="When last, for people: nothing is decided by it."
    )

    lease_id = models.CharField(max_length=1500, blank=True)
    enquiry_id = models.CharField(max_length=1500, blank=True)
    # Empty also where the id of its message names the document; `document` is whichever it is.
    document_id = models.CharField(
        max_length=1500, blank=True, help_text="The chat message it was applied to."
    )
    stored_id = models.CharField(
        max_length=1500,
        blank=True,
        default="",
        db_default="",
        help_text="Meta's id of the message it refers to as stored, where it is another.",
    )

    erased_at = models.DateTimeField(
        null=True, blank=True, help_text="When the person was taken out of it."
    )

    class Meta:
        ordering = ("-received_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("delivery", "position"), name="event_position"),
        )
        # Those that end in the moment of receipt keep the order of the lists, and find a window.
        # None names `state` or `queued_at`: so PostgreSQL notes a task without writing any of them.
        indexes = (
            models.Index(
                fields=("check_at",),
                condition=models.Q(check_at__isnull=False),
                name="event_check_at",
            ),
            models.Index(fields=("received_at",), condition=IS_OPEN, name="event_open"),
            # Of what is not applied; nearly all events are, and pay for none of these.
            models.Index(
                fields=("reason", "received_at"), condition=RARE_REASON, name="event_rare_reason"
            ),
            *(
                models.Index(fields=("received_at",), condition=condition, name=f"event_{state}")
                for state, condition in UNAPPLIED.items()
            ),
            # Nearly all events are of the two kinds that it leaves out; those are found without.
            models.Index(fields=("kind", "received_at"), condition=RARE, name="event_kind"),
            models.Index(fields=("name", "received_at"), condition=RARE_WORD, name="event_word"),
            models.Index(fields=("received_at",), condition=UNSEEN, name="event_not_shown"),
            models.Index(fields=("received_at",), name="event_received_at"),
            # Nearly all events are well, and pay for neither the column nor the index.
            models.Index(
                fields=("error_code", "received_at"),
                condition=models.Q(error_code__isnull=False),
                name="event_error_code",
            ),
            models.Index(
                fields=("settled_at",),
                condition=models.Q(settled_at__isnull=False),
                name="event_settled_at",
            ),
            models.Index(
                fields=("message_id",), condition=WITHOUT_KEY, name="event_message_without_key"
            ),
            models.Index(
                fields=("target_id",), condition=TARGET_WITHOUT_KEY, name="event_target_without_key"
            ),
            models.Index(
                fields=("message_key",),
                condition=models.Q(message_key__isnull=False),
                name="event_message_key",
            ),
            models.Index(
                fields=("target_key",),
                condition=models.Q(target_key__isnull=False),
                name="event_target_key",
            ),
            models.Index(fields=("person_number", "received_at"), name="event_person_number"),
            models.Index(
                fields=("person_user_id", "received_at"),
                condition=USER_ID_ALONE,
                name="event_user_id_alone",
            ),
            # Which number stood beside a user id at a time (listeners/seen.py).
            models.Index(
                fields=("person_user_id", "occurred_at"),
                condition=BOTH_NAMES,
                name="event_named_together",
            ),
            models.Index(fields=("lease_number", "received_at"), name="event_lease_number"),
            # Both are empty until an event is applied, so a new row pays for neither.
            models.Index(
                fields=("enquiry_id", "received_at"),
                condition=~models.Q(enquiry_id=""),
                name="event_enquiry",
            ),
            models.Index(
                fields=("lease_id", "received_at"),
                condition=~models.Q(lease_id=""),
                name="event_lease",
            ),
            models.Index(
                fields=("lease_number", "received_at"),
                condition=FAILED,
                name="event_failed_of_number",
            ),
            models.Index(
                fields=("lease_id", "received_at"), condition=FAILED, name="event_failed_of_company"
            ),
            models.Index(fields=("erased_at",), condition=ERASED, name="event_erased"),
        )
        permissions = (
            ("replay_event", "Can replay events"),
            ("reveal_personal_data", "Can reveal personal data"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def subject_id(self) -> str:
        """Meta's id of the message that it makes, changes or is about otherwise."""
        return self.target_id if self.kind in CHANGE_TARGET else self.message_id

    @property
    def named_id(self) -> str:
        """Meta's id by which it names the message that it refers to or changes."""
        return self.target_id or self.message_id

    @property
    def held_as(self) -> str:
        """The same as `subject_id`, as the message's document has it."""
        return self._held_as(self.stored_id)

    def _held_as(self, stored_id: str) -> str:
        return self.subject_id if self.kind in MAKING else stored_id or self.subject_id

    @property
    def document(self) -> str:
        """The id of the document that it was applied to; empty if it was applied to none."""
        if self.document_id or not self.enquiry_id:
            return self.document_id
        return self.implied_document(state=self.state, stored_id=self.stored_id)

    def implied_document(self, *, state: str, stored_id: str) -> str:
        """Which one `document` is in this state where the row names none, and need not then."""
        return "" if state in UNAPPLIED_STATES else own_document_id(self._held_as(stored_id))
