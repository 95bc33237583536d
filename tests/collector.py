"""A collector of spans and metrics on this machine: what OTLP posts, by OpenTelemetry's messages.

A stand-in, since none that is kept by OpenTelemetry comes as a package of Python's.
"""

import gzip
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from tests.answering import Quiet, serving

TRACES, METRICS = "/v1/traces", "/v1/metrics"
WAIT_SECONDS = 15.0


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A span as it came."""

    service: str
    name: str
    kind: str  # such as SERVER
    trace: str
    span: str
    parent: str  # empty: none
    links: Mapping[str, str]  # delivery → trace and span that is linked
    told: Mapping[str, Any]
    failed: bool
    events: int  # the SDK makes one of each exception


@dataclass(frozen=True, kw_only=True)
class Point:
    """What one process says once of one series."""

    service: str
    instance: str
    name: str
    unit: str
    meaning: str
    sort: str  # sum, histogram or gauge
    adds_up: bool  # to what it had said before (delta), and does not replace it (cumulative)
    told: Mapping[str, Any]
    value: float  # of a histogram, how many
    total: float  # of a histogram, what they come to
    bounds: tuple[float, ...]

    @property
    def series(self) -> tuple[str, ...]:
        """What it has in common with all that the same process says of the same."""
        return (self.instance, self.name, *sorted(f"{key}={it}" for key, it in self.told.items()))


@dataclass(kw_only=True)
class Collector:
    """Keeps what it is sent, or treats it in another way."""

    status: int = 200
    hangs: bool = False
    port: int = 0
    posts: int = 0
    raw: list[bytes] = field(default_factory=list)
    spans: list[Seen] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def endpoint(self) -> str:
        """As for OTEL_EXPORTER_OTLP_ENDPOINT."""
        return f"http://127.0.0.1:{self.port}"

    def take(self, path: str, body: bytes) -> bytes:
        """Keeps what a request brings, and returns the answer."""
        self.raw.append(body)
        if path == METRICS:
            self._take_metrics(body)
            return ExportMetricsServiceResponse().SerializeToString()
        self._take_spans(body)
        return ExportTraceServiceResponse().SerializeToString()

    def _take_metrics(self, body: bytes) -> None:
        for of_resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            whose = _values(of_resource.resource.attributes)
            for of_scope in of_resource.scope_metrics:
                for metric in of_scope.metrics:
                    self.points += _points(whose, metric)

    def _take_spans(self, body: bytes) -> None:
        for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = _values(of_resource.resource.attributes)["service.name"]
            for of_scope in of_resource.scope_spans:
                self.spans += [_seen(service, each) for each in of_scope.spans]

    def of(self, trace: str, *, count: int, named: str = "") -> list[Seen]:
        """The spans of a trace, once there are so many, or as they are after a while.

        One of them has this name.
        """
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            found = [each for each in self.spans if each.trace == trace]
            there = not named or any(each.name == named for each in found)
            if (there and len(found) >= count) or time.monotonic() > deadline:
                return found
            time.sleep(0.02)

    def counted(self, name: str, *attributes: str) -> dict[tuple[Any, ...], float]:
        """How many there are of all processes, by the values of these attributes."""
        series: dict[tuple[str, ...], tuple[Mapping[str, Any], float]] = {}
        for point in list(self.points):
            if point.name == name:
                before = series[point.series][1] if point.series in series else 0.0
                value = before + point.value if point.adds_up else point.value
                series[point.series] = point.told, value
        totals: defaultdict[tuple[Any, ...], float] = defaultdict(float)
        for told, value in series.values():
            totals[tuple(told.get(each) for each in attributes)] += value
        return dict(totals)

    def once(self, there: Callable[[], bool]) -> bool:
        """Whether this comes true before a while is over."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not there() and time.monotonic() < deadline:
            time.sleep(0.02)
        return there()


def _seen(service: str, span: trace_pb2.Span) -> Seen:
    return Seen(
        service=service,
        name=span.name,
        kind=trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        trace=span.trace_id.hex(),
        span=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        links={
            _values(link.attributes)["visn.delivery"]: f"{link.trace_id.hex()}-{link.span_id.hex()}"
            for link in span.links
        },
        told=_values(span.attributes),
        failed=span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
        events=len(span.events),
    )


def _points(whose: Mapping[str, Any], metric: metrics_pb2.Metric) -> Iterator[Point]:
    sort = str(metric.WhichOneof("data"))
    data = getattr(metric, sort)
    delta = metrics_pb2.AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
    for point in data.data_points:
        many = sort == "histogram"
        yield Point(
            service=whose["service.name"],
            instance=whose["service.instance.id"],
            name=metric.name,
            unit=metric.unit,
            meaning=metric.description,
            sort=sort,
            adds_up=sort != "gauge" and data.aggregation_temporality == delta,
            told=_values(point.attributes),
            value=point.count if many else getattr(point, point.WhichOneof("value")),
            total=point.sum if many else 0.0,
            bounds=tuple(point.explicit_bounds) if many else (),
        )


def _values(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


@contextmanager
def collecting(**how: Any) -> Iterator[Collector]:
    """Takes what is sent to an address of its own until the end."""
    collector = Collector(**how)

    class Handler(Quiet, BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.posts += 1
            if collector.hangs:
                collector.over.wait()
                return
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            taken = collector.status == 200 and self.path in {TRACES, METRICS}
            answer = collector.take(self.path, body) if taken else b""
            self.send_response(collector.status)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    with serving(Handler) as port:
        collector.port = port
        try:
            yield collector
        finally:
            collector.over.set()
