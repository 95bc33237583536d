"""What retention needs of a job's memory does not grow with what it deletes."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from listeners.models import Placement, TaskRun
from tests.jobs import Finished, finished
from tests.rows import make_delivery
from webhooks.inserting import insert
from webhooks.models import Delivery, Event

pytestmark = pytest.mark.django_db(transaction=True)

DELIVERIES, ITEMS = 100, 1000  # as many items as Meta puts into one delivery
# Of 512 MiB that the job has. A process that deletes nothing has some 50.
MIB_MORE_AT_MOST = 15


def prune() -> Finished:
    return finished("prune_ledger", "--days=30")


def events_of(delivery: Delivery, *, serial: int) -> Iterator[Event]:
    for position in range(ITEMS):
        yield Event(
            pk=serial * ITEMS + position + 1,
            delivery=delivery,
            position=position,
            kind="text",
            name="text",
            lease_number="447700900000",
            person_number=f"4477009{position:05}",
            message_id=f"wamid.{serial}.{position}",
            received_at=delivery.received_at,
            settled_at=delivery.received_at,
            state="processed",
            reason="applied",
        )


def make_large_deliveries() -> None:
    """Of sixty days ago, each with its thousand texts and their chats."""
    at = timezone.now() - timedelta(days=60)
    for serial in range(DELIVERIES):
        delivery = make_delivery(received_at=at, item_count=ITEMS, body=b"%d" % serial * 100_000)
        events = list(events_of(delivery, serial=serial))
        insert(events)
        insert(
            [
                Placement(
                    lease_number="1",
                    message_id=event.message_id,
                    lease_id="lease-1",
                    enquiry_id="enquiry-1",
                    event=event,
                    applied_at=at,
                )
                for event in events
            ]
        )
        TaskRun.objects.create(
            delivery=delivery,
            started_at=at,
            finished_at=at,
            result=TaskRun.Result.DONE,
            outcomes={"applied": [event.pk for event in events]},
        )


def test_a_hundred_large_deliveries_fit_into_a_small_job() -> None:
    idle = prune()
    assert idle.report["events"] == 0
    make_large_deliveries()
    busy = prune()
    assert (busy.report["deliveries"], busy.report["events"]) == (DELIVERIES, DELIVERIES * ITEMS)
    assert [each.objects.count() for each in (Event, Placement, TaskRun)] == [0, 0, 0]
    assert busy.peak_mib - idle.peak_mib < MIB_MORE_AT_MOST
