"""All endpoints in this process, on stand-ins, with callers who are let in."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from google.cloud.firestore import Client as Firestore
from google.cloud.tasks_v2 import Queue
from pytest_django import Settings

from listeners.firestore import connection as firestore_connection
from sandbox import samples
from sandbox.emulators import Emulators, Options, start
from tests.identity import IdentityProvider
from tests.platform import tasks_client
from webhooks.authentication import sign

SECRET = "test_app_secret"
WEBHOOK = "/v1/webhooks/whatsapp/webhook"
CALLABLE = "/callable/whatsapp/events"
TASK_HANDLER = "/webhook-listeners/whatsapp"


@pytest.fixture(scope="session")
def stand_ins() -> Iterator[Emulators]:
    """Stand-ins whose tasks reach nobody."""
    with start(Options(project="fuzz", location="test")) as running:
        yield running


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """Meta, repair-serve-api and Cloud Tasks as callers."""

    client: Client
    callable_token: str
    task_token: str

    def post(self, body: bytes, **headers: str) -> HttpResponse:
        """Posts like Meta."""
        signature = {"X-Hub-Signature-256": sign(body, secret=SECRET)}
        return self._post(WEBHOOK, body, signature | headers)

    def call(self, body: bytes) -> HttpResponse:
        """Calls like repair-serve-api."""
        return self._post(CALLABLE, body, {"Authorization": f"Bearer {self.callable_token}"})

    def run(self, body: bytes, **headers: str) -> HttpResponse:
        """Sends a task like Cloud Tasks."""
        known = {"Authorization": f"Bearer {self.task_token}"}
        return self._post(TASK_HANDLER, body, known | headers)

    def _post(self, path: str, body: bytes, headers: dict[str, str]) -> HttpResponse:
        answer = self.client.post(path, body, content_type="application/json", headers=headers)
        assert isinstance(answer, HttpResponse)
        return answer


@pytest.fixture
def endpoints(
    client: Client,
    stand_ins: Emulators,
    identity_provider: IdentityProvider,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Endpoints]:
    """The endpoints, and a chat of the driver whom the sample payloads name."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", stand_ins.firestore_host)
    settings.TASKS_EMULATOR_HOST = stand_ins.tasks_host
    settings.GOOGLE_CLOUD_PROJECT = f"fuzz-{uuid4().hex[:8]}"
    firestore_connection.close()
    _store_chat(settings.GOOGLE_CLOUD_PROJECT)
    _make_queue(stand_ins, settings)
    yield Endpoints(
        client=client,
        callable_token=identity_provider.token(
            audience=settings.CALLABLE_AUDIENCE, email=settings.CALLABLE_CALLERS[0]
        ),
        task_token=identity_provider.token(
            audience=settings.TASK_HANDLER_AUDIENCE, email=settings.TASKS_SERVICE_ACCOUNT
        ),
    )
    firestore_connection.close()


def _make_queue(stand_ins: Emulators, settings: Settings) -> None:
    client = tasks_client(stand_ins.tasks_host)
    parent = client.common_location_path(settings.GOOGLE_CLOUD_PROJECT, settings.TASKS_LOCATION)
    name = f"{parent}/queues/{settings.TASKS_QUEUE}"
    client.create_queue(parent=parent, queue=Queue(name=name))
    client.pause_queue(name=name)
    client.transport.close()


def _store_chat(project: str) -> None:
    main, ancillary = Firestore(project=project), Firestore(project=project, database="ancillary")
    enquiry = main.document("leasecompany/L1/enquiries/E1")
    enquiry.set({"unReadWhatsappMessageCount": 0})
    main.collection(f"{enquiry.path}/whatsapp/messages/chatMessages").document("auto").set(
        {"whatsappMessageId": samples.OUTBOUND_ID, "source": "leaseCompany", "message": "Hello"}
    )
    ancillary.document(f"whatsapp/lease/{samples.LEASE_NUMBER}/r1").set(
        {
            "leaseId": "L1",
            "enquiryId": "E1",
            "driverMobileNumber": samples.DRIVER_NUMBER,
            "driverUserId": samples.DRIVER_USER_ID,
            "active": True,
        }
    )
    main.close()
    ancillary.close()
