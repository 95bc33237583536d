"""Our application on the server that it is deployed with, and on others, with difficult callers.

32 callers post as ever, alone at first; then beside 200 idle connections, four unfinished headers
and four unfinished bodies, of which a byte comes now and then. Somebody asks for a probe meanwhile.
"""

import threading
import urllib.request
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter

from benchmarks import processes, subjects
from benchmarks.callers import percentile
from benchmarks.databases import databases_beside
from benchmarks.figures import Measured, Values
from benchmarks.parts.ingress import LOADS, REST, SERVICES, Ground, taking
from benchmarks.subjects import OTHERS, Subject
from tests.visn_whatsapp.callers import Callers, callers

DIFFICULT = {"idle": 200, "unfinished headers": 4, "unfinished body": 4}
ALONE, BESIDE = "32 busy", "32 busy, 200 idle, 8 slow"
DRIP_SECONDS, PROBE_SECONDS = 0.5, 0.05
GUNICORN = "--worker-class gthread --threads 64 --keep-alive 30 --log-level error"
UVICORN = "--timeout-keep-alive 30 --no-access-log --log-level error"


def measure(options: Namespace) -> Iterator[Measured]:
    """The servers take turns, round by round."""
    with databases_beside(REST) as server:
        for _ in range(options.rounds):
            for subject in everybody():
                with taking(subject, server, seconds=options.seconds) as ground:
                    values = _measured(ground, ALONE, seconds=options.seconds)
                    yield Measured(load=ALONE, subject=subject.name, values=values)
                    with _difficult(ground.port):
                        values = _measured(ground, BESIDE, seconds=options.seconds)
                    yield Measured(load=BESIDE, subject=subject.name, values=values)


def everybody() -> list[Subject]:
    """The servers; those of others where their environment has been made."""
    ours = subjects.ours(services=SERVICES)
    commands = {
        "gunicorn, threads": f"gunicorn {GUNICORN} -b 127.0.0.1:{{port}} visn_whatsapp.wsgi",
        "uvicorn, a2wsgi": f"uvicorn {UVICORN} --port {{port}} benchmarks.others.on_uvicorn:app",
    }
    others = [
        replace(ours, name=name, command=tuple(f"{OTHERS}/{command}".split()))
        for name, command in commands.items()
    ]
    return [ours, *(others if OTHERS.exists() else [])]


def _measured(ground: Ground, load: str, *, seconds: float) -> Values:
    with _probing(ground.port) as probes:
        values = ground.measure(replace(LOADS[0], name=load), seconds=seconds)
    return {
        **values,
        "probe p50, ms": percentile(probes, 0.5) * 1e3,
        "probe p99, ms": percentile(probes, 0.99) * 1e3,
        "memory, MB": processes.megabytes(ground.watched["server"]),
    }


@contextmanager
def _difficult(port: int) -> Iterator[None]:
    with callers(f"http://127.0.0.1:{port}") as group:
        for kind, times in DIFFICULT.items():
            group.call(kind, times=times)
        slow = Callers(host=group.host, port=port, held=group.held[DIFFICULT["idle"] :])
        with _again(slow.drip, every=DRIP_SECONDS):
            yield


@contextmanager
def _probing(port: int) -> Iterator[list[float]]:
    """Asks for the probe again and again; yields the seconds that each took."""
    taken: list[float] = []

    def probe() -> None:
        begun = perf_counter()
        urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=30).close()
        taken.append(perf_counter() - begun)

    with _again(probe, every=PROBE_SECONDS):
        yield taken


@contextmanager
def _again(work: Callable[[], None], *, every: float) -> Iterator[None]:
    """Does something in a thread of its own, every so many seconds, until the end."""
    ended = threading.Event()

    def go_on() -> None:
        work()
        while not ended.wait(every):
            work()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
