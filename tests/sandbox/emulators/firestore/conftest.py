"""The contract tests run twice: against our stand-in and against Google's emulator."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from google.cloud.firestore import Client

from sandbox.emulators import Emulators

Connect = Callable[..., Client]


@pytest.fixture(
    params=["ours", pytest.param("official", marks=pytest.mark.needs("firestore-emulator"))],
    scope="session",
)
def firestore_host(request: pytest.FixtureRequest, shared_stand_ins: Emulators) -> str:
    """Where Firestore is. What the two do differently is a bug of ours."""
    if request.param == "ours":
        return shared_stand_ins.firestore_host
    return str(request.getfixturevalue("official_emulator"))


@pytest.fixture
def project() -> str:
    """A project that no other test uses, and so an empty one."""
    return f"test-{uuid.uuid4().hex[:20]}"


@pytest.fixture
def connect(
    firestore_host: str, project: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Connect]:
    """Makes Google's clients, unmodified, of this test's project or of another."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
    clients: list[Client] = []

    def make(*, database: str = "main", project: str = project) -> Client:
        clients.append(Client(project=project, database=database))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Connect) -> Client:
    """A client of an empty database."""
    return connect()
