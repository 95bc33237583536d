"""Tasks as a queue or a proxy may hand them over: in one piece, in chunks, and unreadable."""

import http.client
from contextlib import closing
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from tests.journeys.conftest import World, text
from tests.journeys.test_doors import Door
from webhooks import tasks


def hand_over(world: World, body: bytes, *, chunk_size: int) -> int:
    """Posts a task, in chunks if they have a size, and returns the status."""
    door = Door(world, "task handler")
    url = urlsplit(door.url)
    headers = {"Authorization": f"Bearer {door.token()}", "Content-Type": "application/json"}
    with closing(http.client.HTTPConnection(url.netloc, timeout=20)) as connection:
        if chunk_size:
            pieces = (body[at : at + chunk_size] for at in range(0, len(body), chunk_size))
            connection.request("POST", url.path, pieces, headers, encode_chunked=True)
        else:
            connection.request("POST", url.path, body, headers)
        return connection.getresponse().status


@pytest.mark.parametrize("chunk_size", [0, 7, 100_000])
def test_a_task_is_run_however_it_is_sent(world: World, chunk_size: int) -> None:
    payload = world.delivery(world.chat(), messages=[text(world.chat())])
    assert world.post(payload) == 200
    world.ledger.settled(payload)
    [(key,)] = world.ledger.query(
        "SELECT CAST(id AS TEXT) FROM webhooks_delivery WHERE digest = ?",
        sha256(payload).hexdigest(),
    )
    before = len(world.ledger.runs(payload))

    assert hand_over(world, tasks.encode(UUID(key)), chunk_size=chunk_size) == 200

    assert len(world.ledger.runs(payload)) == before + 1


@pytest.mark.parametrize("chunk_size", [0, 7])
def test_a_task_that_nobody_can_read_is_kept(world: World, chunk_size: int) -> None:
    body = b'{"v": 99, "chunk": %d}' % chunk_size

    assert hand_over(world, body, chunk_size=chunk_size) == 200

    found = world.ledger.query(
        "SELECT body, seen FROM listeners_unreadabletask WHERE digest = ?", sha256(body).hexdigest()
    )
    assert [(bytes(kept), seen) for kept, seen in found] == [(body, 1)]
