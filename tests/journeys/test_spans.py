"""The spans of deliveries as a collector gets them, from Meta's POST to the commit in Firestore."""

import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from itertools import chain

import pytest

from sandbox.emulators import Fault, FaultKind
from sandbox.stack import Spec
from tests.collector import Collector, Seen, collecting
from tests.journeys.conftest import AT, NOW, World, status, text
from tests.journeys.test_traces import API, CALLABLE, QUEUE, SPAN, post
from tests.journeys.worlds import world_of
from tests.sandbox.stack.processes import eventually

APPLIED = ("processed", "applied")
QUEUES_NAME = "whatsapp-messages-queue"
# Who waits for whom: the names of spans, from the POST on, each under the one before it.
WAY = [
    (API, "POST /v1/webhooks/whatsapp/webhook", "SERVER"),
    (API, "POST", "CLIENT"),
    (CALLABLE, "POST /callable/whatsapp/events", "SERVER"),
    (CALLABLE, f"create_task {QUEUES_NAME}", "PRODUCER"),
    (QUEUE, "POST /webhook-listeners/whatsapp", "SERVER"),
    (QUEUE, f"process {QUEUES_NAME}", "CONSUMER"),
    (QUEUE, "apply", "INTERNAL"),
]
FIRESTORE = [(QUEUE, "load", "CLIENT"), (QUEUE, "commit", "CLIENT")]


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="module")
def traced(collector: Collector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The services as processes that export their spans, soon and all of them."""
    variables = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    with world_of(Spec(folder=tmp_path_factory.mktemp("spans"), variables=variables)) as world:
        yield world


@pytest.fixture
def world(traced: World) -> Iterator[World]:
    """With a lease number of its own, and without the faults of the test before."""
    world = World(
        running=traced.running, platform=traced.platform, ledger=traced.ledger, meta=traced.meta
    )
    yield world
    world.end()


@pytest.fixture
def trace() -> str:
    return uuid.uuid4().hex


def way(spans: Sequence[Seen], *, under: str) -> list[tuple[str, str, str]]:
    """Who is under whom, from this span on, as far as each has one span under it."""
    found: list[tuple[str, str, str]] = []
    while len(below := [each for each in spans if each.parent == under]) == 1:
        found.append((below[0].service, below[0].name, below[0].kind))
        under = below[0].span
    return found


def delivery_of(world: World, body: bytes) -> str:
    [(key,)] = world.ledger.query(
        "SELECT id FROM webhooks_delivery WHERE digest = ?", sha256(body).hexdigest()
    )
    return str(uuid.UUID(key))


def _text(world: World) -> bytes:
    enquiry = world.chat()
    return world.delivery(enquiry, messages=[text(enquiry)])


def header(trace: str, *, sampled: bool = True) -> str:
    return f"00-{trace}-{SPAN}-{sampled:02x}"


def test_a_delivery_is_one_tree(world: World, collector: Collector, trace: str) -> None:
    enquiry = world.chat()
    body = world.delivery(enquiry, messages=[text(enquiry)])
    assert post(world, body, {"traceparent": header(trace)}) == 200
    assert [row[:2] for row in world.ledger.settled(body)] == [APPLIED]

    spans = collector.of(trace, count=9)

    assert way(spans, under=SPAN) == WAY
    [apply] = [each for each in spans if each.name == "apply"]
    below = [(each.service, each.name, each.kind) for each in spans if each.parent == apply.span]
    assert below == FIRESTORE
    assert len(spans) == len(WAY) + len(FIRESTORE)
    assert not any(each.links or each.failed or each.events for each in spans)
    named = {each.name: each.told.get("visn.delivery") for each in spans}
    assert {name for name, delivery in named.items() if delivery == delivery_of(world, body)} == {
        "POST",
        f"create_task {QUEUES_NAME}",
        f"process {QUEUES_NAME}",
        "apply",
    }


def test_those_that_go_together_are_linked(world: World, collector: Collector) -> None:
    """The call, the task, its handling and the run have one trace, and a link to each other one."""
    world.running.emulators.faults.add(
        Fault(kind=FaultKind.SLOW, service="tasks", method="CreateTask", times=3, seconds=0.5)
    )
    bodies = {uuid.uuid4().hex: _text(world) for _ in range(12)}
    with ThreadPoolExecutor(len(bodies)) as pool:
        came = pool.map(
            lambda each: post(world, each[1], {"traceparent": header(each[0])}), bodies.items()
        )
    assert set(came) == {200}
    assert [world.ledger.settled(body)[0][:2] for body in bodies.values()] == [APPLIED] * 12
    # Who is alone has nine spans, who is in company but not their leader has one.
    served = {
        delivery_of(world, body): next(
            f"{trace}-{each.span}"
            for each in collector.of(trace, count=1, named=WAY[0][1])
            if each.name == WAY[0][1]
        )
        for trace, body in bodies.items()
    }

    def of(call: Seen) -> list[Seen]:
        """What has come of its trace; whoever waits for another ends later, and comes later."""
        return collector.of(call.trace, count=0)

    def is_whole(call: Seen) -> bool:
        return way(of(call), under=call.span)[:4] == WAY[2:6]

    def spans_of(name: str) -> list[Seen]:
        return [
            each
            for each in collector.spans
            if each.name == name
            and (each.links.keys() & served.keys() or each.told.get("visn.delivery") in served)
        ]

    def applied() -> set[str]:
        found = spans_of("apply")
        return {
            *chain.from_iterable(
                (*each.links, str(each.told.get("visn.delivery"))) for each in found
            )
        }

    assert eventually(lambda: applied() >= served.keys())
    calls = [each for each in spans_of("POST") if each.links]
    assert calls
    for call in calls:
        assert len(call.links) == call.told["visn.deliveries"] > 1
        assert call.links.items() <= served.items()
        assert eventually(partial(is_whole, call))
        spans = of(call)
        made = [each for each in spans if each.kind in {"CONSUMER", "PRODUCER"}]
        assert [each.links for each in made] == [call.links] * 2
        assert {each.told["messaging.batch.message_count"] for each in made} == {len(call.links)}


def test_a_task_for_later_and_an_error_are_of_the_same_trace(
    world: World, collector: Collector, trace: str
) -> None:
    """The error is told by its type: neither its words nor where it passed."""
    enquiry = world.chat()
    message = world.outbound(enquiry, stored=False)
    body = world.delivery(enquiry, statuses=[status(message, "read", at=AT)])
    assert post(world, body, {"traceparent": header(trace)}) == 200
    assert eventually(lambda: [row.state for row in world.ledger.events(body)] == ["waiting"])
    world.running.emulators.faults.add(
        Fault(kind=FaultKind.PERMISSION_DENIED, service="firestore", times=1)
    )
    first, later = f"process {QUEUES_NAME}", "POST /webhook-listeners/whatsapp"

    def handlings() -> list[Seen]:
        return [each for each in collector.spans if (each.trace, each.name) == (trace, first)]

    assert eventually(lambda: len(handlings()) >= 2, seconds=20)
    spans = collector.of(trace, count=len(WAY) + 6)
    done, again = handlings()[:2]
    [made] = [each for each in spans if each.parent == done.span and each.kind == "PRODUCER"]
    [served] = [each for each in spans if each.parent == made.span and each.span == again.parent]
    assert served.name == later
    assert (done.told["visn.result"], again.told["visn.result"]) == ("done", "try_again")
    assert (served.told["http.response.status_code"], served.told["error.type"]) == (503, "503")
    refused = {each.told["error.type"] for each in spans if each.failed and each.name == "load"}
    assert refused == {"listeners.firestore.errors.Unavailable"}
    assert not any(each.events for each in spans)
    world.platform.store({message.path: message.fields(now=NOW)})


def test_what_the_sweeper_sends_on_has_a_trace(world: World, collector: Collector) -> None:
    world.running.emulators.faults.add(
        Fault(kind=FaultKind.PERMISSION_DENIED, service="tasks", method="CreateTask", times=1)
    )
    body = _text(world)
    assert world.post(body) == 200
    delivery = delivery_of(world, body)
    failed = [each for each in collector.spans if each.told.get("visn.delivery") == delivery]
    world.ledger.make_due(body)

    world.running.manage("requeue_stuck")

    assert [row[:2] for row in world.ledger.settled(body)] == [APPLIED]
    made = [
        each
        for each in collector.spans
        if each.kind == "PRODUCER"
        and each not in failed
        and not each.failed
        and each.told.get("visn.delivery") == delivery
    ]
    assert [each.parent for each in made] == [""]
    spans = collector.of(made[0].trace, count=5)
    assert way(spans, under=made[0].span) == WAY[4:6]  # what names events shares no run


def test_whoever_keeps_no_trace_keeps_no_spans(
    world: World, collector: Collector, trace: str
) -> None:
    """But the ids go on, and log lines stand under them."""
    body, other = _text(world), uuid.uuid4().hex
    assert post(world, body, {"traceparent": header(trace, sampled=False)}) == 200
    assert world.ledger.settled(body)
    assert post(world, _text(world), {"traceparent": header(other)}) == 200
    assert len(collector.of(other, count=9)) == 9
    assert collector.of(trace, count=0) == []


def test_nothing_of_a_person_is_in_a_span(world: World, collector: Collector, trace: str) -> None:
    enquiry = world.chat()
    item = text(enquiry, words="Is it ready, my dear?")
    body = world.delivery(enquiry, messages=[item])
    before = len(collector.raw)
    assert post(world, body, {"traceparent": header(trace)}) == 200
    assert len(collector.of(trace, count=9)) == 9

    sent = b"".join(collector.raw[before:])
    said = [enquiry.driver.number, enquiry.driver.user_id, enquiry.driver.name, "Is it ready"]
    for each in (*said, item["id"], enquiry.enquiry_id, world.lease_number):
        assert str(each).encode() not in sent
