"""Google's own Firestore emulator, started once per run of the tests.

Under pytest-xdist the workers share one: the first to need it starts it, the last to end stops it.
"""

import contextlib
import fcntl
import os
import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.programs import find_firestore_emulator

START_SECONDS = 60.0
STOP_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class SharedEmulator:
    """One emulator and the processes that use it, as files in a folder that they share."""

    folder: Path

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @property
    def _address(self) -> Path:
        return self.folder / "address"

    @property
    def _group(self) -> Path:
        return self.folder / "process-group"

    @property
    def _users(self) -> Path:
        return self.folder / "users"

    def join(self) -> str:
        """Returns host:port of the running emulator, started if this is its first user."""
        with self._locked():
            if not self._address.exists():
                self._address.write_text(self._start())
            self._users.mkdir(exist_ok=True)
            (self._users / str(os.getpid())).touch()
            return self._address.read_text()

    def leave(self) -> None:
        """Stops the emulator if no living process uses it any more."""
        with self._locked():
            (self._users / str(os.getpid())).unlink()
            if not any(_is_alive(int(user.name)) for user in self._users.iterdir()):
                stop(int(self._group.read_text()), self._address.read_text())
                self._address.unlink()

    def _start(self) -> str:
        """Starts the emulator in a process group of its own, which its pieces stay in."""
        gcloud = find_firestore_emulator()
        if gcloud is None:
            raise FileNotFoundError("the official Firestore emulator is not installed")
        host = f"127.0.0.1:{_free_port()}"
        group = os.posix_spawn(
            gcloud,
            [str(gcloud), "emulators", "firestore", "start", f"--host-port={host}"],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(self.folder / "log"), os.O_WRONLY | os.O_CREAT, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setpgroup=0,
        )
        self._group.write_text(str(group))
        _wait_until_ready(host, group)
        return host


def running(folder: Path) -> Iterator[str]:
    """Yields host:port of the emulator that this folder stands for."""
    folder.mkdir(exist_ok=True)
    emulator = SharedEmulator(folder=folder)
    host = emulator.join()
    try:
        yield host
    finally:
        emulator.leave()


def stop(group: int, host: str) -> None:
    """Ends the emulator's process group, politely first."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline and _answers(host):
            time.sleep(0.05)
        os.killpg(group, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):  # another worker has started it
        os.waitpid(group, 0)


def _wait_until_ready(host: str, group: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if _answers(host):
            return
        time.sleep(0.1)
    stop(group, host)
    raise TimeoutError("the official Firestore emulator did not start")


def _answers(host: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{host}/", timeout=1):
            return True
    except OSError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
