"""Firestore loses documents, and the ledger brings back what it may, through the processes."""

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.demo.cast import Enquiry
from tests.journeys.conftest import World, reaction, status, text
from tests.sandbox.stack.processes import eventually

APPLIED = ("processed", "applied")


@dataclass(frozen=True, kw_only=True)
class OnCall:
    """Somebody who looks at what came from a moment on, with the runbook in their hand."""

    world: World
    since: datetime

    def manage(self, *arguments: str) -> tuple[dict[str, Any], int]:
        """Runs a command; returns what it says and its exit status."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments, "--json"],
            env=self.world.running.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        return json.loads(done.stdout), done.returncode

    def reconciled(self) -> tuple[list[dict[str, Any]], int]:
        """What is missing in the chats."""
        until = datetime.now(UTC) + timedelta(minutes=1)
        report, exit_status = self.manage(
            "reconcile", f"--since={self.since.isoformat()}", f"--until={until.isoformat()}"
        )
        assert report["due"] == report["checked"] > 0
        return report["events"], exit_status

    def repair(self, events: list[int], *more: str) -> tuple[dict[str, Any], int]:
        """Shows a repair of these events, or begins it."""
        return self.manage("reconcile", "--repair", *(f"--event={each}" for each in events), *more)


def test_what_firestore_lost_comes_back_and_nothing_else(world: World) -> None:
    on_call = OnCall(world=world, since=datetime.now(UTC))
    enquiry, stranger = world.chat(), world.chat()
    kept, lost = world.outbound(enquiry), world.outbound(enquiry)
    texts = [text(enquiry, words=words) for words in ("first", "second", "third")]
    bodies = [
        world.delivery(enquiry, messages=texts[:1]),
        world.delivery(
            enquiry,
            messages=[*texts[1:], reaction(kept, "👍")],
            statuses=[status(kept, "read"), status(lost, "delivered")],
        ),
    ]
    for body in bodies:
        assert world.post(body) == 200
        assert {row[:2] for row in world.ledger.settled(body)} == {APPLIED}
    before = world.platform.chat_messages()
    first, second, third = (
        next(path for path, fields in before.items() if fields["whatsappMessageId"] == each["id"])
        for each in texts
    )
    assert on_call.reconciled() == ([], 0)

    for path in (first, second, third, lost.path):
        world.platform.main.document(path).delete()
    copied = {"whatsappMessageId": texts[2]["id"], "source": "driver"}
    world.platform.store({f"{stranger.messages}/copied": copied})
    world.platform.store({enquiry.path: {"unReadWhatsappMessageCount": 0}})  # somebody read them

    drifts, exit_status = on_call.reconciled()
    assert (sorted(each["drift"] for each in drifts), exit_status) == (["message_missing"] * 4, 1)
    events = [each["event"] for each in drifts]
    shown, exit_status = on_call.repair(events)
    assert shown["remedies"] == {"created": 2, "held": 1, "no_message": 1}
    assert ([each["rises_by"] for each in shown["unread"]], exit_status) == ([2], 1)
    assert world.unread(enquiry) == 0
    assert first not in world.platform.chat_messages()

    begun, exit_status = on_call.repair(events, "--yes")
    assert (begun["remedies"], exit_status) == (shown["remedies"], 1)  # two are left
    assert eventually(lambda: world.unread(enquiry) == 2, seconds=30)
    now = world.platform.chat_messages()
    assert {third, lost.path} & now.keys() == set()
    for path in (first, second, kept.path):
        assert without_time(now[path]) == without_time(before[path])

    world.running.manage("catch_up")  # each minute: the repair is over, and its outcomes are told
    left, exit_status = on_call.reconciled()
    assert (len(left), exit_status) == (2, 1)
    again, exit_status = on_call.repair(events, "--yes")
    assert (again["remedies"], exit_status) == ({"intact": 2, "held": 1, "no_message": 1}, 1)
    assert world.unread(enquiry) == 2


def test_firestore_goes_back_to_a_moment(world: World) -> None:
    """Every document of ours is as it was before, and so is the count."""
    enquiry = world.chat()
    known = world.outbound(enquiry)
    first, second = (text(enquiry, words=words) for words in ("first", "second"))
    early = world.delivery(enquiry, messages=[first], statuses=[status(known, "delivered")])
    settle(world, early)
    snapshot = documents(world, enquiry)
    on_call = OnCall(world=world, since=datetime.now(UTC))
    liked = reaction(known, "👍")
    settle(
        world, world.delivery(enquiry, messages=[second, liked], statuses=[status(known, "read")])
    )
    wanted = documents(world, enquiry)
    assert len(wanted) == len(snapshot) + 1

    for path in wanted.keys() - snapshot.keys():
        world.platform.main.document(path).delete()
    world.platform.store(snapshot)

    moment = on_call.since.isoformat()
    on_call.world.running.manage("restored", "--firestore", f"--to={moment}")
    [(window,)] = world.ledger.query("SELECT max(id) FROM listeners_restorewindow")
    shown, exit_status = on_call.manage("reconcile", "--repair", f"--window={window}")
    assert (shown["remedies"]["created"], shown["remedies"]["applied"], exit_status) == (1, 2, 1)
    assert without_times(documents(world, enquiry)) == without_times(snapshot)

    on_call.manage("reconcile", "--repair", f"--window={window}", "--yes")

    assert eventually(
        lambda: without_times(documents(world, enquiry)) == without_times(wanted), seconds=30
    )
    world.running.manage("catch_up")
    assert on_call.reconciled() == ([], 0)
    world.running.manage("restored", f"--close={window}")


def settle(world: World, body: bytes) -> None:
    assert world.post(body) == 200
    assert {row[:2] for row in world.ledger.settled(body)} == {APPLIED}


def documents(world: World, enquiry: Enquiry) -> dict[str, dict[str, object]]:
    """The enquiry and the messages of its chat."""
    found = world.platform.chat_messages()
    chat = {path: each for path, each in found.items() if path.startswith(f"{enquiry.messages}/")}
    return {enquiry.path: world.platform.read(enquiry.path), **chat}


def without_times(found: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    return {path: without_time(fields) for path, fields in found.items()}


def without_time(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if name != "receivedAt"}
