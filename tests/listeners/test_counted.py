"""What is counted of tasks: as often as it happened, whoever else was at it."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from listeners.counted import Attempted
from sandbox.emulators import Emulators
from sandbox.samples import status, text
from tests.platform import Platform
from visn_whatsapp.telemetry import metrics
from visn_whatsapp.telemetry.metrics import ATTEMPTS, DURATION, SETTLED, WAITS, Attributes, Metric
from webhooks import transitions
from webhooks.counted import kind_of
from webhooks.models import Event

Counts = Counter[tuple[str, tuple[str, ...]]]


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    """Our stand-in alone: what is counted is in the ledger."""
    return stand_ins.firestore_host


@pytest.fixture
def counts() -> Iterator[Counts]:
    """How many there are of each metric, by the values of its attributes."""
    found: Counts = Counter()

    def record(metric: Metric, value: float, attributes: Attributes) -> None:
        number = 1 if metric is DURATION else int(value)
        found[metric.name, tuple(str(each) for each in attributes.values())] += number

    metrics.record_with(record)
    yield found
    metrics.record_with(None)


def of(counts: Counts, metric: Metric) -> dict[tuple[str, ...], int]:
    return {told: number for (name, told), number in counts.items() if name == metric.name}


def test_what_another_run_has_settled_is_counted_once(
    platform: Platform, counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a task comes twice: both runs find the event open."""
    platform.track("e1")
    delivery = platform.receive(text())
    decide = transitions.decide

    def decide_after_another(*arguments: Any, **words: Any) -> bool:
        monkeypatch.setattr(transitions, "decide", decide)
        platform.now += timedelta(seconds=1)
        platform.run(delivery)
        return decide(*arguments, **words)

    monkeypatch.setattr(transitions, "decide", decide_after_another)
    platform.run(delivery)

    assert platform.outcomes(delivery) == [("processed", "applied")]
    assert of(counts, SETTLED) == {("text", "processed", "applied"): 1}
    assert of(counts, DURATION)["whole",] == 1


def test_what_was_opened_again_is_counted_again_and_not_measured(
    platform: Platform, counts: Counts
) -> None:
    delivery = platform.receive(text())
    platform.run(delivery)
    measured = of(counts, DURATION)
    events = [*Event.objects.values_list("pk", flat=True)]
    transitions.reopen(events, check_at=platform.now, now=platform.now)
    platform.track("e1")
    platform.run(delivery)
    assert of(counts, SETTLED) == {
        ("text", "skipped", "no_active_tracking"): 1,
        ("text", "processed", "applied"): 1,
    }
    assert of(counts, DURATION) == measured


def test_each_wait_is_counted_and_the_last_is_an_outcome(
    platform: Platform, counts: Counts
) -> None:
    platform.track("e1")
    delivery = platform.receive(statuses=[status()])
    for _ in range(7):
        platform.run(delivery)
        due = Event.objects.get().check_at
        platform.now = due or platform.now
    assert of(counts, WAITS) == {("status", "waiting_for_message"): 6}
    assert of(counts, SETTLED) == {("status", "skipped", "message_not_found"): 1}


def test_an_attempt_that_breaks_off_is_counted_by_its_error(counts: Counts) -> None:
    with pytest.raises(ValueError, match="447700900123"), Attempted(retries=2):
        raise ValueError("447700900123")
    assert of(counts, ATTEMPTS) == {("failed", "True", "builtins.ValueError"): 1}


def test_a_kind_that_nobody_knows_is_another() -> None:
    assert [kind_of("reaction"), kind_of("447700900123")] == ["reaction", "other"]
