"""A server as it is started tells of each line which request it is of, as Cloud Run named it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox import stack
from sandbox.stack import Server, Spec, Stack
from sandbox.stack.environment import WEBHOOK_PATH

API = "repair-serve-api"
SPAN = "00f067aa0ba902b7"
BODY = b'{"object": "whatsapp_business_account"}'
REFUSED = "A webhook was refused."
# What the log says of those who sign nothing, and of those who sign with another secret.
SIGNATURES = {"missing": {}, "mismatch": {"X-Hub-Signature-256": f"sha256={'0' * 64}"}}
AT_ONCE = 12


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The webhook's service, with a place for each of those who come at once."""
    server = Server(name="api", services=(API,), threads=AT_ONCE)
    with stack.start(Spec(folder=tmp_path_factory.mktemp("traces"), servers=(server,))) as started:
        yield started


def begin(running: Stack, reason: str, headers: Mapping[str, str]) -> HTTPConnection:
    """Posts a webhook that will be refused for this reason, but for its last byte."""
    connection = HTTPConnection(urlsplit(running.address(API)).netloc, timeout=20)
    connection.putrequest("POST", WEBHOOK_PATH)
    connection.putheader("Content-Length", str(len(BODY)))
    for name, value in (SIGNATURES[reason] | dict(headers)).items():
        connection.putheader(name, value)
    connection.endheaders(BODY[:-1])
    return connection


def end(connection: HTTPConnection) -> None:
    """Sends the last byte, and hears the answer."""
    connection.send(BODY[-1:])
    assert connection.getresponse().status == 401


def refused(running: Stack) -> list[dict[str, Any]]:
    """Returns the lines of refused webhooks so far."""
    printed = running.servers["api"].output().splitlines()
    lines = [json.loads(line) for line in printed if line.startswith("{")]
    return [line for line in lines if line["message"] == REFUSED]


def traced(line: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a line tells of a trace, and why it was written."""
    names = ("trace", "spanId", "trace_sampled")
    found = {name: line.get(f"logging.googleapis.com/{name}") for name in names}
    return {"reason": line["reason"], **found}


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        (
            {"traceparent": f"00-{'a' * 32}-{SPAN}-01", "X-Cloud-Trace-Context": f"{'b' * 32}/1"},
            {"trace": f"projects/local/traces/{'a' * 32}", "spanId": SPAN, "trace_sampled": True},
        ),
        (
            {"traceparent": "nonsense", "X-Cloud-Trace-Context": f"{'b' * 32}/74;o=0"},
            {
                "trace": f"projects/local/traces/{'b' * 32}",
                "spanId": "000000000000004a",
                "trace_sampled": False,
            },
        ),
        (
            {"traceparent": "nonsense", "X-Cloud-Trace-Context": "nonsense"},
            {"trace": None, "spanId": None, "trace_sampled": None},
        ),
        ({}, {"trace": None, "spanId": None, "trace_sampled": None}),
    ],
)
def test_a_line_is_of_its_request(
    running: Stack, headers: dict[str, str], told: dict[str, Any]
) -> None:
    there = len(refused(running))
    with closing(begin(running, "missing", headers)) as connection:
        end(connection)
    assert [traced(line) for line in refused(running)[there:]] == [{"reason": "missing", **told}]
    assert "nonsense" not in running.servers["api"].output()


def test_lines_of_requests_at_once_do_not_mix(running: Stack) -> None:
    """Each waits for its last byte, in the middle of the others."""
    there = len(refused(running))
    reasons = {f"{number:032x}": list(SIGNATURES)[number % 2] for number in range(1, AT_ONCE + 1)}
    with ExitStack() as ending:
        connections = [
            ending.enter_context(
                closing(begin(running, reason, {"traceparent": f"00-{trace}-{SPAN}-01"}))
            )
            for trace, reason in reasons.items()
        ]
        for connection in connections:
            end(connection)
    told = [traced(line) for line in refused(running)[there:]]
    assert [(line["trace"], line["reason"]) for line in told] == [
        (f"projects/local/traces/{trace}", reason) for trace, reason in reasons.items()
    ]
