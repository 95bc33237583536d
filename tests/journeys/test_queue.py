"""The queue is purged, paused for long, or deleted: as the runbook has it."""

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from hashlib import sha256
from typing import Any

import pytest
from google.api_core.exceptions import FailedPrecondition
from google.cloud.tasks_v2 import Queue

from tests.journeys.conftest import World, text
from tests.journeys.test_restored_ledger import paused, queues

APPLIED = ("processed", "applied")
GAVE_UP = ("failed", "gave_up")
PUTS_INTO_IT = ("repair-serve-callable", "queue-services")


def manage(world: World, *arguments: str, **variables: str) -> dict[str, Any]:
    """Runs a command, with other variables where some are named; returns what it says."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments, "--json"],
        env=world.running.environment() | variables,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


def states(world: World, bodies: Sequence[bytes]) -> set[tuple[str, str]]:
    return {row[:2] for body in bodies for row in world.ledger.events(body)}


def outcomes(world: World, bodies: Sequence[bytes]) -> set[tuple[str, str]]:
    return {row[:2] for body in bodies for row in world.ledger.settled(body)}


def test_a_purged_queue_is_filled_again(world: World) -> None:
    chat = world.chat()
    lost, kept = ([world.delivery(chat, messages=[text(chat)]) for _ in range(2)] for _ in "ab")
    with paused(world), queues(world) as (client, queue):
        assert [world.post(body) for body in lost] == [200] * 2
        client.purge_queue(name=queue)
        assert [world.post(body) for body in kept] == [200] * 2
    assert outcomes(world, kept) == {APPLIED}
    assert states(world, lost) == {("queued", "")}
    assert manage(world, "requeue_stuck", "--dry-run")["events"] == 0  # a minute has to pass

    world.ledger.make_due(lost[0])
    assert manage(world, "requeue_stuck")["tasks"] == 1
    assert manage(world, "requeue_stuck", "--ahead=1")["tasks"] >= 1  # others too, if any

    assert outcomes(world, lost) == {APPLIED}
    assert world.unread(chat) == 4


def test_what_the_sweeper_does_in_a_long_pause_does_no_harm(world: World) -> None:
    """Its rounds put tasks beside the one that is there; after the tenth it gives up."""
    chat = world.chat()
    short, long = (world.delivery(chat, messages=[text(chat)]) for _ in range(2))
    with paused(world), queues(world) as (client, queue):
        assert [world.post(body) for body in (short, long)] == [200] * 2
        for body in (short, long):
            world.ledger.make_due(body)
        report = manage(world, "requeue_stuck")
        assert (report["tasks"], report["gave_up"]) == (2, 0)

        world.ledger.make_due(long)
        world.ledger.query(
            "UPDATE webhooks_event SET rounds = 10 WHERE delivery_id IN "
            "(SELECT id FROM webhooks_delivery WHERE digest = ?)",
            sha256(long).hexdigest(),
        )
        report = manage(world, "requeue_stuck")
        assert (report["tasks"], report["gave_up"]) == (0, 1)
        assert len(list(client.list_tasks(parent=queue))) == 4
    assert outcomes(world, [short]) == {APPLIED}
    assert outcomes(world, [long]) == {GAVE_UP}  # its tasks find it settled

    manage(world, "replay", "--reason=gave_up", "--name=the pause was long")

    assert outcomes(world, [long]) == {APPLIED}
    assert world.unread(chat) == 2


def test_a_queue_that_was_deleted_gets_another_name(world: World) -> None:
    """Its own stays taken for days; what it held the sweeper puts into the new one."""
    chat = world.chat()
    before, after = (world.delivery(chat, messages=[text(chat)]) for _ in range(2))
    with queues(world) as (client, queue), ExitStack() as ending:
        ending.callback(lead, world, queue)
        parent = queue.rpartition("/queues/")[0]
        lost, new = (f"{queue}-{world.lease_number}-{serial}" for serial in (1, 2))
        client.create_queue(parent=parent, queue=Queue(name=lost))
        lead(world, lost)
        client.pause_queue(name=lost)
        assert world.post(before) == 200
        client.delete_queue(name=lost)
        with pytest.raises(FailedPrecondition):
            client.create_queue(parent=parent, queue=Queue(name=lost))
        assert world.post(after) == 200
        assert states(world, [after]) == {("received", "")}

        client.create_queue(parent=parent, queue=Queue(name=new))
        lead(world, new)
        for body in (before, after):
            world.ledger.make_due(body)
        report = manage(world, "requeue_stuck", TASKS_QUEUE=short(new))

        assert report["tasks"] == 2
        assert outcomes(world, [before, after]) == {APPLIED}
        assert world.unread(chat) == 2


def short(queue: str) -> str:
    return queue.rpartition("/")[2]


def lead(world: World, queue: str) -> None:
    """The services put their tasks into this queue from now on."""
    for name in PUTS_INTO_IT:
        world.running.servers[name].restart(TASKS_QUEUE=short(queue))
    for name in PUTS_INTO_IT:
        world.running.wait_until_ready(name)
