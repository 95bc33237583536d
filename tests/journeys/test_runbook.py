"""The runbook's commands, run as they are written, on a ledger in which they have something to do.

What asks or changes Google itself is run by `tests/deploy/test_commands.py`.
"""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eventlog.management.commands.reconcile import MARGIN
from sandbox import samples
from sandbox.demo.cast import Enquiry
from sandbox.samples import Json
from sandbox.stack.spec import ALL_IN_ONE, Spec
from tests.deploy.document import RUNBOOK, block, blocks, inline
from tests.journeys.clone import clone
from tests.journeys.conftest import World, text
from tests.journeys.test_restored_ledger import paused, unknown
from tests.journeys.worlds import world_of
from tests.postgresql import cluster
from tests.programs import find_postgresql
from tests.sandbox.stack.processes import eventually

pytestmark = pytest.mark.needs("postgresql")

LOCALLY = block(RUNBOOK, holding=".venv/bin/python manage.py")
LINES = [
    line.partition("  #")[0].strip()
    for piece in blocks(RUNBOOK)
    for line in piece.splitlines()
    if line.startswith("manage ")
]
# Within its sentences. `manage …` is any of them, and this one goes on until somebody ends it.
WITHOUT_END = {"manage …", "manage tail_events"}
IN_SENTENCES = dict.fromkeys(inline(RUNBOOK, beginning="manage "))
ALSO = [line for line in IN_SENTENCES if line not in {*LINES, *WITHOUT_END}]
FIRST_EVENT = 4711  # that the runbook names
# What is printed, and the exit status where it is not 0.
TOLD = {
    "manage accounted": "Items in them: 4. Events of them in the ledger: 4, 4 settled",
    "manage mend_sequences --dry-run": "Sequences that stand behind: 1.",
    "manage mend_sequences": "Sequences that were mended: 1.",
    "manage unknown_deliveries": "Deliveries that tasks name and the ledger has not: 1.",
    'manage unknown_deliveries --close "$DELIVERY"': "Closed: 1.",
    'manage tail_events --since "$MOMENT" --no-follow': "ignored   unsupported_type ",
    "manage tail_events --state failed --state skipped --for 10": "skipped   no_active_tracking",
    "manage tail_events --lease-number-of 4711 --lines 20 --no-follow": "Text ",
    'manage restored --to "$MOMENT"': "Window 1: from",
    "manage restored --close 1": "Closed: 1.",
    "manage restored --cut-over": "Window 2: until it is closed",
    'manage restored --firestore --to "$MOMENT"': "Window 3: from",
    "manage reconcile --repair --window 3": "Would be opened again: events 2.",
    "manage reconcile --repair --window 3 --yes": "Opened again: events 2.",
    "manage reconcile --repair --event 4711 --event 4712": "Would be opened again: events 2.",
    'manage replay --reason no_active_tracking --since "$MOMENT" --dry-run': "again: events 1.",
    'manage reread --since "$MOMENT"': "differ from the ledger: 0.",
    'manage drift --since "$MOMENT"': "Departures: 0.",
    "manage replay --event 4713": "Put into the queue: events 1.",
    "manage export_person --event 4713 --by ada --to person.zip": "Written, of a person with",
    "manage erase_person --event 4713": "Nothing has been done yet",
    "manage erase_person --event 4713 --yes --by ada --documents documents.txt": "Erased, of a",
    "manage erase_person --export tombstones.jsonl": "Tombstones that were written: ",
    "manage erase_person --again tombstones.jsonl --by ada": "Events that were erased again: 0.",
    "manage doctor": "ok      queue     A probe went through the queue",
    "manage watch": "Open problems: ",
    "manage reconcile": "Not compared: 2 that were erased.",
    'manage replay --reason gave_up --since "$MOMENT"': "There is nothing to replay.",
    'manage replay --reason message_not_found --since "$MOMENT"': "There is nothing to replay.",
    'manage replay --reason no_active_tracking --since "$MOMENT"': "Put into the queue: events 1.",
    "manage erase_person --go-on": "Unfinished: 0.",
}
# The queue has other limits on one machine, and windows of `restored` are open.
FINDINGS = {"manage doctor", "manage watch"}
IN_VAIN = {line for line, words in TOLD.items() if words == "There is nothing to replay."}
PREVIEWS = {line for line in TOLD if "--repair" in line and "--yes" not in line}


@dataclass(frozen=True, kw_only=True)
class OnCall:
    """Somebody with a shell in a clone."""

    world: World
    clone: Path
    delivery: str = ""  # that was forgotten

    def run(self, line: str) -> tuple[int, str]:
        """Runs a line in bash; returns its exit status and what it printed."""
        moment = datetime.now(UTC) - timedelta(hours=1)
        variables = {"MOMENT": moment.isoformat(timespec="seconds"), "DELIVERY": self.delivery}
        finished = subprocess.run(
            ["/bin/bash", "-euc", f"{LOCALLY}\n{line}"],
            cwd=self.clone,
            env=self.world.running.environment() | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return finished.returncode, finished.stdout + finished.stderr


@pytest.fixture(scope="module")
def on_call(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnCall]:
    """A clone, and a stack on a PostgreSQL of its own."""
    programs = find_postgresql()
    assert programs is not None
    folder = tmp_path_factory.mktemp("runbook")
    with (
        cluster(programs) as url,
        world_of(Spec(folder=folder, servers=ALL_IN_ONE, database_url=url)) as world,
    ):
        yield OnCall(world=world, clone=clone(folder / "clone"))


def test_its_local_commands_do_what_it_says(on_call: OnCall) -> None:
    world, chat = on_call.world, on_call.world.chat()
    world.ledger.query(f"ALTER SEQUENCE webhooks_event_id_seq RESTART WITH {FIRST_EVENT}")
    messages = [text(chat, at=now()) for _ in range(2)]
    photo = samples.image(number=chat.driver.number, user_id=chat.driver.user_id, timestamp=now())
    messages += [photo, text(untracked(chat), at=now())]
    bodies = [writes(world, chat, message) for message in messages]
    reasons = [row.reason for body in bodies for row in world.ledger.settled(body)]
    assert reasons == ["applied", "applied", "unsupported_type", "no_active_tracking"]
    received = datetime.now(UTC)
    lose_messages(world)

    printed, statuses = {}, {}
    for line in (*LINES, *ALSO):
        if line == "manage mend_sequences --dry-run":
            world.ledger.query("SELECT setval('webhooks_event_id_seq', 1)")
        elif line == "manage unknown_deliveries":
            on_call = replace(on_call, delivery=forget(world, chat))
        elif "--event 4711" in line:  # the repair before it has ended, and was in vain
            assert eventually(lambda: applied(world) == 2, seconds=60)
            world.running.manage("catch_up")
            lose_messages(world)
        elif line == "manage reconcile":  # which leaves to itself what has just come
            assert eventually(lambda: datetime.now(UTC) > received + MARGIN, seconds=60)
        statuses[line], printed[line] = on_call.run(line)

    ended_with_one = {line for line, status in statuses.items() if status}
    assert ended_with_one == PREVIEWS | FINDINGS | IN_VAIN, printed
    assert [line for line, words in TOLD.items() if words not in printed[line]] == [], printed


def untracked(enquiry: Enquiry) -> Enquiry:
    """The same with a driver of whom no record tells."""
    driver = replace(enquiry.driver, number="15550009999", user_id="US.90009999")
    return replace(enquiry, driver=driver)


def now() -> int:
    return int(time.time())


def writes(world: World, enquiry: Enquiry, message: Json) -> bytes:
    """A driver writes; returns the delivery, once it was answered 200."""
    body = world.delivery(enquiry, messages=[message])
    assert world.post(body) == 200
    return body


def applied(world: World) -> int:
    [(count,)] = world.ledger.query(
        "SELECT COUNT(*) FROM webhooks_event WHERE id IN (4711, 4712) AND state = 'processed'"
    )
    return int(count)


def lose_messages(world: World) -> None:
    """Firestore loses what drivers wrote."""
    for path in world.platform.chat_messages():
        world.platform.main.document(path).delete()


def forget(world: World, enquiry: Enquiry) -> str:
    """A delivery gets lost while its task is in the queue; returns its id."""
    with paused(world):
        writes(world, enquiry, text(enquiry, at=now()))
        [(delivery,)] = world.ledger.query(
            "SELECT delivery_id FROM webhooks_event ORDER BY id DESC LIMIT 1"
        )
        world.ledger.query("DELETE FROM webhooks_event WHERE delivery_id = ?", delivery)
        world.ledger.query("DELETE FROM webhooks_delivery WHERE id = ?", delivery)
    assert eventually(lambda: unknown(world) == 1, seconds=60)
    return str(delivery)
