"""Metrics of the SDK, which sends what they have come to once in a while."""

from collections.abc import Callable, Iterable

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

from visn_whatsapp.telemetry.exporting.ending import at_the_end
from visn_whatsapp.telemetry.metrics import (
    METRICS,
    Attributes,
    Metric,
    Sort,
    record_with,
    shown,
)

# Seconds. The SDK's own are made for milliseconds. The objective's half a minute is one of them.
BOUNDS = (
    *(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
    *(60.0, 300.0, 1800.0, 7200.0, 86400.0),
)
Add = Callable[[float, Attributes], None]


def begin(resource: Resource) -> None:
    """Counts from now on, and sends it in a thread of its own."""
    reader = PeriodicExportingMetricReader(OTLPMetricExporter())
    # Not the global one: through that Google's clients would tell of their calls.
    provider = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
    meter = provider.get_meter("visn_whatsapp")
    add: dict[str, Add] = {}
    for metric in METRICS:
        match metric.sort:
            case Sort.COUNTER:
                add[metric.name] = meter.create_counter(*_about(metric)).add
            case Sort.HISTOGRAM:
                histogram = meter.create_histogram(
                    *_about(metric), explicit_bucket_boundaries_advisory=BOUNDS
                )
                add[metric.name] = histogram.record
            case Sort.GAUGE:
                # One that is asked: what it was told once it would show for as long as it lives.
                name, unit, meaning = _about(metric)
                meter.create_observable_gauge(name, [_asking(metric)], unit, meaning)

    def record(metric: Metric, value: float, attributes: Attributes) -> None:
        add[metric.name](value, attributes)

    record_with(record)
    at_the_end(lambda: record_with(None), provider.shutdown)


def _about(metric: Metric) -> tuple[str, str, str]:
    return metric.name, metric.unit, metric.meaning


def _asking(metric: Metric) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def ask(_: CallbackOptions) -> Iterable[Observation]:
        value = shown(metric)
        return () if value is None else (Observation(value),)

    return ask
