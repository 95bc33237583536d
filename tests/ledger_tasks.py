"""The task that the queue should hold for a delivery of the ledger."""

from collections.abc import Sequence
from uuid import UUID

from webhooks.models import Delivery
from webhooks.tasks import Task


def task_for(delivery: UUID, *, events: Sequence[int] = ()) -> Task:
    """A task with the digest that the ledger has."""
    digest = Delivery.objects.values_list("digest", flat=True).get(pk=delivery)
    return Task(delivery=delivery, digest=digest, events=tuple(events))
