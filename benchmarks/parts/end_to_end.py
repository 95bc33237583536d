"""From the POST to the document: single texts at a fixed rate, everything on all cores.

repair-serve-api and repair-serve-callable are one process, queue-services another; the stand-ins
dispatch. A backlog that is as long at the end as at half time is flat, one that grows grows on.
"""

import itertools
import time
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack

from benchmarks import callers, deliveries, subjects
from benchmarks.callers import Answers, percentile
from benchmarks.chats import Chats, tracked
from benchmarks.databases import Databases, databases
from benchmarks.figures import Measured, Values
from benchmarks.parts.handler import TASK_HANDLER
from benchmarks.stand_ins import stand_ins
from benchmarks.subjects import Subject, free_port

RECEIVING = "repair-serve-api,repair-serve-callable"
APPLYING = "queue-services"
WARM_UP = 50
LONGER = 5  # than a round of the other parts
PATIENCE_SECONDS = 15.0  # after the last post

Pair = tuple[Subject, Subject]


def measure(options: Namespace) -> Iterator[Measured]:
    """Everybody takes turns, round by round."""
    with databases() as server:
        for _ in range(options.rounds):
            for rate in (40,) if options.short else options.rates:
                for pair in everybody(options):
                    values = _one(pair, server, rate=rate, seconds=options.seconds * LONGER)
                    yield Measured(load=f"{rate}/s", subject=pair[0].name, values=values)


def everybody(options: Namespace) -> list[Pair]:
    """Who is measured: who receives, and who applies."""
    earlier = zip(
        subjects.before(options.before, services=RECEIVING),
        subjects.before(options.before, services=APPLYING),
        strict=True,
    )
    ours = subjects.ours(services=RECEIVING), subjects.ours(services=APPLYING)
    return [*earlier, ours, (subjects.a_task_each(services=RECEIVING), ours[1])]


def _one(pair: Pair, server: Databases, *, rate: float, seconds: float) -> Values:
    receiving, applying = pair
    with ExitStack() as stack:
        google = stack.enter_context(stand_ins())
        chats = tracked(google.variables["FIRESTORE_EMULATOR_HOST"])
        url = stack.enter_context(server.fresh(receiving))
        port = free_port()
        address = f"http://127.0.0.1:{port}{TASK_HANDLER}"
        variables = {"TASK_HANDLER_URL": address, "TASK_HANDLER_AUDIENCE": address}
        variables |= {**google.variables, "DATABASE_URL": url}
        stack.enter_context(applying.serving(variables, port=port))
        _, port = stack.enter_context(receiving.serving(variables))
        callers.post(port, [*deliveries.posts(WARM_UP)], callers=8, seconds=PATIENCE_SECONDS)
        _wait(chats, texts=WARM_UP)
        named = [*itertools.islice(deliveries.message_ids(), int(rate * seconds))]
        posts = [deliveries.signed(deliveries.delivery([each])) for each in named]
        answers = callers.post(port, posts, callers=64, seconds=seconds, rate=rate)
        _wait(chats, texts=WARM_UP + len(posts))
        return _values([each for _, each in named], answers, chats.arrived(), rate=rate)


def _wait(chats: Chats, *, texts: int) -> None:
    """Waits until so many texts are in the chats, or patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while chats.unread() < texts and time.monotonic() < deadline:
        time.sleep(0.5)


def _values(
    named: Sequence[str], answers: Answers, arrived: Mapping[str, float], *, rate: float
) -> Values:
    due = {each: answers.begun_at + place / rate for place, each in enumerate(named)}
    came = {each: at for each, at in arrived.items() if each in due}
    if not (came and answers.latencies):
        raise RuntimeError("no text has become a document")
    given_up = time.time()
    ways = [came.get(each, given_up) - at for each, at in due.items()]

    def backlog(moment: float) -> float:
        posted = sum(at <= moment for at in due.values())
        return float(posted - sum(at <= moment for at in came.values()))

    half, end = (answers.begun_at + len(named) / rate * share for share in (0.5, 1.0))
    return {
        "answer p50, ms": answers.percentile(0.5) * 1e3,
        "answer p99, ms": answers.percentile(0.99) * 1e3,
        "document p50, ms": percentile(ways, 0.5) * 1e3,
        "document p99, ms": percentile(ways, 0.99) * 1e3,
        "open at half": backlog(half),
        "open at end": backlog(end),
        "missing": float(len(due) - len(came)),
    }
