"""What the services log of a delivery has one trace, from Meta's POST to the task for later."""

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
import urllib3

from sandbox.emulators import Fault, FaultKind
from tests.journeys.conftest import AT, NOW, World, status, text
from tests.sandbox.stack.processes import eventually
from webhooks.authentication import SIGNATURE_HEADER, sign

SPAN = "00f067aa0ba902b7"
API, CALLABLE, QUEUE = "repair-serve-api", "repair-serve-callable", "queue-services"


@pytest.fixture
def trace() -> str:
    return uuid.uuid4().hex


def post(world: World, body: bytes, headers: Mapping[str, str]) -> int:
    """Posts like Meta, through somebody who traces."""
    signature = {SIGNATURE_HEADER: sign(body, secret=world.running.secrets.app_secret)}
    url = world.running.webhook_url
    return urllib3.request("POST", url, body=body, headers={**signature, **headers}).status


def lines(world: World, trace: str) -> set[tuple[str, str, str]]:
    """Who has said what of ours under this trace, and under which span."""
    project = world.running.spec.emulators.project
    return {
        (server, line["message"], line.get("logging.googleapis.com/spanId", ""))
        for server, log in world.running.logs().items()
        for line in map(read, log.splitlines())
        if line.get("logging.googleapis.com/trace") == f"projects/{project}/traces/{trace}"
        and not line["logger"].startswith("django")
    }


def read(line: str) -> Any:
    return json.loads(line) if line.startswith("{") else {}


@pytest.mark.parametrize("name", ["traceparent", "X-Cloud-Trace-Context"])
def test_the_task_is_of_the_trace_of_the_post(world: World, trace: str, name: str) -> None:
    enquiry = world.chat()
    body = world.delivery(enquiry, messages=[text(enquiry)])
    world.running.emulators.faults.add(
        Fault(kind=FaultKind.PERMISSION_DENIED, service="firestore", times=1)
    )
    headers = {
        "traceparent": f"00-{trace}-{SPAN}-01",
        "X-Cloud-Trace-Context": f"{trace}/{int(SPAN, 16)};o=1",
    }

    assert post(world, body, {name: headers[name]}) == 200

    assert [row[:2] for row in world.ledger.settled(body)] == [("processed", "applied")]
    assert lines(world, trace) == {(QUEUE, "A task will be tried again.", SPAN)}


def test_the_call_is_of_the_trace_of_the_post(world: World, trace: str) -> None:
    enquiry = world.chat()
    body = world.delivery(enquiry, messages=[text(enquiry)])
    world.running.emulators.faults.add(
        Fault(kind=FaultKind.PERMISSION_DENIED, service="tasks", method="CreateTask", times=1)
    )

    assert post(world, body, {"traceparent": f"00-{trace}-{SPAN}-00"}) == 200

    expected = {
        (API, "A delivery was not sent on.", SPAN),
        (CALLABLE, "A request was put off.", SPAN),
    }
    assert eventually(lambda: lines(world, trace) == expected)
    assert world.post(body) == 200  # as Meta does, for want of a task


def test_the_task_for_later_is_of_the_same_trace(world: World, trace: str) -> None:
    enquiry = world.chat()
    message = world.outbound(enquiry, stored=False)
    body = world.delivery(enquiry, statuses=[status(message, "read", at=AT)])
    waits = Fault(kind=FaultKind.PERMISSION_DENIED, service="firestore", times=1)

    assert post(world, body, {"traceparent": f"00-{trace}-{SPAN}-01"}) == 200
    assert eventually(lambda: [row.state for row in world.ledger.events(body)] == ["waiting"])
    world.running.emulators.faults.add(waits)

    expected = {(QUEUE, "A task will be tried again.", SPAN)}
    assert eventually(lambda: lines(world, trace) == expected, seconds=15)
    world.platform.store({message.path: message.fields(now=NOW)})


@pytest.mark.parametrize("header", ["nonsense", f"00-{'0' * 32}-{SPAN}-01", ""])
def test_what_is_no_trace_is_not_passed_on(world: World, header: str) -> None:
    enquiry = world.chat()
    body = world.delivery(enquiry, messages=[text(enquiry)])
    world.running.emulators.faults.add(
        Fault(kind=FaultKind.PERMISSION_DENIED, service="firestore", times=1)
    )
    before = len(world.running.logs()[QUEUE])

    assert post(world, body, {"traceparent": header}) == 200

    assert [row[:2] for row in world.ledger.settled(body)] == [("processed", "applied")]
    written = world.running.logs()[QUEUE][before:]
    assert re.search("A task will be tried again", written)
    assert "logging.googleapis.com/trace" not in written
