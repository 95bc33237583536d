"""Spans and metrics that are exported to a collector that is there, refuses, hangs, or is away."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

from sandbox import samples, stack
from sandbox.demo.meta import Meta
from sandbox.stack import ALL_IN_ONE, Spec, Stack
from sandbox.stack.ports import Port
from tests.collector import Collector, collecting

POSTS = 40
SLOWEST_SECONDS = 3.0  # of a post, on a machine that others use
# What a process may take to end: what it has under way, the spans, and Python's own end.
END_SECONDS = 8.0
# Of a delivery that was taken: its request, and what it led to.
KNOWN = {"POST", "create_task", "process", "apply", "load", "commit"}
DELIVERIES = "visn.whatsapp.deliveries"
SERVED = "POST /v1/webhooks/whatsapp/webhook"


@contextmanager
def exporting(folder: Path, endpoint: str, **variables: str) -> Iterator[tuple[Stack, Meta]]:
    """All services as one process, whose spans and metrics go there."""
    to = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_BSP_SCHEDULE_DELAY": "50", **variables}
    with stack.start(Spec(folder=folder, servers=ALL_IN_ONE, variables=to)) as running:
        meta = Meta(url=running.webhook_url, secret=running.secrets.app_secret)
        yield running, meta
        meta.close()


def bodies() -> list[bytes]:
    """Deliveries of which each is new."""
    return [
        samples.encode(
            samples.envelope(
                samples.entry(samples.change(messages=[samples.text(message_id=f"wamid.{n}")]))
            )
        )
        for n in range(POSTS)
    ]


def seconds_to_end(running: Stack) -> float:
    """Asks the server to end, and returns how long it took."""
    begun = time.monotonic()
    server = running.servers["server"]
    server.ask_to_stop()
    server.wait()
    return time.monotonic() - begun


@pytest.mark.parametrize("how", ["refuses", "hangs", "is away"])
def test_a_collector_holds_up_nobody(how: str, tmp_path: Path) -> None:
    """Nor does it hold up the end of a process; a queue of spans that is full takes no more."""
    status = 503 if how == "refuses" else 200
    small = {
        "OTEL_BSP_MAX_QUEUE_SIZE": "16",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "8",
        "OTEL_METRIC_EXPORT_INTERVAL": "100",
    }
    with collecting(status=status, hangs=how == "hangs") as collector:
        free = Port(0)
        endpoint = free.address if how == "is away" else collector.endpoint
        free.release()
        with exporting(tmp_path, endpoint, **small) as (running, meta):
            answers = [meta.post(body) for body in bodies()]
            assert {each.status for each in answers} == {200}
            assert max(each.seconds for each in answers) < SLOWEST_SECONDS
            assert how == "is away" or collector.posts
            assert seconds_to_end(running) < END_SECONDS
        assert (collector.spans, collector.points) == ([], [])


def test_a_process_that_ends_sends_what_it_has(tmp_path: Path) -> None:
    with collecting() as collector:
        later = {"OTEL_BSP_SCHEDULE_DELAY": "600000", "OTEL_METRIC_EXPORT_INTERVAL": "600000"}
        with exporting(tmp_path, collector.endpoint, **later) as (running, meta):
            assert {meta.post(body).status for body in bodies()} == {200}
            assert collector.posts == 0
            assert seconds_to_end(running) < END_SECONDS
        assert served(collector) == POSTS
        assert collector.counted(DELIVERIES) == {(): POSTS}


@pytest.mark.parametrize("temporality", ["cumulative", "delta"])
def test_each_worker_sends_its_own(temporality: str, tmp_path: Path) -> None:
    """Of the name that the standard variables give, and as many as they say."""
    with collecting() as collector:
        named = {
            "WORKERS": "2",
            "OTEL_SERVICE_NAME": "whatsapp",
            "OTEL_METRIC_EXPORT_INTERVAL": "100",
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": temporality,
        }
        with exporting(tmp_path, collector.endpoint, **named) as (running, _):
            assert {post_alone(running, body) for body in bodies()} == {200}
            seconds_to_end(running)
        assert served(collector) == POSTS
        assert {each.service for each in collector.spans} == {"whatsapp"}
        assert {each.service for each in collector.points} == {"whatsapp"}
        assert collector.counted(DELIVERIES) == {(): POSTS}
        assert len({each.instance for each in collector.points if each.name == DELIVERIES}) == 2
        adding = {each.adds_up for each in collector.points if each.sort != "gauge"}
        assert adding == {temporality == "delta"}


def post_alone(running: Stack, body: bytes) -> int:
    """Posts by a connection of its own, of which either worker may take any; returns the status."""
    meta = Meta(url=running.webhook_url, secret=running.secrets.app_secret)
    try:
        return meta.post(body).status
    finally:
        meta.close()


def test_of_who_is_not_known_nothing_is_sent(tmp_path: Path) -> None:
    """However often they ask, and whatever: only what is signed, or has a token, has spans."""
    with collecting() as collector:
        with exporting(tmp_path, collector.endpoint) as (running, meta):
            places = {
                running.webhook_url,
                *(
                    f"{running.address(service)}{path}"
                    for service, path in (
                        ("repair-serve-callable", "/callable/whatsapp/events"),
                        ("queue-services", "/webhook-listeners/whatsapp"),
                        ("queue-services", "/chores/sweeper"),
                        ("queue-services", "/chores/catch-up"),
                    )
                ),
            }
            forged = {
                "X-Hub-Signature-256": f"sha256={'0' * 64}",
                "Authorization": "Bearer forged",
                "Traceparent": f"00-{'a' * 32}-{'b' * 16}-01",
            }
            for url in places:
                for method in ("POST", "GET", "PUT"):
                    answer = urllib3.request(method, url, headers=forged, body=b"{}", retries=False)
                    assert answer.status in {401, 403, 405}
            assert meta.post(bodies()[0]).status == 200
            seconds_to_end(running)
        assert served(collector) == 1
        assert {each.name.partition(" ")[0] for each in collector.spans} <= KNOWN
        assert "a" * 32 not in {each.trace for each in collector.spans}


def served(collector: Collector) -> int:
    """How many posts have a span."""
    return sum(each.name == SERVED for each in collector.spans)


@pytest.mark.parametrize(
    "variables",
    [
        {"OTEL_SDK_DISABLED": "true"},
        {"OTEL_TRACES_SAMPLER": "always_off", "OTEL_METRICS_EXPORTER": "none"},
    ],
)
def test_the_standard_variables_switch_it_off(variables: dict[str, str], tmp_path: Path) -> None:
    with collecting() as collector:
        with exporting(tmp_path, collector.endpoint, **variables) as (running, meta):
            assert {meta.post(body).status for body in bodies()[:3]} == {200}
            seconds_to_end(running)
        assert collector.posts == 0
