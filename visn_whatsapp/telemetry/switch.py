"""Whether anything is exported: OpenTelemetry's own variables say so, where it is installed."""

from importlib.util import find_spec
from typing import Any

PROTOCOL = "http/protobuf"  # of OTLP, the only one that requirements/otel.txt brings along
OTLP, NONE = "otlp", "none"  # the exporters that there are here
_NEEDED = "opentelemetry.exporter.otlp.proto.http"


def spans_are_wanted(settings: Any) -> bool:
    """Whether these settings say where spans go, and not that there shall be none."""
    to = settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
    return _wanted(settings, to, settings.OTEL_TRACES_EXPORTER)


def metrics_are_wanted(settings: Any) -> bool:
    """The same of metrics."""
    to = settings.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT
    return _wanted(settings, to, settings.OTEL_METRICS_EXPORTER)


def _wanted(settings: Any, endpoint: str, exporter: str) -> bool:
    to = settings.OTEL_EXPORTER_OTLP_ENDPOINT or endpoint
    return bool(to) and exporter != NONE and not settings.OTEL_SDK_DISABLED


def is_wanted(settings: Any) -> bool:
    """Whether anything is to be exported."""
    return spans_are_wanted(settings) or metrics_are_wanted(settings)


def is_installed() -> bool:
    """Whether this process has what it takes."""
    try:
        return find_spec("opentelemetry.sdk") is not None and find_spec(_NEEDED) is not None
    except ModuleNotFoundError:
        return False


def begin(settings: Any) -> None:
    """Exports from now on what is wanted, if it can be: else no check need run first."""
    if is_wanted(settings) and is_installed():
        from visn_whatsapp.telemetry import exporting  # noqa: PLC0415 - it may not be installed

        exporting.begin(
            service=" ".join(settings.SERVICES),
            with_spans=spans_are_wanted(settings),
            with_metrics=metrics_are_wanted(settings),
        )
