"""Measures deliveries of one text that come alone, over sockets, beside what others do with them.

    python -m benchmarks.arrivals [--rounds 5] [--seconds 5] [--callers 32] [--rate 0]
        [--slow-queue 0.015] [--before FOLDER] [--save FILE]

Needs PostgreSQL's programs, Linux, two cores and, in `.venv-bench`, requirements/bench.txt (`make
bench` sees to it). PostgreSQL keeps what it confirms (fsync, synchronous_commit). The server has
one core for itself; PostgreSQL, the stand-in for Cloud Tasks and the callers share the other.
Subjects take turns; the table has medians of the rounds, and the least and the most of what is
compared. The machine is noisy: read the ratios.
"""

import argparse
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from benchmarks.arrivals import callers, processes
from benchmarks.arrivals.subjects import ROOT, SECRET, Subject, subjects, tutorial_variables
from tests.postgresql import cluster
from tests.programs import find_postgresql

WARM_UP_SECONDS = 1.5
POSTS_A_SECOND = 4000  # more than anybody here takes
READY_SECONDS = 30
QUEUE = "projects/local/locations/local/queues/whatsapp-messages-queue"
KEEPING = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
SERVER, OTHERS = 0, 1  # cores


@dataclass(frozen=True, kw_only=True)
class Round:
    """What one subject did in one round; CPU in microseconds for each delivery."""

    rate: float  # answers of 200 a second
    cpu: float  # of the server
    postgresql: float
    queue: float  # of the stand-in for Cloud Tasks
    p50: float  # milliseconds
    p99: float
    refused: int


def main() -> int:
    """Measures, prints the table and saves it."""
    options = _options()
    programs = find_postgresql()
    if programs is None:
        sys.stderr.write("PostgreSQL's server programs were not found.\n")
        return 1
    os.sched_setaffinity(0, {OTHERS})
    everybody = subjects(before=options.before)
    figures: dict[str, list[Round]] = {subject.name: [] for subject in everybody}
    for _ in range(options.rounds):
        for subject in everybody:
            with (
                cluster(programs, log=None, **KEEPING) as url,
                _queue(options.slow_queue) as variables,
            ):
                figures[subject.name].append(_measured(subject, url, variables, options))
    sys.stdout.write(_table(figures))
    if options.save:
        saved = {"machine": _machine(), "options": _told(options), "rounds": _plain(figures)}
        options.save.write_text(json.dumps(saved, indent=1) + "\n")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--callers", type=int, default=32)
    parser.add_argument("--rate", type=float, default=0.0, help="posts a second; 0: all they can")
    parser.add_argument("--slow-queue", type=float, default=0.0, help="seconds of a CreateTask")
    parser.add_argument("--before", type=Path, help="another checkout, with its .venv")
    parser.add_argument("--save", type=Path)
    return parser.parse_args()


def _measured(
    subject: Subject, url: str, variables: Mapping[str, str], options: argparse.Namespace
) -> Round:
    postmaster = _postmaster(url)
    environment = {
        **variables,
        **tutorial_variables(url, QUEUE),
        "DATABASE_URL": url,
        "WHATSAPP_APP_SECRET": SECRET,
    }
    _migrate(subject, environment)
    with _serving(subject, environment) as (server, port):
        posts = iter(callers.requests(int(POSTS_A_SECOND * WARM_UP_SECONDS), secret=SECRET))
        callers.post(port, posts, callers=options.callers, seconds=WARM_UP_SECONDS)
        posts = iter(callers.requests(int(POSTS_A_SECOND * options.seconds), secret=SECRET))
        watched = (server, postmaster, int(variables["QUEUE_PROCESS"]))
        before = [processes.cpu_seconds(each) for each in watched]
        answers = callers.post(
            port, posts, callers=options.callers, seconds=options.seconds, rate=options.rate
        )
        after = [processes.cpu_seconds(each) for each in watched]
    done = len(answers.latencies)
    cpu, postgresql, queue = (
        (end - start) / done * 1e6 for start, end in zip(before, after, strict=True)
    )
    return Round(
        rate=answers.rate,
        cpu=cpu,
        postgresql=postgresql,
        queue=queue,
        p50=answers.percentile(0.5) * 1e3,
        p99=answers.percentile(0.99) * 1e3,
        refused=answers.refused,
    )


def _migrate(subject: Subject, environment: Mapping[str, str]) -> None:
    if "DJANGO_SETTINGS_MODULE" not in subject.variables:
        return
    python = str(subject.root / ".venv" / "bin" / "python")
    subprocess.run(
        [python, "manage.py", "migrate", "--verbosity", "0"],
        cwd=subject.root,
        env={**os.environ, **environment, **subject.variables},
        check=True,
    )


@contextmanager
def _serving(subject: Subject, environment: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Yields the server's process, on a core of its own, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    server = subject.start(port, variables=environment)
    try:
        os.sched_setaffinity(server.pid, {SERVER})
        _wait_until_it_answers(server, port)
        processes.pin(server.pid, SERVER)
        yield server.pid, port
    finally:
        server.terminate()
        server.wait()


def _wait_until_it_answers(server: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1.0).close()
        except OSError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("a server did not start") from error
            time.sleep(0.05)
        else:
            return


@contextmanager
def _queue(slow_seconds: float) -> Iterator[dict[str, str]]:
    """Runs the stand-ins; the queue keeps its tasks. Yields the variables that lead there."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready"
        command = [sys.executable, "manage.py", "emulators", "--ready-file", str(ready)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            while not ready.exists():
                time.sleep(0.05)
            variables: dict[str, str] = json.loads(ready.read_text())
            _pause(variables["TASKS_EMULATOR_HOST"])
            if slow_seconds:
                _slow_down(variables["GCE_METADATA_HOST"], slow_seconds)
            yield {**variables, "QUEUE_PROCESS": str(process.pid)}
        finally:
            process.terminate()
            process.wait()


def _pause(host: str) -> None:
    import grpc  # noqa: PLC0415 - only once the cores are chosen: its threads keep theirs
    from google.cloud.tasks_v2 import CloudTasksClient  # noqa: PLC0415
    from google.cloud.tasks_v2.services.cloud_tasks.transports import (  # noqa: PLC0415
        CloudTasksGrpcTransport,
    )

    with grpc.insecure_channel(host) as channel:
        client = CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
        client.pause_queue(name=QUEUE)


def _slow_down(host: str, seconds: float) -> None:
    fault = {"service": "tasks", "method": "CreateTask", "fault": "slow", "probability": 1.0}
    body = json.dumps({**fault, "seconds": seconds}).encode()
    urllib.request.urlopen(urllib.request.Request(f"http://{host}/faults", data=body)).close()


def _postmaster(url: str) -> int:
    [folder] = parse_qs(urlsplit(url).query)["host"]
    process = int((Path(folder) / "data" / "postmaster.pid").read_text().split()[0])
    processes.pin(process, OTHERS)
    return process


def _table(figures: Mapping[str, Sequence[Round]]) -> str:
    head = ("", "answers/s", "CPU, us", "PostgreSQL, us", "queue, us", "p50, ms", "p99, ms")
    lines = [f"{head[0]:<22}" + "".join(f"{each:>16}" for each in head[1:])]
    for name, rounds in figures.items():
        values = [
            statistics.median(getattr(each, column) for each in rounds)
            for column in ("rate", "cpu", "postgresql", "queue", "p50", "p99")
        ]
        lines.append(f"{name:<22}" + "".join(f"{value:>16.1f}" for value in values))
    lines += ["", f"{'ours / …':<22}{'answers/s':>24}{'CPU':>24}{'PostgreSQL':>24}"]
    for name, rounds in figures.items():
        if not name.startswith("ours"):
            for own in (own for own in figures if own.startswith("ours")):
                lines.append(f"{own} / {name}: " + _ratios(figures[own], rounds))
    refused = {name: sum(each.refused for each in rounds) for name, rounds in figures.items()}
    return "\n".join(lines) + f"\nrefused: {refused}\n"


def _ratios(ours: Sequence[Round], others: Sequence[Round]) -> str:
    """Medians of the rounds' ratios, with the least and the most."""
    told = []
    for column in ("rate", "cpu", "postgresql"):
        ratios = [
            getattr(own, column) / getattr(other, column)
            for own, other in zip(ours, others, strict=True)
            if getattr(other, column)
        ]
        if ratios:
            spread = f"({min(ratios):.2f}-{max(ratios):.2f})"
            told.append(f"{column} {statistics.median(ratios):.2f} {spread}")
    return ", ".join(told)


def _machine() -> dict[str, str]:
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607 - whichever git there is
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "commit": commit.stdout.strip(),
        "python": platform.python_version(),
        "system": platform.platform(),
    }


def _told(options: argparse.Namespace) -> dict[str, object]:
    return {name: value for name, value in vars(options).items() if not isinstance(value, Path)}


def _plain(figures: Mapping[str, Sequence[Round]]) -> dict[str, list[dict[str, object]]]:
    return {name: [asdict(each) for each in rounds] for name, rounds in figures.items()}


if __name__ == "__main__":
    sys.exit(main())
