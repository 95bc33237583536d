"""One soak: starts everything, posts, makes trouble, waits until all is settled, and judges."""

import itertools
import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from pathlib import Path
from random import Random

from django.db import connections
from google.api_core.exceptions import GoogleAPIError
from google.cloud.firestore import Client

from sandbox import stack
from sandbox.stack import Process, Spec, Stack
from tests.convergence.payloads import payload
from tests.convergence.stored import store_ids, store_world
from tests.convergence.streams import Batch
from tests.faults.system import PROJECT, SERVERS, System
from tests.soak.comparison import compare
from tests.soak.memory import Growth, Watch
from tests.soak.traffic import Conversation, conversation, deliveries
from tests.soak.trouble import Troublemaker

STEP_SECONDS = 0.1
LOOK_SECONDS = 0.5
META_PAUSE_SECONDS = 0.2
# More tasks due than that, and the traffic pauses: it is to be one that the machine holds.
MOST_DUE = 50
MIXED = (1, 1, 2, 3)  # conversations in one set of deliveries
KILLING = 0.35  # the share of the time in which processes are killed
WATCHING = 0.45  # the share after which memory is compared: caches have filled by then
# What a process may grow by from its first to its last quarter of that time.
GROWTH_MIB = 6.0
GROWTH_SHARE = 0.04


@dataclass(kw_only=True)
class Soak:
    """What to do, and what came of it."""

    folder: Path
    database_url: str
    seconds: float
    posters: int
    seed: int
    serials: Iterator[int] = field(default_factory=itertools.count)
    conversations: list[Conversation] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)  # of the webhook; 0: none
    latencies: list[float] = field(default_factory=list)  # seconds, of those answered with 200
    struck: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    growths: list[Growth] = field(default_factory=list)
    settled_after: float = 0.0  # seconds
    dispatches: int = 0

    def run(self) -> list[str]:
        """Returns what is wrong in the end."""
        # The stand-ins' connections come and go with the processes that are killed.
        logging.getLogger("urllib3").setLevel(logging.ERROR)
        spec = Spec(
            folder=self.folder,
            servers=SERVERS,
            database_url=self.database_url,
            chores={"requeue_stuck": 1.0, "catch_up": 5.0},
        )
        with ExitStack() as ending:
            running = ending.enter_context(stack.start(spec))
            os.environ["FIRESTORE_EMULATOR_HOST"] = running.emulators.firestore_host
            system = System(
                stack=running,
                main=Client(project=PROJECT),
                ancillary=Client(project=PROJECT, database="ancillary"),
                kill_file=self.folder / "kill",
            )
            ending.callback(connections.close_all)
            self._rage(system)
            begun = time.monotonic()
            system.settle()
            self.settled_after = time.monotonic() - begun
            self.dispatches = running.emulators.counters.read()["tasks"]["Dispatch"]
            failures = compare(system, self.conversations, self.batches)
        return failures + [_complaint(growth) for growth in self.growths if _is_leaking(growth)]

    def _rage(self, system: System) -> None:
        """Lets traffic and troubles come until the time is over."""
        go, over, watch = threading.Event(), threading.Event(), Watch()
        troublemaker = Troublemaker(stack=system.stack, random=self._chance(-1))
        begun = time.monotonic()
        with ThreadPoolExecutor(self.posters) as pool:
            posting = [
                pool.submit(self._post, system, self._chance(poster), go, over)
                for poster in range(self.posters)
            ]
            next_look = 0.0
            while (passed := time.monotonic() - begun) < self.seconds:
                troublemaker.step(kills=passed < KILLING * self.seconds)
                if time.monotonic() >= next_look:
                    next_look = time.monotonic() + LOOK_SECONDS
                    watch.look(_watched(system.stack))
                    _hold_back(go, system.stack)
                time.sleep(STEP_SECONDS)
            over.set()
            go.set()
            troublemaker.end()
            for each in posting:
                each.result()
        self.growths = watch.growth(since=begun + WATCHING * self.seconds)
        self.struck, self.kills = troublemaker.struck, troublemaker.kills

    def _chance(self, poster: int) -> Random:
        return Random(f"{self.seed}.{poster}")  # noqa: S311 - repeatable, not secret

    def _post(
        self, system: System, random: Random, go: threading.Event, over: threading.Event
    ) -> None:
        """What Meta does for some drivers, again and again."""
        while not over.is_set():
            told = [self._begin(system, random) for _ in range(random.choice(MIXED))]
            for batch in deliveries(told, random):
                go.wait()
                self._deliver(system, batch)
            late = [outbound for each in told for outbound in each.late]
            _insist(partial(store_ids, late, main=system.main))

    def _begin(self, system: System, random: Random) -> Conversation:
        made = conversation(next(self.serials), random)
        self.conversations.append(made)
        clients = {"main": system.main, "ancillary": system.ancillary}
        _insist(partial(store_world, made.world, late=made.late, **clients))
        return made

    def _deliver(self, system: System, batch: Batch) -> None:
        self.batches.append(batch)
        status = 0
        while status != HTTPStatus.OK:
            begun = time.monotonic()
            status = system.post(payload(batch))
            self.answers[status] += 1
            if status == HTTPStatus.OK:
                self.latencies.append(time.monotonic() - begun)
            else:
                time.sleep(META_PAUSE_SECONDS)


def _insist(call: Callable[[], None]) -> None:
    """Does what the drawer and the sender do, who meet the same faults as we, until it is done."""
    while True:
        try:
            call()
        except GoogleAPIError:
            continue
        return


def _watched(running: Stack) -> list[Process]:
    return [*running.servers.values(), *(running.others[chore] for chore in running.spec.chores)]


def _hold_back(go: threading.Event, running: Stack) -> None:
    dispatcher = running.emulators.dispatcher
    assert dispatcher is not None
    now = time.time()
    with dispatcher.queues() as queues:
        due = sum(task.due <= now for queue in queues.values() for task in queue.tasks.values())
    if due > MOST_DUE:
        go.clear()
    else:
        go.set()


def _is_leaking(growth: Growth) -> bool:
    return growth.mib > GROWTH_MIB + GROWTH_SHARE * growth.quarters[0]


def _complaint(growth: Growth) -> str:
    return f"{growth.name} grew by {growth.mib:.1f} MiB in {growth.seconds:.0f} s"
