"""Whether spans and metrics are exported, where OpenTelemetry is installed and where it is not."""

import sys
from types import SimpleNamespace

import pytest

from tests.production import run
from visn_whatsapp.telemetry.switch import metrics_are_wanted, spans_are_wanted

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
TRACES = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:9/v1/traces"}
METRICS = {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://127.0.0.1:9/v1/metrics"}
OFF = {"OTEL_SDK_DISABLED": "true"}
DEFAULTS: dict[str, object] = {
    "OTEL_EXPORTER_OTLP_ENDPOINT": "",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "",
    "OTEL_TRACES_EXPORTER": "otlp",
    "OTEL_METRICS_EXPORTER": "otlp",
    "OTEL_SDK_DISABLED": False,
}
# What a server loads; then whether the SDK was, whether spans are opened, and anything is counted.
SERVE = """
import sys
{before}
import visn_whatsapp.wsgi
from visn_whatsapp.telemetry import metrics, spans
print("opentelemetry.sdk.resources" in sys.modules, spans._open is not None, metrics.are_exported())
"""
WITHOUT = 'sys.modules["opentelemetry.sdk"] = sys.modules["opentelemetry.exporter"] = None'


def serve(variables: dict[str, str], *, before: str = "") -> tuple[int, str, str]:
    """Loads what a server does; returns the status, the last line that it printed, and errors."""
    finished = run([sys.executable, "-c", SERVE.format(before=before)], variables)
    return finished.returncode, finished.stdout.strip().rpartition("\n")[2], finished.stderr


@pytest.mark.parametrize(
    ("variables", "on"),
    [
        (ENDPOINT, "True True True"),
        (TRACES, "True True False"),
        (METRICS, "True False True"),
    ],
)
def test_an_endpoint_switches_it_on(variables: dict[str, str], on: str) -> None:
    assert serve(variables)[:2] == (0, on)


@pytest.mark.parametrize(
    "variables",
    [{}, ENDPOINT | OFF, {"OTEL_SERVICE_NAME": "whatsapp"}],
)
def test_otherwise_nothing_of_it_is_loaded(variables: dict[str, str]) -> None:
    assert serve(variables)[:2] == (0, "False False False")


@pytest.mark.parametrize(
    ("variables", "spans", "metrics"),
    [
        (ENDPOINT, True, True),
        (ENDPOINT | {"OTEL_TRACES_EXPORTER": "none"}, False, True),
        (ENDPOINT | {"OTEL_METRICS_EXPORTER": "none"}, True, False),
        (METRICS | {"OTEL_METRICS_EXPORTER": "none"}, False, False),
        (ENDPOINT | {"OTEL_SDK_DISABLED": True}, False, False),
    ],
)
def test_either_is_left_out_by_itself(
    variables: dict[str, object], spans: bool, metrics: bool
) -> None:
    settings = SimpleNamespace(**DEFAULTS | variables)
    assert (spans_are_wanted(settings), metrics_are_wanted(settings)) == (spans, metrics)


@pytest.mark.parametrize("variables", [ENDPOINT, METRICS])
def test_where_it_is_not_installed_a_process_that_wants_it_does_not_start(
    variables: dict[str, str],
) -> None:
    status, printed, error = serve(variables, before=WITHOUT)
    assert (status, printed) == (1, "")
    assert "pip install --require-hashes -r requirements/otel.txt (visn_whatsapp.E021)" in error


@pytest.mark.parametrize("variables", [{}, ENDPOINT | OFF])
def test_where_it_is_not_installed_all_others_start(variables: dict[str, str]) -> None:
    assert serve(variables, before=WITHOUT)[:2] == (0, "False False False")
