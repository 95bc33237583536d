"""A ViSN platform for each test, on our Firestore stand-in and on Google's emulator."""

from collections.abc import Iterator

import pytest
from django.db import connection
from google.cloud.firestore import Client
from google.cloud.tasks_v2 import CloudTasksClient

from listeners.firestore.store import Store
from sandbox import emulators
from sandbox.emulators import Emulators
from sandbox.emulators.tasks.dispatch import METHOD, SERVICE
from tests.platform import QUEUE, Platform, project, tasks_client
from tests.webhooks.databases import execute


@pytest.fixture(scope="session")
def stand_ins() -> Iterator[Emulators]:
    """Our stand-ins; the queue is paused and thus holds its tasks.

    One that sent them would go on behind the tests that follow.
    """
    with emulators.start() as running:
        client = tasks_client(running.tasks_host)
        client.pause_queue(name=CloudTasksClient.queue_path("local", "local", QUEUE))
        yield running
        client.transport.close()
        assert METHOD not in running.counters.read().get(SERVICE, {})


@pytest.fixture(
    params=["ours", pytest.param("official", marks=pytest.mark.needs("firestore-emulator"))]
)
def firestore_host(request: pytest.FixtureRequest, stand_ins: Emulators) -> str:
    """Where Firestore is: a test runs on each."""
    if request.param == "ours":
        return stand_ins.firestore_host
    return str(request.getfixturevalue("official_emulator"))


@pytest.fixture
def new_tables(db: None) -> None:
    """PostgreSQL takes the large tables for new, whoever has filled them before.

    What other tests did outlasts their transactions: `ANALYZE` notes at once how large a table is,
    and what was rolled back lies in it until somebody tidies up. Plans would depend on it.
    """
    if connection.vendor == "postgresql":
        other = connection.copy()
        try:
            execute("TRUNCATE webhooks_delivery, webhooks_event CASCADE", on=other)
        finally:
            other.close()


@pytest.fixture
def platform(
    db: None, stand_ins: Emulators, firestore_host: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Platform]:
    """An empty platform of its own."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
    name = project()
    main, ancillary = Client(project=name), Client(project=name, database="ancillary")
    store = Store(main=main, ancillary=ancillary)
    client = tasks_client(stand_ins.tasks_host)
    client.purge_queue(name=CloudTasksClient.queue_path("local", "local", QUEUE))
    yield Platform(
        main=main, ancillary=ancillary, store=store, emulators=stand_ins, tasks_client=client
    )
    client.transport.close()
    store.close()
