"""Aliases: the names that drivers had before they changed number or user id (contract).

An alias belongs to the person and not to the event that told of it, so it outlasts that event.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import models, transaction
from django.db.models import Q, Value

from webhooks.inserting import insert_new
from webhooks.whatsapp.identity import ChangedIdentity
from webhooks.whatsapp.items import Item, Person
from webhooks.whatsapp.numbers import canonical

ONCE = ("lease_number", "previous_number", "previous_user_id", "number", "user_id", "changed_at")
_UNLESS = f"({', '.join(ONCE)})"  # the key of the constraint alias_once
# Between what is told of one change: WhatsApp tells of it by two messages, a second apart, and may
# do so again.
ONE_CHANGE = timedelta(days=1)


class Alias(models.Model):
    """Who had the previous name at a lease number has the new one since a moment of Meta's.

    Numbers are digits, and of their spellings the smallest. What both names have in common stands
    in the new one alone.
    """

    lease_number = models.CharField(max_length=32)
    previous_number = models.CharField(max_length=32, blank=True)
    previous_user_id = models.CharField(max_length=160, blank=True)
    number = models.CharField(max_length=32, blank=True)
    user_id = models.CharField(max_length=160, blank=True)
    changed_at = models.DateTimeField(help_text="Meta's time of the change.")
    noted_at = models.DateTimeField(help_text="When it was written, by the clock of the ledger.")
    # Which event told of it: a delivery's row is kept, its events are not.
    delivery = models.ForeignKey("webhooks.Delivery", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField(help_text="Of the event that said so, in its delivery.")
    looked_back_at = models.DateTimeField(
        null=True, help_text="When what had come too early was opened again."
    )
    reopened = models.JSONField(
        default=list, db_default=Value([], models.JSONField()), help_text="The ids of these events."
    )
    undone_at = models.DateTimeField(null=True, help_text="Since then it counts for nothing.")
    undone_by_name = models.CharField(max_length=150, blank=True, help_text="Who undid it.")

    class Meta:
        verbose_name_plural = "aliases"
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=ONCE, name="alias_once"),)
        indexes = (
            models.Index(fields=("number",), condition=~models.Q(number=""), name="alias_number"),
            models.Index(
                fields=("user_id",), condition=~models.Q(user_id=""), name="alias_user_id"
            ),
            models.Index(
                fields=("previous_number",),
                condition=~models.Q(previous_number=""),
                name="alias_previous_number",
            ),
            models.Index(
                fields=("previous_user_id",),
                condition=~models.Q(previous_user_id=""),
                name="alias_previous_user_id",
            ),
            models.Index(
                fields=("looked_back_at",),
                condition=models.Q(looked_back_at__isnull=False),
                name="alias_looked_back",
            ),
            models.Index(
                fields=("id",),
                condition=models.Q(looked_back_at__isnull=True),
                name="alias_to_look_back",
            ),
        )
        permissions = (("undo_alias", "Can undo aliases"),)

    def __str__(self) -> str:
        return f"alias {self.pk}"

    @property
    def previous(self) -> Person:
        """Who they were before."""
        return Person(number=self.previous_number, user_id=self.previous_user_id)

    @property
    def person(self) -> Person:
        """Who they are since."""
        return Person(number=self.number, user_id=self.user_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """An item that may tell of an alias, and where and when it stands in the ledger."""

    item: Item
    delivery: UUID
    position: int
    at: datetime


def note(told: Iterable[Told]) -> None:
    """Writes the aliases that items tell of, in the caller's transaction.

    What is known already stays as it is, also what people have undone. Costs a statement where
    there is any, and nothing else. Raises Unstorable and Django's database errors.
    """
    rows = [_row(each.item, each) for each in told if isinstance(each.item, ChangedIdentity)]
    if rows:
        # In one order, so that two that write the same do not wait upon each other.
        rows.sort(key=lambda row: [getattr(row, name) for name in ONCE])
        insert_new(rows, unless=_UNLESS)


def reopened_between(start: datetime, end: datetime) -> list[int]:
    """The events that aliases have opened again from a moment on, until before another."""
    rows = Alias.objects.filter(looked_back_at__gte=start, looked_back_at__lt=end).order_by()
    return [event for events in rows.values_list("reopened", flat=True) for event in events]


def undo(keys: Collection[int], *, by_name: str, now: datetime) -> list[Alias]:
    """Lets aliases count for nothing from now on. Returns those that nobody had undone.

    So does whatever else tells of the same changes (`undone_with`). What was found by them stays
    where it is.
    """
    with transaction.atomic():
        rows = Alias.objects.select_for_update().filter(pk__in=keys, undone_at=None)
        undone = list(rows.order_by("pk"))
        Alias.objects.filter(pk__in=[row.pk for row in undone]).update(
            undone_at=now, undone_by_name=by_name
        )
    return undone


def counting(rows: Iterable[Alias]) -> list[Alias]:
    """Those that count, in their order. A query, where there are any."""
    every = list(rows)
    return [row for row, undone in zip(every, undone_with(every), strict=True) if undone is None]


def undone_with(rows: Sequence[Alias]) -> list[Alias | None]:
    """By which alias that people undid each counts for nothing: by itself, or by one that tells of
    the same change, in whatever order they came and were undone. None where it counts.

    A query, where there are any. What was undone because of another leads no further: whether a row
    counts is a matter of what was told and of what people undid alone.
    """
    names = Q(number__in={row.number for row in rows} - {""})
    names |= Q(user_id__in={row.user_id for row in rows} - {""})
    here = Q(lease_number__in={row.lease_number for row in rows}, undone_at__isnull=False)
    undone = list(Alias.objects.filter(names, here).order_by("undone_at", "pk")) if rows else []
    return [
        row
        if row.undone_at is not None
        else next((each for each in undone if _tell_of_one_change(row, each)), None)
        for row in rows
    ]


def _tell_of_one_change(one: Alias, other: Alias) -> bool:
    """Whether both tell the same names within a day, or one of them a part of these alone."""
    return (
        one.lease_number == other.lease_number
        and abs(one.changed_at - other.changed_at) <= ONE_CHANGE
        and _agree(one.previous, other.previous)
        and _agree(one.person, other.person)
    )


def _agree(one: Person, other: Person) -> bool:
    """Whether they have a name in common, and none that differs."""
    names = ((one.number, other.number), (one.user_id, other.user_id))
    told = [(here, there) for here, there in names if here and there]
    return bool(told) and all(here == there for here, there in told)


def _row(item: ChangedIdentity, told: Told) -> Alias:
    return Alias(
        lease_number=canonical(item.lease_number),
        previous_number=canonical(item.previous.number),
        previous_user_id=item.previous.user_id,
        number=canonical(item.person.number),
        user_id=item.person.user_id,
        changed_at=item.occurred_at,
        noted_at=told.at,
        delivery_id=told.delivery,
        position=told.position,
    )
