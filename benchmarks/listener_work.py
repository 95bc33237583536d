"""The work that `benchmarks.listener` measures; imported once Django is set up."""

import time
from datetime import datetime
from itertools import count
from uuid import UUID

from google.cloud.firestore import SERVER_TIMESTAMP, Increment
from google.cloud.firestore_v1.base_query import FieldFilter

from listeners.firestore.client import FirestoreClient
from listeners.firestore.store import Store
from listeners.services import Attempt, handle
from sandbox import samples
from webhooks import receiving, task_queue
from webhooks.models import Delivery
from webhooks.tasks import Task

EVENTS_PER_ROUND = 100
DRIVER = samples.DRIVER_NUMBER
WORDS = ("sent", "delivered", "read")


class Bench:
    """One lease company with one driver, and the flow behind the queue."""

    def __init__(self, *, project: str, now: datetime) -> None:
        self._now = now
        self._serial = count()
        self._main = FirestoreClient(project=project).connected()
        ancillary = FirestoreClient(project=project, database="ancillary").connected()
        self._store = Store(main=self._main, ancillary=ancillary)
        self._ancillary = ancillary
        ancillary.document(f"whatsapp/lease/{samples.LEASE_NUMBER}/r1").set(
            {
                "leaseId": "lease-1",
                "enquiryId": "e1",
                "driverMobileNumber": DRIVER,
                "driverUserId": samples.DRIVER_USER_ID,
                "active": True,
                "createdAt": now,
                "updatedAt": now,
            }
        )
        self._main.document("leasecompany/lease-1/enquiries/e1").set({})

    def bare_calls(self) -> float:
        """The client's work alone: one query and one commit of a create and an increment."""
        tracking = self._ancillary.collection(f"whatsapp/lease/{samples.LEASE_NUMBER}")
        begun = time.process_time()
        for _ in range(EVENTS_PER_ROUND):
            list(tracking.where(filter=FieldFilter("driverMobileNumber", "in", [DRIVER])).stream())
            batch = self._main.batch()
            fields = {"message": "Does it come in another color?", "at": SERVER_TIMESTAMP}
            batch.create(self._main.document(f"bare/{next(self._serial)}"), fields)
            batch.update(
                self._main.document("leasecompany/lease-1/enquiries/e1"), {"bare": Increment(1)}
            )
            batch.commit()
        return (time.process_time() - begun) / EVENTS_PER_ROUND

    def texts(self, size: int) -> float:
        """Tasks with this many new texts each."""
        deliveries = [
            self._receive(messages=[samples.text(message_id=self._wamid()) for _ in range(size)])
            for _ in range(max(EVENTS_PER_ROUND // size, 1))
        ]
        return self._handle(deliveries) / size

    def statuses(self) -> float:
        """Tasks with one status each, every one of which changes its message."""
        deliveries = []
        for _ in range(EVENTS_PER_ROUND):
            message_id = self._wamid()
            path = "leasecompany/lease-1/enquiries/e1/whatsapp/messages/chatMessages"
            self._main.collection(path).add({"whatsappMessageId": message_id})
            deliveries.append(self._receive(statuses=[samples.status(message_id=message_id)]))
        return self._handle(deliveries)

    def _wamid(self) -> str:
        return samples.wamid(DRIVER, next(self._serial))

    def _receive(self, **items: object) -> UUID:
        change = samples.change(contacts=[samples.contact()], **items)  # type: ignore[arg-type]
        body = samples.encode(samples.envelope(samples.entry(change)))
        return receiving.receive(
            body=body, headers={}, source=Delivery.Source.META, now=self._now
        ).delivery

    def _handle(self, deliveries: list[UUID]) -> float:
        """CPU seconds for each delivery."""
        queue = task_queue.connect()
        begun = time.process_time()
        for delivery in deliveries:
            handle(
                Task(delivery=delivery),
                attempt=Attempt(),
                store=self._store,
                queue=queue,
                clock=lambda: self._now,
            )
        return (time.process_time() - begun) / len(deliveries)
