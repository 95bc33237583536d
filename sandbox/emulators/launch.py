"""Starts the stand-ins, any of them, in this process."""

from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Self

from sandbox.emulators.counters import Counters
from sandbox.emulators.faults import Faults
from sandbox.emulators.firestore.service import FirestoreService
from sandbox.emulators.identity import IdentityServer
from sandbox.emulators.rpc import Server
from sandbox.emulators.tasks.attempts import Sender
from sandbox.emulators.tasks.dispatch import Dispatcher
from sandbox.emulators.tasks.messages import CreateQueueRequest, Queue
from sandbox.emulators.tasks.requests import Intake
from sandbox.emulators.tasks.service import TasksService
from sandbox.emulators.tokens import TokenIssuer


class Part(StrEnum):
    """The stand-ins that there are."""

    FIRESTORE = "firestore"
    TASKS = "tasks"
    IDENTITY = "identity"  # certificates and metadata; without it nobody can verify a task's token


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What to start, and how. Port 0 takes a free one."""

    parts: frozenset[Part] = frozenset(Part)
    firestore_host: str = ""  # host:port of one that runs already: it is used, ours not started
    firestore_port: int = 0
    tasks_port: int = 0
    identity_port: int = 0
    project: str = "local"
    location: str = "local"
    queues: tuple[str, ...] = ("whatsapp-messages-queue",)  # short names, made at the start
    service_account: str = "repair-serve-api@local.invalid"  # whom the metadata server speaks for
    shortest_dispatch_deadline_seconds: float = 15.0  # Google's; less makes a test shorter


@dataclass(kw_only=True)
class Emulators:
    """The stand-ins that run. Empty addresses: not started."""

    options: Options
    faults: Faults = field(default_factory=Faults)
    counters: Counters = field(default_factory=Counters)
    issuer: TokenIssuer = field(default_factory=TokenIssuer)
    firestore: Server | None = None
    tasks: Server | None = None
    identity: IdentityServer | None = None
    dispatcher: Dispatcher | None = None

    @property
    def firestore_host(self) -> str:
        """The host:port of Firestore, ours or the one that ran already."""
        return self.firestore.host if self.firestore else self.options.firestore_host

    @property
    def tasks_host(self) -> str:
        """The host:port of Cloud Tasks."""
        return self.tasks.host if self.tasks else ""

    @property
    def identity_host(self) -> str:
        """The host:port of the identity endpoint."""
        return self.identity.host if self.identity else ""

    @property
    def identity_url(self) -> str:
        """The identity endpoint's address, without a slash at its end."""
        return f"http://{self.identity_host}" if self.identity else ""

    def environment(self) -> dict[str, str]:
        """Returns the variables with which a process of ours, and Google's clients, find them."""
        addresses = {
            "FIRESTORE_EMULATOR_HOST": self.firestore_host,
            "TASKS_EMULATOR_HOST": self.tasks_host,
            "GCE_METADATA_HOST": self.identity_host,
            "GCE_METADATA_IP": self.identity_host,
            "TOKEN_ISSUERS": self.issuer.name if self.identity else "",
            "TOKEN_CERTS_URL": f"{self.identity_url}/certs" if self.identity else "",
        }
        return {name: value for name, value in addresses.items() if value}

    def stop(self) -> None:
        """Stops all of them; what they held is gone."""
        self.faults.stop()
        for part in (self.dispatcher, self.tasks, self.firestore, self.identity):
            if part is not None:
                part.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start(options: Options | None = None) -> Emulators:
    """Starts the stand-ins and returns when they answer.

    Raises RuntimeError or OSError if a port is taken; nothing is left running then.
    """
    emulators = Emulators(options=options or Options())
    try:
        _start(emulators)
    except (RuntimeError, OSError):
        emulators.stop()
        raise
    return emulators


def _start(emulators: Emulators) -> None:
    options = emulators.options
    if Part.FIRESTORE in options.parts and not options.firestore_host:
        emulators.firestore = Server(
            api=FirestoreService().api(),
            port=options.firestore_port,
            faults=emulators.faults,
            counters=emulators.counters,
        )
    if Part.IDENTITY in options.parts:
        emulators.identity = IdentityServer(
            issuer=emulators.issuer,
            service_account=options.service_account,
            project=options.project,
            port=options.identity_port,
            faults=emulators.faults,
            counters=emulators.counters,
        )
    if Part.TASKS in options.parts:
        _start_tasks(emulators)


def _start_tasks(emulators: Emulators) -> None:
    options = emulators.options
    emulators.dispatcher = Dispatcher(
        sender=Sender(issuer=emulators.issuer),
        faults=emulators.faults,
        counters=emulators.counters,
    )
    intake = Intake(shortest_deadline_seconds=options.shortest_dispatch_deadline_seconds)
    service = TasksService(dispatcher=emulators.dispatcher, intake=intake)
    parent = f"projects/{options.project}/locations/{options.location}"
    for queue in options.queues:
        name = f"{parent}/queues/{queue}"
        service.create_queue(CreateQueueRequest(parent=parent, queue=Queue(name=name)))
    emulators.tasks = Server(
        api=service.api(),
        port=options.tasks_port,
        faults=emulators.faults,
        counters=emulators.counters,
    )
