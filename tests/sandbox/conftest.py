"""Demonstrations as a newcomer runs them, for the tests to look at."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.stack.processes import mentioning

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "manage.py", "demo"]
READY_WITHIN_SECONDS = 90
SPAWN = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
# Nothing but what a shell has: the demonstration sets up everything else by itself.
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


class Terminal:
    """A demonstration in a terminal of its own, where Ctrl-C can be pressed."""

    def __init__(self, folder: Path) -> None:
        """Its temporary files are in the folder, and all its processes know the folder's name."""
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", SPAWN, *COMMAND],
            cwd=ROOT,
            env=ENVIRONMENT | {"TERM": "xterm", "TMPDIR": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        self._shown = b""
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def raw(self) -> str:
        """Everything that was shown so far."""
        return self._shown.decode(errors="replace").replace("\r\n", "\n")

    @property
    def screen(self) -> str:
        """Everything that was shown so far, without colours."""
        return re.sub(r"\x1b\[[0-9;]*m", "", self.raw)

    def wait_for(self, words: str) -> str:
        """Waits until words are shown, and returns the screen."""
        with self._changed:
            self._changed.wait_for(
                lambda: words in self.screen or not self._reader.is_alive(), READY_WITHIN_SECONDS
            )
        assert words in self.screen, self.screen
        return self.screen

    def running(self) -> list[int]:
        """Returns the demonstration's processes, by their ids."""
        return [pid for pid in mentioning(str(self.folder)) if pid != self.process.pid]

    def first_process(self) -> int:
        """Returns the id of the process that has started all the others."""
        pid = self.process.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text())

    def press_ctrl_c(self) -> None:
        """Interrupts what runs in the foreground."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"\x03")

    def close(self) -> None:
        """Ends the demonstration, if it still runs."""
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        while shown := self.process.stdout.read(65536):
            with self._changed:
                self._shown += shown
                self._changed.notify_all()


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A demonstration in a terminal."""
    terminal = Terminal(tmp_path_factory.mktemp("serving"))
    yield terminal
    terminal.close()


@pytest.fixture(scope="module")
def once(
    started: Terminal, tmp_path_factory: pytest.TempPathFactory
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """A second one beside it, with `--once`, and where it has left its database and logs."""
    folder = tmp_path_factory.mktemp("once") / "kept"
    finished = subprocess.run(
        [*COMMAND, "--once", "--folder", str(folder)],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    return finished, folder


@pytest.fixture(scope="module")
def serving(started: Terminal, once: tuple[subprocess.CompletedProcess[str], Path]) -> Terminal:
    """The first one, once it has told its story and goes on serving."""
    started.wait_for("Ctrl-C ends everything")
    return started
