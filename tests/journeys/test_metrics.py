"""The metrics of a stack as a collector gets them, compared with what was posted."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox import samples
from sandbox.emulators import Fault, FaultKind
from sandbox.stack import Spec
from tests.collector import Collector, collecting
from tests.journeys.conftest import NOW, World, reaction, status, text
from tests.journeys.worlds import world_of
from tests.sandbox.stack.processes import eventually
from visn_whatsapp.telemetry.metrics import METRICS

API, QUEUE = "repair-serve-api", "queue-services"
DELIVERIES, RECEIVED = "visn.whatsapp.deliveries", "visn.whatsapp.events.received"
SETTLED, WAITS = "visn.whatsapp.events.settled", "visn.whatsapp.events.waits"
ATTEMPTS, DURATION = "visn.whatsapp.tasks.attempts", "visn.whatsapp.stage.duration"
INVENTED = "whatever Meta invents"
OUTCOME = ("visn.kind", "visn.state", "visn.reason")
FIRESTORE_FAILS = Fault(kind=FaultKind.PERMISSION_DENIED, service="firestore", times=1)
NO_TASK = Fault(kind=FaultKind.PERMISSION_DENIED, service="tasks", method="CreateTask", times=1)


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="module")
def world(collector: Collector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The services as processes, each of which says soon what it has counted."""
    variables = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
        "OTEL_TRACES_EXPORTER": "none",
        "OTEL_METRIC_EXPORT_INTERVAL": "200",
    }
    with world_of(Spec(folder=tmp_path_factory.mktemp("metrics"), variables=variables)) as world:
        yield world


def post(world: World, body: bytes) -> None:
    """Posts a delivery and waits until all of it is settled."""
    assert world.post(body) == 200
    assert world.ledger.settled(body)


def anybodys(*changes: object) -> bytes:
    """A payload of the documented lease number, of whose drivers none is tracked."""
    return samples.encode(samples.envelope(samples.entry(*changes)))


def post_all(world: World) -> None:
    """Posts one of everything; what it is counted as stands in the test."""
    chat = world.chat()
    message, late = world.outbound(chat), world.outbound(chat, stored=False)
    first = world.delivery(chat, messages=[text(chat), text(chat)])
    again = text(chat)
    post(world, first)
    post(world, world.delivery(chat, messages=[reaction(message, "👍")]))
    post(world, world.delivery(chat, statuses=[status(message, "read")]))
    post(world, world.delivery(chat, statuses=[status(message, "sent")]))
    post(world, world.delivery(chat, messages=[samples.image()]))
    post(world, first)
    post(world, world.delivery(chat, messages=[again]))
    post(world, world.delivery(chat, messages=[again], errors=[{"code": 130429}]))
    post(world, anybodys(samples.change(messages=[samples.text()])))
    post(world, b"no JSON")
    post(world, anybodys(samples.other_change(field=INVENTED)))
    world.running.emulators.faults.add(FIRESTORE_FAILS)
    post(world, world.delivery(chat, messages=[text(chat)]))
    waiting = world.delivery(chat, statuses=[status(late, "delivered")])
    assert world.post(waiting) == 200
    assert eventually(lambda: [row.state for row in world.ledger.events(waiting)] == ["waiting"])
    world.platform.store({late.path: late.fields(now=NOW)})
    assert world.ledger.settled(waiting)[0].state == "processed"


@pytest.fixture(scope="module")
def gave_up_after(world: World) -> float:
    """Everything is posted; then, in seconds, how old a text was that found no queue.

    That a round of catching up was told of, and a round of the sweeper gave up.
    """
    post_all(world)
    chat = world.chat()
    body = world.delivery(chat, messages=[text(chat)])
    world.running.emulators.faults.add(NO_TASK)
    assert world.post(body) == 200
    world.running.manage("catch_up")
    asked = "SELECT received_at FROM webhooks_event WHERE settled_at IS NULL"
    [(received_at,)] = world.ledger.query(asked)
    age = datetime.now(UTC) - moment(received_at)
    world.ledger.query("UPDATE webhooks_event SET rounds = 10 WHERE settled_at IS NULL")
    world.ledger.make_due(body)
    world.running.manage("requeue_stuck")
    assert [row[:2] for row in world.ledger.events(body)] == [("failed", "gave_up")]
    return age.total_seconds()


def moment(written: str) -> datetime:
    """As SQLite has it."""
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


EXPECTED: dict[tuple[str, ...], dict[tuple[Any, ...], float]] = {
    (DELIVERIES, "visn.verdict", "visn.repeat"): {
        ("readable", False): 12,
        ("readable", True): 1,
        ("not_json", False): 1,
    },
    (RECEIVED, "visn.kind"): {
        ("text",): 7,
        ("reaction",): 1,
        ("status",): 3,
        ("message",): 1,
        ("error",): 1,
        ("change",): 1,
        ("container",): 1,
    },
    (SETTLED, *OUTCOME): {
        ("text", "processed", "applied"): 4,
        ("text", "duplicate", "already_applied"): 1,
        ("text", "skipped", "no_active_tracking"): 1,
        ("text", "failed", "gave_up"): 1,
        ("reaction", "processed", "applied"): 1,
        ("status", "processed", "applied"): 2,
        ("status", "processed", "late_status"): 1,
        ("message", "ignored", "unsupported_type"): 1,
        ("error", "ignored", "error_notice"): 1,
        ("change", "ignored", "unsupported_field"): 1,
        ("container", "failed", "malformed"): 1,
    },
    (WAITS, "visn.kind", "visn.reason"): {("status", "waiting_for_message"): 1},
    (ATTEMPTS, "visn.result", "visn.retry", "error.type"): {
        ("done", False, None): 9,
        ("try_again", False, None): 1,
        ("done", True, None): 1,
    },
    (DURATION, "visn.stage"): {
        ("arrival",): 12,
        ("queueing",): 10,
        ("pickup",): 9,  # one of them has waited
        ("applying",): 10,
        ("whole",): 10,
    },
}


@pytest.mark.usefixtures("gave_up_after")
def test_what_is_counted_is_what_was_posted(collector: Collector) -> None:
    def found() -> Mapping[tuple[str, ...], Mapping[tuple[Any, ...], float]]:
        return {asked: collector.counted(*asked) for asked in EXPECTED}

    collector.once(lambda: found() == EXPECTED)
    assert found() == EXPECTED
    whose = {(point.name, point.service) for point in collector.points}
    assert {(name, service) for name, service in whose if service in {API, QUEUE}} == {
        *((name, API) for name in (DELIVERIES, RECEIVED, SETTLED, DURATION)),
        *((name, QUEUE) for name in (SETTLED, WAITS, ATTEMPTS, DURATION)),
    }


@pytest.mark.usefixtures("gave_up_after")
def test_how_long_it_took_is_what_the_ledger_says(world: World, collector: Collector) -> None:
    moments = "occurred_at, received_at, started_at, settled_at"
    expected: defaultdict[str, float] = defaultdict(float)
    for row in world.ledger.query(f"SELECT {moments} FROM webhooks_event"):  # noqa: S608 - names
        occurred, received, started, settled = (each and moment(each) for each in row)
        if occurred:
            expected["arrival"] += (received - occurred).total_seconds()
        if started:
            expected["applying"] += (settled - started).total_seconds()
            expected["whole"] += (settled - received).total_seconds()

    def found() -> Mapping[str, float]:
        told = {each.told["visn.stage"]: each for each in collector.points if each.bounds}
        return {stage: told[stage].total for stage in expected if stage in told}

    collector.once(lambda: found() == pytest.approx(expected))
    assert found() == pytest.approx(expected)


def test_how_the_ledger_stands_is_what_catching_up_says(
    gave_up_after: float, collector: Collector
) -> None:
    gauges = {point.name: point.value for point in collector.points if point.sort == "gauge"}
    assert 0 < gauges.pop("visn.whatsapp.events.oldest") < gave_up_after
    assert gauges == {
        "visn.whatsapp.events.overdue": 0,
        "visn.whatsapp.lease_numbers.silent": 0,
    }


@pytest.mark.usefixtures("gave_up_after")
def test_each_process_has_series_of_its_own(collector: Collector) -> None:
    """And each of them is one that is written down."""
    said = {(point.name, point.unit, point.meaning) for point in collector.points}
    assert said == {(metric.name, metric.unit, metric.meaning) for metric in METRICS}
    known = {metric.name: {*metric.attributes} for metric in METRICS}
    assert all(set(point.told) <= known[point.name] for point in collector.points)
    assert len({point.instance for point in collector.points}) == 4  # API, queue, two commands


@pytest.mark.usefixtures("gave_up_after")
def test_nothing_of_a_person_is_in_a_metric(world: World, collector: Collector) -> None:
    assert collector.points
    sent = b"".join(collector.raw)
    query = "SELECT person_number, person_user_id, message_id FROM webhooks_event"
    said = {str(word) for row in world.ledger.query(query) for word in row if word}
    assert len(said) > 10
    assert collector.spans == []  # which are switched off by themselves
    for each in (*said, world.lease_number, samples.LEASE_NUMBER, "enquiry-", INVENTED):
        assert each.encode() not in sent
