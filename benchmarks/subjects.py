"""Who is measured: each a server of its own process that takes the same posts."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks import processes
from sandbox.stack.environment import inherited

ROOT = Path(__file__).resolve().parents[1]
SECRET = "insecure-benchmark-app-secret"  # noqa: S105 - protects nothing
OTHERS = ROOT / ".venv-bench" / "bin"  # requirements/bench.txt
READY_SECONDS = 30
THREADS = 32


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A server, and how it is started on a port."""

    name: str
    command: tuple[str, ...]  # with {port}
    is_ours: bool = False  # this project, as it is or as it was: it has a ledger
    database: str = "postgresql"  # or sqlite, or none
    variables: Mapping[str, str] = field(default_factory=dict)
    root: Path = ROOT

    @contextmanager
    def serving(
        self, variables: Mapping[str, str], *, core: int | None = None, port: int = 0
    ) -> Iterator[tuple[int, int]]:
        """Runs it, on this core alone if one is named; yields its process and its port.

        Raises RuntimeError if it does not start.
        """
        port = port or free_port()
        server = subprocess.Popen(
            [part.format(port=port) for part in self.command],
            cwd=self.root,
            env={**inherited(), **variables, "PORT": str(port), **self.variables},
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_until_it_answers(server, port)
            if core is not None:
                processes.pin(server.pid, core)
            yield server.pid, port
        finally:
            server.terminate()
            server.wait()


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _wait_until_it_answers(server: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1.0).close()
        except OSError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("a server did not start") from error
            time.sleep(0.02)
        else:
            return


def ours(*, services: str, **variables: str) -> Subject:
    """This project as it is deployed, with the stand-ins in Google's place."""
    return _project(ROOT, "ours", services, variables)


def a_task_each(*, services: str, **variables: str) -> Subject:
    """The same with a task for each delivery, also where several come at the same time."""
    return _project(ROOT, "ours, a task each", services, {"TASKS_TOGETHER": "false", **variables})


def before(checkout: Path | None, *, services: str, **variables: str) -> list[Subject]:
    """Another checkout of this project, with an environment in `.venv`; none without one."""
    return [_project(checkout, "before", services, variables)] if checkout else []


def on_sqlite(subject: Subject) -> Subject:
    """The same with its ledger in a file."""
    return replace(subject, name=f"{subject.name}, SQLite", database="sqlite")


def on_granian(name: str, module: str, *, database: str = "postgresql") -> Subject:
    """Somebody else's application, served as ours is."""
    command = (
        f"{sys.executable} -m granian --interface wsgi --no-ws --host 127.0.0.1 --port {{port}}"
    )
    threads = f"--blocking-threads {THREADS} --no-access-log benchmarks.others.{module}:application"
    return Subject(name=name, command=(*command.split(), *threads.split()), database=database)


def _project(root: Path, name: str, services: str, variables: Mapping[str, str]) -> Subject:
    fixed = {
        "DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.local",
        "SERVICES": services,
        "LOG_LEVEL": "ERROR",
        "HOST": "127.0.0.1",
        "THREADS": str(THREADS),
        "VIRTUAL_ENV": str(root / ".venv"),
        "WHATSAPP_APP_SECRET": SECRET,
    }
    return Subject(
        name=name,
        command=("deploy/serve",),
        is_ours=True,
        variables={**fixed, **variables},
        root=root,
    )
