"""Both clients as deployed: default credentials, TLS, Google's own names, no stand-in named."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.cloud.tasks_v2 import CloudTasksClient
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

from sandbox.emulators import Emulators, Fault, FaultKind, Options, start
from tests.google_front import Front, front

# Its working directory is the project's, its settings those of the tests.
PROCESS = """
import json, sys, time, uuid
import django
django.setup()
from django.conf import settings
settings.GOOGLE_CLOUD_PROJECT = settings.TASKS_LOCATION = "test"
from listeners.firestore import connection as firestore_connection
from listeners.firestore.errors import Unavailable
from listeners.tracking import ChatKey
from webhooks.task_queue import QueueUnavailable, connect
CHAT = ChatKey(lease_id="l1", enquiry_id="e1")
for _ in sys.stdin:
    start, said = time.monotonic(), {}
    try:
        connect().create(uuid.uuid4())
    except QueueUnavailable as error:
        said["queue"] = str(error)
    said["queue_seconds"] = time.monotonic() - start
    start = time.monotonic()
    try:
        firestore_connection.connect().load(lookups=(), message_ids=["wamid.1"])
        firestore_connection.connect().chats.newest(CHAT, limit=1)
    except Unavailable as error:
        said["firestore"] = type(error.__cause__).__name__
    said["firestore_seconds"] = time.monotonic() - start
    print(json.dumps(said), flush=True)
"""
RECOVERED_SECONDS = 60.0  # a failure is remembered for five, what hangs is given up after thirty
QUEUE = CloudTasksClient.queue_path("test", "test", "whatsapp-messages-queue")


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A process, and all that it sees of the world."""

    process: "subprocess.Popen[str]"
    emulators: Emulators
    front: Front

    def use(self) -> dict[str, Any]:
        """Makes a task and reads documents; says what went wrong and how long it took."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        while not (line := self.process.stdout.readline()).startswith('{"queue'):
            assert line, "the process has ended"  # another line is one of its log
        said: dict[str, Any] = json.loads(line)
        return said

    def calls(self) -> dict[str, dict[str, int]]:
        """What the stand-ins were asked."""
        return self.emulators.counters.read()

    def goes_wrong(self, method: str, kind: FaultKind, seconds: float = 0.0) -> None:
        """Lets the metadata server go wrong from now on."""
        fault = Fault(
            kind=kind, service="identity", method=method, times=1000, seconds=seconds, status=429
        )
        self.emulators.faults.add(fault)


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Deployed]:
    """One that begins anew for each test, since the library keeps what it has."""
    with start(Options(project="test", location="test")) as emulators:
        with grpc.insecure_channel(emulators.tasks_host) as channel:
            client = CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
            client.pause_queue(name=QUEUE)
        servers = {
            "cloudtasks.googleapis.com": emulators.tasks_host,
            "firestore.googleapis.com": emulators.firestore_host,
        }
        with front(tmp_path, servers) as before:
            environment = {
                "PATH": os.environ["PATH"],
                "CLOUDSDK_CONFIG": "/nonexistent",
                "DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.test",
                "GCE_METADATA_HOST": emulators.identity_host,
                "GCE_METADATA_IP": emulators.identity_host,
                **before.environment(),
            }
            process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-c", PROCESS],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            emulators.counters.clear()
            yield Deployed(process=process, emulators=emulators, front=before)
            process.communicate()


def test_they_have_credentials_and_tls_and_reach_what_they_call(deployed: Deployed) -> None:
    said = deployed.use()
    assert ("queue" in said, "firestore" in said) == (False, False)
    calls = deployed.calls()
    assert calls["tasks"] == {"CreateTask": 1}
    assert calls["firestore"] == {"RunQuery": 2, "BatchGetDocuments": 1}
    assert calls["identity"]["token"] == 1  # one for both
    assert deployed.front.proxy.connections == 2  # nobody used the other database


def test_connections_that_have_gone_silent_are_replaced(deployed: Deployed) -> None:
    deployed.use()
    deployed.front.proxy.silence()
    said = deployed.use()
    assert ("queue" in said, "firestore" in said) == (False, False)
    assert deployed.front.proxy.connections == 2 + 2


@pytest.mark.parametrize("method", ["ping", "token"])
@pytest.mark.parametrize("kind", [FaultKind.UNAVAILABLE, FaultKind.SILENT])
def test_without_credentials_nobody_waits_long_and_with_them_all_is_well_again(
    deployed: Deployed, method: str, kind: FaultKind
) -> None:
    deployed.goes_wrong(method, kind, seconds=600.0 if kind is FaultKind.SILENT else 0.0)
    for _ in range(2):
        said = deployed.use()
        assert ("queue" in said, "firestore" in said) == (True, True)
        assert said["queue_seconds"] < 2.5
        assert said["firestore_seconds"] < 2.5  # and not all of the ten that a load has
    deployed.emulators.faults.clear()
    deadline = time.monotonic() + RECOVERED_SECONDS
    while (said := deployed.use()).keys() & {"queue", "firestore"}:
        assert time.monotonic() < deadline, said
        time.sleep(0.2)
