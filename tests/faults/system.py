"""All services as processes, with the ledger in the database of the test, and Meta beside them."""

import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Lock

import grpc
import urllib3
from django.db import connection
from django.utils import timezone
from google.cloud.firestore import Client
from google.cloud.tasks_v2 import CloudTasksClient
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

from sandbox.stack import Server, Spec, Stack
from tests.convergence.accounts import check_every_item, check_fates
from tests.convergence.model import Documents, documents
from tests.convergence.payloads import payload
from tests.convergence.stored import read_documents
from tests.convergence.streams import Batch, Stream
from webhooks.authentication import sign
from webhooks.models import Event
from webhooks.outcomes import OPEN
from webhooks.sweeper import sweep
from webhooks.task_queue import TaskQueue

PROJECT = "local"
LAUNCHER = Path(__file__).parent / "launcher"
SERVERS = tuple(
    Server(name=service, services=(service,), threads=8)
    for service in ("repair-serve-api", "repair-serve-callable", "queue-services")
)
META_TRIES_EVERY = 0.1  # seconds; the real Meta begins at once too
LONGEST = 60.0  # seconds until everything is settled
PATIENCE = 1.0  # seconds until the sweeper is called
LONG_AGO = timedelta(minutes=5)
META = urllib3.PoolManager(maxsize=32)


@dataclass(kw_only=True)
class System:
    """The stack, and the clients with which ViSN's other services reach the documents."""

    stack: Stack
    main: Client
    ancillary: Client
    kill_file: Path
    reviving: Lock = field(default_factory=Lock)

    def post(self, body: bytes) -> int:
        """Posts like Meta; returns the status, or 0 for no answer."""
        signature = sign(body, secret=self.stack.secrets.app_secret)
        headers = {"X-Hub-Signature-256": signature, "Content-Type": "application/json"}
        try:
            answer = META.request(
                "POST",
                self.stack.webhook_url,
                body=body,
                headers=headers,
                timeout=20.0,
                retries=False,
            )
        except urllib3.exceptions.HTTPError:
            return 0
        return answer.status

    def deliver(self, batch: Batch) -> list[int]:
        """Posts a delivery until it is answered with 200; returns all answers."""
        answers = [self.post(payload(batch))]
        while answers[-1] != 200:
            time.sleep(META_TRIES_EVERY)
            self.revive()
            answers.append(self.post(payload(batch)))
        return answers

    def kill_at(self, moment: str) -> None:
        """Kills whichever process comes first to this moment (see the launcher)."""
        self.kill_file.write_text(moment)

    @property
    def was_killed(self) -> bool:
        """Whether a process has come to the moment."""
        return not self.kill_file.exists()

    def revive(self) -> None:
        """Starts again whichever server has ended."""
        with self.reviving:
            for name, process in self.stack.servers.items():
                if process.status is not None:
                    process.restart()
                    self.stack.wait_until_ready(name)

    def restart(self, name: str) -> None:
        """Starts a server again, so that it remembers nothing."""
        with self.reviving:
            self.stack.servers[name].restart()
            self.stack.wait_until_ready(name)

    @property
    def queue(self) -> TaskQueue:
        """The queue as the services have it."""
        variables = self.stack.environment(("queue-services",))
        location, queue = variables["TASKS_LOCATION"], variables["TASKS_QUEUE"]
        return TaskQueue(
            emulator_host=variables["TASKS_EMULATOR_HOST"],
            path=f"projects/{PROJECT}/locations/{location}/queues/{queue}",
            url=variables["TASK_HANDLER_URL"],
            account=variables["TASKS_SERVICE_ACCOUNT"],
            audience=variables["TASK_HANDLER_AUDIENCE"],
            budget_seconds=5.0,
        )

    def empty_the_queue(self) -> None:
        """Removes all tasks, and returns when none is being handled any more."""
        with grpc.insecure_channel(self.stack.emulators.tasks_host) as channel:
            client = CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
            client.purge_queue(name=self.queue.path)
        deadline = time.monotonic() + LONGEST
        while self._tasks_running():
            assert time.monotonic() < deadline, "tasks go on and on"
            time.sleep(0.02)

    def _tasks_running(self) -> int:
        dispatcher = self.stack.emulators.dispatcher
        assert dispatcher is not None
        with dispatcher.queues() as queues:
            return sum(queue.running for queue in queues.values())

    def sweep(self) -> None:
        """Runs the sweeper as if everything open had been so for minutes."""
        now = timezone.now()
        for event in Event.objects.filter(state__in=OPEN).order_by("pk").values_list("pk"):
            Event.objects.filter(pk__in=event).update(check_at=now - LONG_AGO)
        sweep(queue=self.queue, clock=lambda: now, limit=10_000)

    def settle(self) -> None:
        """Returns when no event is open; brings back what was killed, and calls the sweeper."""
        deadline = time.monotonic() + LONGEST
        next_sweep = time.monotonic() + PATIENCE
        while Event.objects.filter(state__in=OPEN).exists():
            assert time.monotonic() < deadline, "events stay open"
            self.revive()
            if time.monotonic() > next_sweep:
                self.sweep()
                next_sweep = time.monotonic() + PATIENCE
            time.sleep(0.02)

    def documents(self, stream: Stream) -> Documents:
        """What the chats of a stream's world hold."""
        lease_ids = {chat.lease_id for chat in stream.world.enquiries}
        everything = read_documents(self.main)
        return Documents(
            messages={
                path: fields
                for path, fields in everything.messages.items()
                if path.split("/")[1] in lease_ids
            },
            unread={
                path: count
                for path, count in everything.unread.items()
                if path.split("/")[1] in lease_ids
            },
        )

    def check(self, stream: Stream) -> None:
        """Compares documents and ledger with the model."""
        assert self.documents(stream) == documents(stream.world, stream.items)
        check_every_item(stream)
        check_fates(stream)


def spec(folder: Path) -> Spec:
    """Three processes on the test's database, which can be killed at any moment."""
    return Spec(
        folder=folder,
        servers=SERVERS,
        database_url=database_url(),
        variables={
            "PYTHONPATH": str(LAUNCHER),
            "KILL_FILE": str(folder / "kill"),
            # Both ways of making tasks: each with one of the databases.
            "TASKS_TOGETHER": str(connection.vendor == "postgresql"),
        },
    )


def database_url() -> str:
    """Where the test's own database is."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    host = settings["HOST"] or settings["OPTIONS"]["host"]
    return f"postgres://{settings['USER']}@/{settings['NAME']}?host={host}"
