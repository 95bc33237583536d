"""Spans of the SDK, which sends them in groups."""

from typing import Self

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from visn_whatsapp import traces
from visn_whatsapp.telemetry.exporting.ending import at_the_end
from visn_whatsapp.telemetry.spans import DELIVERY, Attributes, Kind, Links, open_with
from visn_whatsapp.traces import Trace, Under


def begin(resource: Resource) -> None:
    """Opens spans from now on, and sends them in a thread of its own.

    What finds no room in the SDK's queue is dropped: nobody waits for a collector.
    """
    # Not the global one: through that Google's clients would tell of documents by their names.
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = provider.get_tracer("visn_whatsapp")

    def opened(
        name: str, kind: Kind, attributes: Attributes, links: Links, began_at: int | None
    ) -> Recorded:
        return Recorded(tracer, name, kind, attributes, links, began_at=began_at)

    open_with(opened)
    at_the_end(lambda: open_with(None), provider.shutdown)


class Recorded:
    """A span of the SDK, under which its thread works until it ends."""

    __slots__ = ("_span", "_under")

    def __init__(
        self,
        tracer: Tracer,
        name: str,
        kind: Kind,
        attributes: Attributes,
        links: Links,
        *,
        began_at: int | None,
    ) -> None:
        self._span = tracer.start_span(
            name,
            context=_parent(),
            kind=SpanKind[kind.name],
            attributes=dict(attributes),
            links=[
                Link(_context_of(trace), {DELIVERY: str(delivery)})
                for delivery, trace in links.items()
                if trace is not None and trace.span
            ],
            start_time=began_at,
        )
        made = self._span.get_span_context()
        self._under = Under(
            Trace(
                id=f"{made.trace_id:032x}",
                span=f"{made.span_id:016x}",
                is_sampled=made.trace_flags.sampled,
            )
        )

    def __enter__(self) -> Self:
        self._under.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # The SDK would tell the message of an exception, and the places that it passed.
        self._under.__exit__()
        if kind is not None:
            self.fail(f"{kind.__module__}.{kind.__qualname__}")
        self._span.end()

    def tell(self, name: str, value: str | int) -> None:
        """Adds an attribute."""
        self._span.set_attribute(name, value)

    def fail(self, why: str) -> None:
        """Says that what it is of went wrong."""
        self._span.set_attribute("error.type", why)
        self._span.set_status(StatusCode.ERROR)


def _parent() -> Context:
    """What this thread stands under, and nothing else that anybody has put into a context."""
    trace = traces.current()
    if trace is None or not trace.span:
        return Context()
    return set_span_in_context(NonRecordingSpan(_context_of(trace)), Context())


def _context_of(trace: Trace) -> SpanContext:
    return SpanContext(
        int(trace.id, 16),
        int(trace.span, 16),
        is_remote=True,
        trace_flags=TraceFlags(trace.is_sampled),
    )
