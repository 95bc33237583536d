"""Webhooks over sockets: what a delivery costs, and what others do with it.

The server has one core for itself. PostgreSQL, the stand-in for Cloud Tasks and the callers share
the other, each with its own figure. What counts is events handled, not answers.
"""

import json
import sqlite3
import tempfile
import urllib.request
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qs, urlsplit

from benchmarks import callers, deliveries, processes, subjects
from benchmarks.costs import spending
from benchmarks.databases import Databases, databases_beside, manage, rows
from benchmarks.figures import Measured, Values
from benchmarks.stand_ins import QUEUE, StandIns, stand_ins
from benchmarks.subjects import OTHERS, SECRET, Subject
from sandbox import samples

SERVICES = "repair-serve-api,repair-serve-callable"
SERVER, REST = 0, 1  # cores
EVENTS = "SELECT count(*) FROM webhooks_event"


@dataclass(frozen=True, kw_only=True)
class Load:
    """What is posted, by how many at once."""

    name: str
    items: int
    posts: int  # a second, at most
    callers: int = 32
    characters: int = 30
    rate: float = 0.0  # posts a second; 0: each as soon as the one before is answered
    slow_queue: float = 0.0  # seconds of a CreateTask


LOADS = (
    Load(name="1 text", items=1, posts=4000),
    Load(name="1 text, 320/s, queue of 15 ms", items=1, posts=400, rate=320, slow_queue=0.015),
    Load(name="1 text, 5/s", items=1, posts=5, rate=5, callers=4),
    Load(name="100 texts", items=100, posts=200, callers=8),
    Load(name="1000 texts", items=1000, posts=50, callers=4),
    Load(name="1000 texts, 3 MB", items=1000, posts=12, callers=2, characters=2850),
)


def measure(options: Namespace) -> Iterator[Measured]:
    """Everybody takes turns, round by round."""
    with databases_beside(REST) as server:
        for _ in range(options.rounds):
            for subject in everybody(options):
                yield from received(subject, server, options)


def everybody(options: Namespace) -> list[Subject]:
    """Who is measured."""
    ours = subjects.ours(services=SERVICES)
    pywa = Subject(
        name="pywa, FastAPI",
        command=(
            *(str(OTHERS / "uvicorn"), "--port", "{port}", "--log-level", "warning"),
            "benchmarks.others.keeps_nothing:app",
        ),
        database="none",
        variables={"PHONE_NUMBER_ID": samples.PHONE_NUMBER_ID},
    )
    return [
        *subjects.before(options.before, services=SERVICES),
        ours,
        subjects.a_task_each(services=SERVICES),
        subjects.on_sqlite(ours),
        subjects.on_granian("tutorial view", "tutorial"),
        *([pywa] if OTHERS.exists() else []),
        subjects.on_granian("bare check and parse", "bare", database="none"),
    ]


def loads(options: Namespace) -> Sequence[Load]:
    """What is posted: of the short form the first, and a batch."""
    return (LOADS[0], LOADS[3]) if options.short else LOADS[: options.loads]


@cache
def _posts(load: Load, number: int) -> Sequence[bytes]:
    """The same for everybody: each has a database of its own."""
    return [*deliveries.posts(number, items=load.items, characters=load.characters)]


def received(
    subject: Subject, server: Databases, options: Namespace, *, events: int = 0
) -> Iterator[Measured]:
    """What one subject does, in a ledger that holds so many events."""
    with taking(subject, server, seconds=options.seconds, events=events) as ground:
        for load in loads(options):
            values = ground.measure(load, seconds=options.seconds)
            yield Measured(load=load.name, subject=subject.name, values=values)


@contextmanager
def taking(
    subject: Subject, server: Databases, *, seconds: float, events: int = 0, pooler: str = ""
) -> Iterator["Ground"]:
    """Serves a subject that takes webhooks, until the end, and warms it up.

    It reaches its database through the pooler, where the URL of one is given.
    """
    with ExitStack() as stack:
        google = stack.enter_context(stand_ins())
        google.pause()
        url = stack.enter_context(_ledger(subject, server, events=events))
        reached = pooler.replace("/postgres?", f"/{urlsplit(url).path.strip('/')}?") or url
        variables = {**google.variables, **_tutorial(url), "DATABASE_URL": reached}
        variables["WHATSAPP_APP_SECRET"] = SECRET
        process, port = stack.enter_context(subject.serving(variables, core=SERVER))
        processes.pin(server.process, REST)
        watched = {"server": process, "PostgreSQL": server.process, "queue": google.process}
        warm_up = list(deliveries.posts(int(400 * seconds)))
        callers.post(port, warm_up, callers=32, seconds=seconds / 2)
        yield Ground(subject=subject, url=url, port=port, google=google, watched=watched)


@contextmanager
def _ledger(subject: Subject, server: Databases, *, events: int) -> Iterator[str]:
    if subject.database == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{folder}/ledger.sqlite3"
            variables = {**subject.variables, "DATABASE_URL": url}
            manage(subject.root, "migrate", "--verbosity", "0", variables=variables)
            yield url
    else:
        with server.fresh(subject, events=events) as url:
            yield url


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A subject that serves."""

    subject: Subject
    url: str
    port: int
    google: StandIns
    watched: Mapping[str, int]  # processes, by what they are

    def measure(self, load: Load, *, seconds: float) -> Values:
        """Posts, and returns what each event took; of who refuses all of it, how often.

        Raises RuntimeError if an answer was 200 and nothing was handled, or if ours refuses.
        """
        posts = _posts(load, max(int(load.posts * seconds), 2))
        with self.google.slow(load.slow_queue):
            handled = self._handled()
            with spending(self.watched) as spent:
                answers = callers.post(
                    self.port, posts, callers=load.callers, seconds=seconds, rate=load.rate
                )
        events = self._events(load, handled)
        if not events and not answers.latencies and not self.subject.is_ours:
            return {"refused": float(answers.refused)}
        if not events:
            raise RuntimeError(f"{self.subject.name} has handled nothing")
        return spent.of_each(events, answers)

    def _events(self, load: Load, before: int) -> int:
        """Events handled; of the tutorial's view those that lie in its rows, which nobody reads."""
        events = self._handled() - before
        return events * load.items if self.subject.name == "tutorial view" else events

    def _handled(self) -> int:
        if not self.subject.is_ours:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/handled") as answer:
                return int(answer.read())
        if self.subject.database == "sqlite":
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as ledger:
                return int(ledger.execute(EVENTS).fetchone()[0])
        [(found,)] = rows(self.url, EVENTS)
        return int(found)


def _tutorial(url: str) -> Mapping[str, str]:
    """What the tutorial's view reads."""
    parts = urlsplit(url)
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": parts.username,
        "HOST": parse_qs(parts.query).get("host", [""])[0],
        "CONN_MAX_AGE": None,
    }
    return {"TUTORIAL_DATABASE": json.dumps(database), "TUTORIAL_QUEUE": QUEUE}
