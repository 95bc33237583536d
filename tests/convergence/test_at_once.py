"""Tasks that come at once and tasks of several deliveries give what each by itself would give."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listeners.groups import handle_each
from listeners.runs import Attempt
from listeners.services import Handled
from tests.convergence.accounts import check_every_item, check_fates
from tests.convergence.course import MOST_ROUNDS, Course, course
from tests.convergence.model import documents
from tests.convergence.streams import CHANCES, Stream, of_several_names, streams
from tests.convergence.test_flow import again, any_text_quotes_another, check_records
from tests.convergence.troubles import Held, Killed, ShakyStore
from tests.convergence.world import Text
from tests.examples import examples
from tests.threads import at_once
from webhooks.alias import Alias
from webhooks.models import Event
from webhooks.outcomes import OPEN, State
from webhooks.sweeper import sweep

MOST_STEPS = 3
LONG_AGO = timedelta(hours=2)
LOAD_SECONDS = 0.02  # while a load takes so long, other tasks reach the process


@dataclass(kw_only=True)
class Shared(Course):
    """A course by the ledger's own clock, in which tasks of the queue are handled as a group."""

    def run_any(self) -> None:
        """Lets the queue send some of the tasks that are due as one, perhaps not all different."""
        due = self._due()
        if due:
            self._run_group(self.random.choices(due, k=self.random.randint(1, 2 * len(due))))

    def run_at_once(self) -> None:
        """Lets the queue send all that is due at the same moment, some of it in groups."""
        due = self._due()
        self.random.shuffle(due)
        groups = list[Sequence[Held]]()
        while due:
            size = self.random.choice((1, 1, 1, 2, len(due)))
            groups.append(due[:size])
            due = due[size:]
        at_once([partial(self._run_group, group) for group in groups])

    def _due(self) -> list[Held]:
        return [held for held in self.queue.held if held.at is None]

    def _run_group(self, group: Sequence[Held]) -> None:
        with suppress(Killed):
            result = handle_each(
                [held.task for held in group],
                attempt=Attempt(),
                store=self.store,
                queue=self.queue,
            )
            delivered_again = self.random.random() < 2 * self.troubles.rate
            if result is Handled.DONE and not delivered_again:
                for held in group:
                    with suppress(ValueError):  # its like was in the group as well
                        self.queue.held.remove(held)

    def end_waits(self) -> None:
        """Brings forward whatever waits for its time, in the ledger and in the queue."""
        waiting = Event.objects.filter(state=State.WAITING)
        waiting.update(check_at=datetime.now(UTC) - LONG_AGO)
        self.queue.held[:] = [replace(held, at=None) for held in self.queue.held]

    def finish(self, run: Callable[[], None] | None = None) -> None:
        """Ends all troubles and goes on until nothing is open."""
        self.troubles.rate = self.losses.rate = 0.0
        self.store_ids()
        for _ in range(MOST_ROUNDS):
            self.now = datetime.now(UTC)
            if self._due():
                (run or self.run_any)()
            elif self.queue.held:
                self.end_waits()
            elif self._is_over():
                return
            else:
                Event.objects.filter(state__in=OPEN).update(check_at=self.now - LONG_AGO)
                self.sweep()
        raise AssertionError("events stay open")

    def _is_over(self) -> bool:
        new = Alias.objects.filter(looked_back_at=None)
        return not Event.objects.filter(state__in=OPEN).exists() and not new.exists()

    def step(self, *, hurried: bool) -> None:
        """Lets one thing happen. In a hurry nothing comes to the end of its wait."""
        self.now = datetime.now(UTC)
        match self.random.randrange(6):
            case 0:
                self.store_ids()
            case 1 if not hurried:
                self.end_waits()
            case 2 if not hurried:
                sweep_killed(self)
            case _:
                self.run_any()


def sweep_killed(running: Course) -> None:
    """Runs the sweeper, in which the process may end."""
    with suppress(Killed):
        sweep(queue=running.queue, clock=lambda: running.now, limit=1000)


class SlowStore(ShakyStore):
    """Takes its time to load, so that others come meanwhile."""

    def load(self, **wanted: Any) -> Any:
        """Loads, late."""
        time.sleep(LOAD_SECONDS)
        return super().load(**wanted)


@contextmanager
def shared(
    stream: Stream, random: Random, *, rate: float, store: type[ShakyStore] = ShakyStore
) -> Iterator[Shared]:
    """A course in which what the texts quote is stored in time."""
    hurried = any_text_quotes_another(stream)
    quoted = {item.reply_to for item in stream.items if isinstance(item, Text)}
    losses = not hurried
    with course(
        stream.world, random, rate=rate, losses=losses, prompt=quoted, store=store
    ) as plain:
        values = {each.name: getattr(plain, each.name) for each in fields(plain)}
        yield Shared(**values | {"now": datetime.now(UTC)})


@examples(60)
@given(stream=streams(aliases=True), random=CHANCES, rate=st.sampled_from([0.0, 0.1, 0.3]))
@pytest.mark.django_db
def test_tasks_of_several_deliveries(
    stream: Stream, random: Random, rate: float, firestore: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any tasks in a group, some twice, with crashes and refusals everywhere."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore)
    check_groups(stream, random, rate)


@examples(40)
@given(stream=of_several_names(), random=CHANCES, rate=st.sampled_from([0.0, 0.0, 0.1]))
@pytest.mark.django_db
def test_tasks_of_people_of_several_names(
    stream: Stream, random: Random, rate: float, firestore: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They have one reaction each, also where the names come together in one group."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore)
    check_groups(stream, random, rate)


def check_groups(stream: Stream, random: Random, rate: float) -> None:
    """Sends a stream through the flow in groups; compares documents and ledger with the model."""
    hurried = any_text_quotes_another(stream)
    with shared(stream, random, rate=rate) as running:
        for batch in stream.deliveries:
            running.deliver(batch)
            for _ in range(random.randrange(MOST_STEPS)):
                running.step(hurried=hurried)
        running.finish()
        check(running, stream)


def check(running: Shared, stream: Stream) -> None:
    """Sends what comes afterwards, and compares."""
    for batch in (more := again(stream)):
        running.deliver(batch)
    running.finish()
    for batch in stream.afterwards:
        running.deliver(batch)
    running.finish()
    assert running.documents() == documents(stream.world, stream.items)
    check_records(running)
    stream = replace(stream, deliveries=(*stream.deliveries, *more, *stream.afterwards))
    check_every_item(stream)
    check_fates(stream)


@examples(25)
@given(
    stream=streams(aliases=True) | of_several_names(),
    seed=st.integers(min_value=0, max_value=2**32),
    rate=st.sampled_from([0.0, 0.0, 0.2]),
)
@pytest.mark.django_db(transaction=True)
def test_tasks_at_once(
    stream: Stream, seed: int, rate: float, firestore: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All tasks reach the process at one moment, some of them with several deliveries."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore)
    # Not drawn step by step: how many steps there are depends on the threads.
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    with shared(stream, random, rate=rate, store=SlowStore) as running:
        for batch in stream.deliveries:
            running.deliver(batch)
        running.run_at_once()
        running.finish(running.run_at_once)
        check(running, stream)
