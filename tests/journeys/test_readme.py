"""The README's way to run the pieces by hand, gone as it is written."""

import os
import pty
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deploy.document import README, block, blocks, inline
from tests.journeys.clone import clone
from tests.journeys.ledger import Ledger
from tests.sandbox.stack.processes import eventually

START_SECONDS = 60.0
ANSWERS = {
    "Username": "ada",
    "Email address": "ada@visn.example",
    "Password: ": "correct horse battery",
    "Password (again)": "correct horse battery",
}


@dataclass(frozen=True, kw_only=True)
class Developer:
    """Somebody with terminals in a clone, whose port 8000 is another one."""

    clone: Path
    port: int

    @property
    def variables(self) -> dict[str, str]:
        """What all terminals have in common."""
        database = f"sqlite:///{self.clone / 'db.sqlite3'}"
        common = {"PORT": str(self.port), "DATABASE_URL": database, "NO_COLOR": "1"}
        return {"PATH": os.environ["PATH"], "HOME": str(self.clone), **common}

    def run(self, script: str) -> str:
        """Runs a script to its end and returns what it printed."""
        finished = subprocess.run(
            ["/bin/bash", "-euc", script],
            cwd=self.clone,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stdout
        return finished.stdout

    @contextmanager
    def terminal(self, script: str) -> Iterator[Path]:
        """Leaves a script running, and yields the file with what it prints."""
        log = self.clone / f"terminal-{len(list(self.clone.glob('terminal-*')))}"
        with (
            log.open("wb") as output,
            subprocess.Popen(
                ["/bin/bash", "-euc", script],
                cwd=self.clone,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as process,
        ):
            try:
                yield log
            finally:
                os.killpg(process.pid, signal.SIGTERM)

    def answer(self, script: str, answers: dict[str, str]) -> None:
        """Runs a script that asks questions, at a terminal of its own."""
        ours, terminal = pty.openpty()
        process = subprocess.Popen(
            ["/bin/bash", "-euc", script],
            cwd=self.clone,
            env=self.variables,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        os.close(terminal)
        with process, closing(os.fdopen(ours, "r+b", buffering=0)) as line:
            for question, words in answers.items():
                seen = b""
                while question.encode() not in seen:
                    seen += line.read(1024)
                line.write(f"{words}\n".encode())
            process.wait()
        assert process.returncode == 0


@pytest.fixture
def developer(tmp_path: Path) -> Developer:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return Developer(clone=clone(tmp_path / "clone"), port=free.getsockname()[1])


def test_the_pieces_run_by_hand(developer: Developer) -> None:
    [emulators] = [piece for piece in blocks(README) if "manage.py emulators" in piece]
    [run] = [piece for piece in blocks(README) if piece.startswith("make run")]
    with developer.terminal(emulators) as stand_ins:
        assert eventually(lambda: "export GCE" in stand_ins.read_text(), seconds=START_SECONDS)
        pasted = "".join(re.findall(r"^export .*\n", stand_ins.read_text(), re.MULTILINE))
        with developer.terminal(pasted + run):
            assert eventually(lambda: listens(developer.port), seconds=START_SECONDS)
            login, *posts = block(README, holding="createsuperuser").splitlines()
            developer.answer(pasted + login, ANSWERS)
            for line in posts:
                developer.run(f"{pasted}{line} --url {webhook(developer)}")
            for command in ("catch_up", "requeue_stuck"):
                [line] = inline(README, beginning=f".venv/bin/python manage.py {command}")
                developer.run(pasted + line)
            ledger = Ledger(url=developer.variables["DATABASE_URL"])
            assert ledger.query("SELECT username FROM auth_user WHERE is_superuser") == [("ada",)]
            assert eventually(lambda: on_their_way(ledger) == 0, seconds=START_SECONDS)
            outcomes = dict(
                ledger.query("SELECT reason, COUNT(*) FROM webhooks_event GROUP BY reason")
            )
    assert outcomes.keys() >= {"applied", "already_applied", "malformed"}
    assert "no_active_tracking" not in outcomes


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


def webhook(developer: Developer) -> str:
    return f"http://127.0.0.1:{developer.port}/v1/webhooks/whatsapp/webhook"


def on_their_way(ledger: Ledger) -> int:
    [(count,)] = ledger.query(
        "SELECT COUNT(*) FROM webhooks_event WHERE state IN ('received', 'queued')"
    )
    return int(count)
