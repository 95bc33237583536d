"""Tasks over sockets: what it costs to apply an event, beside Google's client doing the same.

Deliveries are taken in first, while the queue keeps its tasks. Then as many callers as the queue
would have post their tasks. What counts is texts that have been counted in their chats.
"""

import json
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks import callers, deliveries, processes, subjects
from benchmarks.chats import Chats, tracked
from benchmarks.costs import spending
from benchmarks.databases import Databases, databases_beside, rows
from benchmarks.figures import Measured, Values
from benchmarks.parts.ingress import REST, SERVER
from benchmarks.stand_ins import ACCOUNT, StandIns, stand_ins
from benchmarks.subjects import Subject, free_port

SERVICES = "repair-serve-api,repair-serve-callable,queue-services"
TASK_HANDLER = "/webhook-listeners/whatsapp"
WAIT_SECONDS = 120.0  # at most, for what is a fixed number of tasks
WARM_UP = 64  # tasks


@dataclass(frozen=True, kw_only=True)
class Load:
    """Tasks of one size, and how many of them."""

    name: str
    items: int
    tasks: float  # for each second of the options
    at_once: int


LOADS = (
    Load(name="1 text a task, 32 at once", items=1, tasks=250, at_once=32),
    Load(name="100 texts a task", items=100, tasks=8, at_once=4),
    Load(name="1000 texts, 500 drivers", items=1000, tasks=1, at_once=1),
)


def measure(options: Namespace) -> Iterator[Measured]:
    """Everybody takes turns, round by round."""
    with databases_beside(REST) as server:
        for _ in range(options.rounds):
            for subject in everybody(options):
                yield from applied(subject, server, options)


def everybody(options: Namespace) -> list[Subject]:
    """Who is measured."""
    return [
        *subjects.before(options.before, services=SERVICES),
        subjects.ours(services=SERVICES),
        subjects.on_granian("Google's client", "googles_client"),
    ]


def applied(
    subject: Subject,
    server: Databases,
    options: Namespace,
    *,
    events: int = 0,
    backlog: int = 0,
) -> Iterator[Measured]:
    """What one subject does, in a ledger that holds so many events and so many open ones."""
    with ExitStack() as stack:
        google = stack.enter_context(stand_ins())
        google.pause()
        chats = tracked(google.variables["FIRESTORE_EMULATOR_HOST"])
        url = stack.enter_context(server.fresh(subject, events=events))
        port = free_port()
        address = f"http://127.0.0.1:{port}{TASK_HANDLER}"
        variables = {**google.variables, "DATABASE_URL": url, "TASKS_SERVICE_ACCOUNT": ACCOUNT}
        variables |= {"TASK_HANDLER_URL": address, "TASK_HANDLER_AUDIENCE": address}
        process, _ = stack.enter_context(subject.serving(variables, core=SERVER, port=port))
        processes.pin(server.process, REST)
        watched = {"server": process, "PostgreSQL": server.process, "Google": google.process}
        ground = _Ground(
            subject=subject, url=url, port=port, google=google, chats=chats, watched=watched
        )
        ground.take_in(items=100, tasks=backlog // 100)
        ground.hand_over(ground.take_in(items=1, tasks=WARM_UP), at_once=32)
        for load in LOADS[: 2 if options.short else options.loads]:
            tasks = ground.take_in(
                items=load.items, tasks=max(int(load.tasks * options.seconds), 1)
            )
            values = ground.hand_over(tasks, at_once=load.at_once)
            yield Measured(load=load.name, subject=subject.name, values=values)


@dataclass(frozen=True, kw_only=True)
class _Ground:
    """A subject that serves, and who drives write to."""

    subject: Subject
    url: str
    port: int
    google: StandIns
    chats: Chats
    watched: Mapping[str, int]

    def take_in(self, *, items: int, tasks: int) -> Sequence[bytes]:
        """Posts so many deliveries, and returns their tasks, as the queue would post them."""
        known = self._deliveries()
        posts = deliveries.posts(tasks, items=items)
        callers.post(self.port, [*posts], callers=8, seconds=WAIT_SECONDS)
        token = self.google.token(f"http://127.0.0.1:{self.port}{TASK_HANDLER}")
        return [
            callers.request(
                TASK_HANDLER,
                json.dumps({"v": 1, "delivery": each}).encode(),
                Authorization=f"Bearer {token}",
            )
            for each in self._deliveries() - known
        ]

    def hand_over(self, tasks: Sequence[bytes], *, at_once: int) -> Values:
        """Posts the tasks, and returns what each text took. Raises RuntimeError if none did."""
        texts = self.chats.unread()
        with spending(self.watched) as spent:
            answers = callers.post(self.port, tasks, callers=at_once, seconds=WAIT_SECONDS)
        texts = self.chats.unread() - texts
        if not (texts and answers.latencies):
            raise RuntimeError(f"{self.subject.name} has applied nothing")
        return spent.of_each(texts, answers)

    def _deliveries(self) -> set[str]:
        ours, others = "SELECT id FROM webhooks_delivery", "SELECT id FROM delivery"
        found = rows(self.url, ours if self.subject.is_ours else others)
        return {str(key) for (key,) in found}
