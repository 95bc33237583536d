"""One stack of processes for all tests of faults; each test begins with an empty ledger."""

from collections.abc import Iterator

import pytest
from google.cloud.firestore import Client
from pytest_django import DjangoDbBlocker

from sandbox import stack
from sandbox.stack import Stack
from tests.faults.system import PROJECT, System, spec


@pytest.fixture(scope="session")
def processes(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    """The services, each a process, and the stand-ins for Google."""
    with django_db_blocker.unblock():
        stack_spec = spec(tmp_path_factory.mktemp("faults"))
    with stack.start(stack_spec) as running:
        yield running


@pytest.fixture
def firestore(processes: Stack) -> str:
    """The Firestore of the stack, as host:port."""
    return processes.emulators.firestore_host


@pytest.fixture
def system(
    transactional_db: None, processes: Stack, monkeypatch: pytest.MonkeyPatch
) -> Iterator[System]:
    """The processes without faults, and an empty queue."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", processes.emulators.firestore_host)
    started = System(
        stack=processes,
        main=Client(project=PROJECT),
        ancillary=Client(project=PROJECT, database="ancillary"),
        kill_file=processes.spec.folder / "kill",
    )
    yield started
    processes.emulators.faults.clear()
    started.kill_file.unlink(missing_ok=True)
    started.revive()
    started.empty_the_queue()
    started.main.close()
    started.ancillary.close()
