"""Whether spans are exported, where OpenTelemetry is installed and where it is not."""

import sys

import pytest

from tests.production import run

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
TRACES = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:9/v1/traces"}
OFF = {"OTEL_SDK_DISABLED": "true"}
# What a server loads; then whether the SDK was, and whether spans are opened.
SERVE = """
import sys
{before}
import visn_whatsapp.wsgi
from visn_whatsapp.telemetry import spans
print("opentelemetry.sdk.trace" in sys.modules, spans._open is not None)
"""
WITHOUT = 'sys.modules["opentelemetry.sdk"] = sys.modules["opentelemetry.exporter"] = None'


def serve(variables: dict[str, str], *, before: str = "") -> tuple[int, str, str]:
    """Loads what a server does; returns the status, the last line that it printed, and errors."""
    finished = run([sys.executable, "-c", SERVE.format(before=before)], variables)
    return finished.returncode, finished.stdout.strip().rpartition("\n")[2], finished.stderr


@pytest.mark.parametrize("variables", [ENDPOINT, TRACES])
def test_an_endpoint_switches_it_on(variables: dict[str, str]) -> None:
    assert serve(variables)[:2] == (0, "True True")


@pytest.mark.parametrize("variables", [{}, ENDPOINT | OFF, {"OTEL_SERVICE_NAME": "whatsapp"}])
def test_otherwise_nothing_of_it_is_loaded(variables: dict[str, str]) -> None:
    assert serve(variables)[:2] == (0, "False False")


@pytest.mark.parametrize("variables", [ENDPOINT, TRACES])
def test_where_it_is_not_installed_a_process_that_wants_it_does_not_start(
    variables: dict[str, str],
) -> None:
    status, printed, error = serve(variables, before=WITHOUT)
    assert (status, printed) == (1, "")
    assert "pip install --require-hashes -r requirements/otel.txt (visn_whatsapp.E021)" in error


@pytest.mark.parametrize("variables", [{}, ENDPOINT | OFF])
def test_where_it_is_not_installed_all_others_start(variables: dict[str, str]) -> None:
    assert serve(variables, before=WITHOUT)[:2] == (0, "False False")
