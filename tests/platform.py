"""The ViSN platform around us, for tests: its documents, and payloads that go the whole way."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import grpc
from google.cloud.firestore import Client
from google.cloud.tasks_v2 import CloudTasksClient, Queue
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from pytest_django import Settings

from listeners.firestore import connection as firestore
from listeners.firestore.store import Store
from listeners.runs import Attempt
from listeners.services import Handled, handle
from sandbox import samples
from sandbox.emulators import Emulators
from webhooks import receiving
from webhooks.models import Delivery, Event
from webhooks.task_queue import TaskQueue
from webhooks.tasks import Task, decode

LEASE = samples.LEASE_NUMBER
DRIVER = samples.DRIVER_NUMBER
QUEUE = "whatsapp-messages-queue"
# Ahead of the real time, so that whatever a test schedules lies in the future of the queue too.
START = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)


@dataclass(kw_only=True)
class Platform:
    """Firestore as the sender and the drawer see it, and our flow with a clock of its own.

    The queue holds its tasks: a test says when one runs.
    """

    main: Client
    ancillary: Client
    store: Store
    emulators: Emulators
    tasks_client: CloudTasksClient
    now: datetime = START
    records: int = 0
    results: list[Handled] = field(default_factory=list)

    def track(
        self, enquiry: str, *, lease_id: str = "lease-1", lease: str = LEASE, **fields: object
    ) -> None:
        """Stores a tracking record of the driver for an enquiry, and the enquiry."""
        self.records += 1
        record: dict[str, object] = {
            "leaseId": lease_id,
            "enquiryId": enquiry,
            "driverMobileNumber": f"+{DRIVER}",
            "active": True,
            "createdAt": START - timedelta(days=1),
            "updatedAt": START - timedelta(days=1) + timedelta(minutes=self.records),
        }
        path = f"whatsapp/lease/{lease}/record-{self.records}"
        self.ancillary.document(path).set(record | fields)
        self.enquiry(enquiry, lease_id=lease_id).set({"unReadWhatsappMessageCount": 0})

    def record(self, number: int) -> dict[str, Any]:
        """The fields of a tracking record, by its place among those that were stored here."""
        path = f"whatsapp/lease/{LEASE}/record-{number}"
        fields: dict[str, Any] | None = self.ancillary.document(path).get().to_dict()
        return fields or {}

    def enquiry(self, enquiry: str, *, lease_id: str = "lease-1") -> Any:
        """The document of an enquiry."""
        return self.main.document(f"leasecompany/{lease_id}/enquiries/{enquiry}")

    def sends(self, enquiry: str, message_id: str, **fields: object) -> None:
        """Stores an outbound message, as the drawer and the sender do."""
        message = {"whatsappMessageId": message_id, "source": "leaseCompany", "type": "text"}
        self.messages(enquiry).document().set(message | {"message": "Where are you?"} | fields)

    def unread(self, enquiry: str) -> object:
        """The enquiry's unread count."""
        return (self.enquiry(enquiry).get().to_dict() or {}).get("unReadWhatsappMessageCount")

    def chat(self, enquiry: str) -> dict[str, dict[str, Any]]:
        """The messages of a chat by Meta's id, without `receivedAt`."""
        documents = [found.to_dict() for found in self.messages(enquiry).stream()]
        for document in documents:
            document.pop("receivedAt", None)
        return {document["whatsappMessageId"]: document for document in documents}

    def messages(self, enquiry: str) -> Any:
        """The collection of a chat's messages."""
        return self.main.collection(f"{self.enquiry(enquiry).path}/whatsapp/messages/chatMessages")

    def receive(
        self,
        *items: object,
        statuses: Iterable[object] = (),
        contacts: Iterable[object] = (samples.contact(),),
    ) -> UUID:
        """Records a delivery with these messages and statuses, as the webhook does."""
        change = samples.change(messages=items, statuses=statuses, contacts=contacts)
        return self.receive_payload(samples.encode(samples.envelope(samples.entry(change))))

    def receive_payload(self, body: bytes) -> UUID:
        """Records a delivery of these bytes, as the webhook does."""
        return receiving.receive(
            body=body, headers={}, source=Delivery.Source.META, now=self.now
        ).delivery

    def run(self, delivery: UUID, *, events: Iterable[int] = ()) -> Handled:
        """Handles a task."""
        return handle(
            Task(delivery=delivery, events=tuple(events)),
            attempt=Attempt(task_name="task-1"),
            store=self.store,
            queue=self.queue,
            clock=lambda: self.now,
        )

    def deliver(
        self,
        *items: object,
        statuses: Iterable[object] = (),
        contacts: Iterable[object] = (samples.contact(),),
    ) -> list[tuple[str, str]]:
        """Receives and handles; returns state and reason of each event, in the payload's order."""
        delivery = self.receive(*items, statuses=statuses, contacts=contacts)
        self.results.append(self.run(delivery))
        return self.outcomes(delivery)

    def outcomes(self, delivery: UUID) -> list[tuple[str, str]]:
        """State and reason of each event of a delivery, in the payload's order."""
        events = Event.objects.filter(delivery=delivery).order_by("position")
        return list(events.values_list("state", "reason"))

    @property
    def queue(self) -> TaskQueue:
        """The queue, on the stand-in for Cloud Tasks."""
        return task_queue(self.emulators)

    def scheduled(self) -> list[tuple[Task, timedelta]]:
        """The tasks in the queue and how long they wait from now, the next first."""
        parent = CloudTasksClient.queue_path("local", "local", QUEUE)
        request = {"parent": parent, "response_view": "FULL"}
        tasks: list[Any] = list(self.tasks_client.list_tasks(request=request))
        tasks.sort(key=lambda task: task.schedule_time)
        return [
            (named, task.schedule_time - self.now)
            for task in tasks
            for named in decode(task.http_request.body)
        ]

    def pass_time(self, delivery: UUID, time: timedelta) -> list[tuple[str, str]]:
        """Lets time go by and handles what is due of a delivery."""
        self.now += time
        self.run(delivery)
        return self.outcomes(delivery)


@contextmanager
def reached(platform: Platform, settings: Settings) -> Iterator[None]:
    """Lets what connects by the settings reach the platform, with a queue that holds its tasks."""
    settings.GOOGLE_CLOUD_PROJECT = platform.main.project
    settings.TASKS_EMULATOR_HOST = platform.emulators.tasks_host
    settings.TASKS_LOCATION = settings.TASKS_SERVICE_ACCOUNT = "local"
    name = platform.tasks_client.queue_path(settings.GOOGLE_CLOUD_PROJECT, "local", QUEUE)
    parent = name.partition("/queues/")[0]
    platform.tasks_client.create_queue(parent=parent, queue=Queue(name=name))
    platform.tasks_client.pause_queue(name=name)
    firestore.close()
    yield
    firestore.close()


def task_queue(emulators: Emulators) -> TaskQueue:
    """Makes tasks in the queue of the stand-in."""
    return TaskQueue(
        emulator_host=emulators.tasks_host,
        path=CloudTasksClient.queue_path("local", "local", QUEUE),
        url="http://127.0.0.1:9/webhook-listeners/whatsapp",
        account="cloud-tasks@test.invalid",
        audience="https://queue-receiving.test",
        budget_seconds=2.0,
    )


def tasks_client(host: str) -> CloudTasksClient:
    """A client for a stand-in at this address."""
    return CloudTasksClient(transport=CloudTasksGrpcTransport(channel=grpc.insecure_channel(host)))


def project() -> str:
    """A project of its own keeps a test's documents apart."""
    return f"test-{uuid4().hex[:12]}"
