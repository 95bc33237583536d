"""A collector of spans on this machine: what OTLP posts to it, by OpenTelemetry's own messages.

A stand-in, since none that is kept by OpenTelemetry comes as a package of Python's.
"""

import gzip
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1 import trace_pb2

from tests.answering import Quiet, serving

PATH = "/v1/traces"
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


@dataclass(kw_only=True)
class Collector:
    """Keeps what it is sent, or treats it in another way."""

    status: int = 200
    hangs: bool = False
    port: int = 0
    posts: int = 0
    raw: list[bytes] = field(default_factory=list)
    spans: list[Seen] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def endpoint(self) -> str:
        """As for OTEL_EXPORTER_OTLP_ENDPOINT."""
        return f"http://127.0.0.1:{self.port}"

    def take(self, body: bytes) -> None:
        """Keeps the spans of a request."""
        self.raw.append(body)
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


def _values(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


@contextmanager
def collecting(**how: Any) -> Iterator[Collector]:
    """Takes spans at an address of its own until the end."""
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
            if collector.status == 200 and self.path == PATH:
                collector.take(body)
            answer = ExportTraceServiceResponse().SerializeToString()
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
