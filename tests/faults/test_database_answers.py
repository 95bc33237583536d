"""PostgreSQL does what it was told, and we do not hear of it, or late."""

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from django.db import DatabaseError, connection

from tests.convergence.accounts import check_every_item, check_fates
from tests.convergence.course import Course, course
from tests.convergence.model import documents
from tests.convergence.streams import Stream
from tests.faults.between import Between, between
from tests.faults.scene import scene
from webhooks.ledger import LedgerUnavailable

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="speaks to PostgreSQL")


@pytest.fixture
def stream() -> Stream:
    """A scene's."""
    return scene().stream


@pytest.fixture
def link(transactional_db: None) -> Iterator[Between]:
    """Between this process and its database."""
    options = connection.settings_dict["OPTIONS"]
    server = Path(options["host"])
    with (
        tempfile.TemporaryDirectory(prefix="visn-") as folder,
        between(server, Path(folder)) as standing,
    ):
        connection.close()
        options["host"] = folder
        yield standing
        connection.close()
        options["host"] = str(server)


@pytest.fixture
def running(
    stream: Stream, firestore: str, link: Between, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Course]:
    """The flow in this process, without other troubles."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore)
    order = Random(1)  # noqa: S311 - repeatable, not secret
    prompt = [outbound.wamid for outbound in stream.world.outbound]
    with course(stream.world, order, rate=0.0, losses=False, prompt=prompt) as started:
        yield started


@pytest.mark.parametrize("statement", [b"COMMIT", b"INSERT INTO", b"UPDATE"])
def test_an_answer_is_lost_while_a_delivery_comes(
    statement: bytes, stream: Stream, running: Course, link: Between
) -> None:
    """Meta is told to come again, and what is in the ledger by then is known."""
    for batch in stream.deliveries:
        link.lose = statement
        taken = False
        while not taken:
            with suppress(LedgerUnavailable):
                running.deliver(batch)
                taken = True
            connection.close()  # as before the next request, if it is broken
    assert link.lost
    check(running, stream, link)


@pytest.mark.parametrize(
    "statement",
    [b"COMMIT", b"INSERT INTO", b"listeners_placement", b"UPDATE", b"listeners_taskrun", b"SELECT"],
)
def test_an_answer_is_lost_while_a_task_is_handled(
    statement: bytes, stream: Stream, running: Course, link: Between
) -> None:
    """The queue is told to come again, and finds what was done."""
    for batch in stream.deliveries:
        running.deliver(batch)
    for _ in stream.deliveries:
        link.lose = statement
        with suppress(DatabaseError):
            running.run_any()
        connection.close()
    assert link.lost
    check(running, stream, link)


def test_every_answer_is_late(stream: Stream, running: Course, link: Between) -> None:
    """It takes longer, and that is all."""
    link.seconds = 0.05
    for batch in stream.deliveries:
        running.deliver(batch)
    running.run_any()
    check(running, stream, link)


def check(running: Course, stream: Stream, link: Between) -> None:
    """Compares documents and ledger with the model, once all is well again."""
    link.lose, link.seconds = b"", 0.0
    running.finish()
    assert running.documents() == documents(stream.world, stream.items)
    check_every_item(stream)
    check_fates(stream)
