"""Whether spans are exported: by OpenTelemetry's own variables, and only where it is installed."""

from importlib.util import find_spec
from typing import Any

PROTOCOL = "http/protobuf"  # of OTLP, the only one that requirements/otel.txt brings along
_NEEDED = "opentelemetry.exporter.otlp.proto.http"


def is_wanted(settings: Any) -> bool:
    """Whether these settings say where spans go, and not that there shall be none."""
    to = settings.OTEL_EXPORTER_OTLP_ENDPOINT or settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
    return bool(to) and not settings.OTEL_SDK_DISABLED


def is_installed() -> bool:
    """Whether this process has what it takes."""
    try:
        return find_spec("opentelemetry.sdk") is not None and find_spec(_NEEDED) is not None
    except ModuleNotFoundError:
        return False


def begin(settings: Any) -> None:
    """Exports spans from now on if they are wanted, and can be: else no check need run first."""
    if is_wanted(settings) and is_installed():
        from visn_whatsapp.telemetry import exporting  # noqa: PLC0415 - it may not be installed

        exporting.begin(service=" ".join(settings.SERVICES))
