"""Faults: which calls they hit, what is applied, and how they are set from another process."""

import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from google.api_core.exceptions import (
    Aborted,
    DeadlineExceeded,
    Forbidden,
    GoogleAPICallError,
    InternalServerError,
    InvalidArgument,
    ResourceExhausted,
    ServiceUnavailable,
    Unauthenticated,
)
from google.cloud.firestore import Client, Increment

from sandbox.emulators import Emulators, Fault, FaultKind
from sandbox.emulators.faults import Faults

ONCE: dict[str, Any] = {"retry": None, "timeout": 10.0}


@pytest.fixture
def client(stand_ins: Emulators, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A client of an empty database of our stand-in."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", stand_ins.firestore_host)
    client = Client(project=f"test-{uuid.uuid4().hex[:20]}")
    yield client
    client.close()


@pytest.fixture
def control(stand_ins: Emulators) -> Iterator[requests.Session]:
    """What another process would use."""
    with requests.Session() as session:
        yield session


@pytest.mark.parametrize(
    ("kind", "error", "applied"),
    [
        (FaultKind.UNAVAILABLE, ServiceUnavailable, False),
        (FaultKind.ABORTED, Aborted, False),
        (FaultKind.RESOURCE_EXHAUSTED, ResourceExhausted, False),
        (FaultKind.DEADLINE_EXCEEDED, DeadlineExceeded, False),
        (FaultKind.INTERNAL, InternalServerError, False),
        (FaultKind.INVALID_ARGUMENT, InvalidArgument, False),
        (FaultKind.PERMISSION_DENIED, Forbidden, False),
        (FaultKind.UNAUTHENTICATED, Unauthenticated, False),
        (FaultKind.UNAVAILABLE_AFTER_APPLYING, ServiceUnavailable, True),
        (FaultKind.DEADLINE_AFTER_APPLYING, DeadlineExceeded, True),
    ],
)
def test_a_fault_strikes_once_and_says_so(
    *,
    client: Client,
    stand_ins: Emulators,
    kind: FaultKind,
    error: type[GoogleAPICallError],
    applied: bool,
) -> None:
    fault = Fault(kind=kind, service="firestore", method="Commit")
    stand_ins.faults.add(fault)
    with pytest.raises(error):
        client.document("chats/1").set({"a": 1}, **ONCE)
    assert client.document("chats/1").get(**ONCE).exists is applied
    client.document("chats/1").set({"a": 2}, **ONCE)
    assert stand_ins.faults.fired() == [(fault, 1)]


def test_a_call_may_be_slow(client: Client, stand_ins: Emulators) -> None:
    stand_ins.faults.add(Fault(kind=FaultKind.SLOW, service="firestore", seconds=0.2))
    started = time.monotonic()
    client.document("chats/1").set({"a": 1}, **ONCE)
    assert time.monotonic() - started >= 0.2


def test_a_caller_may_give_up_on_a_slow_call(client: Client, stand_ins: Emulators) -> None:
    stand_ins.faults.add(Fault(kind=FaultKind.SLOW, service="firestore", seconds=0.3))
    with pytest.raises(DeadlineExceeded):
        client.document("chats/1").set({"a": 1}, retry=None, timeout=0.1)


def test_a_call_may_be_applied_twice(client: Client, stand_ins: Emulators) -> None:
    client.document("enquiries/1").set({"count": 0}, **ONCE)
    stand_ins.faults.add(Fault(kind=FaultKind.TWICE, service="firestore", method="Commit"))
    client.document("enquiries/1").update({"count": Increment(1)}, **ONCE)
    assert client.document("enquiries/1").get(**ONCE).to_dict() == {"count": 2}


def test_the_client_repeats_an_unavailable_commit_by_itself(
    client: Client, stand_ins: Emulators
) -> None:
    stand_ins.faults.add(
        Fault(kind=FaultKind.UNAVAILABLE_AFTER_APPLYING, service="firestore", method="Commit")
    )
    client.document("enquiries/1").set({"count": Increment(1)}, merge=True)
    assert client.document("enquiries/1").get(**ONCE).to_dict() == {"count": 2}


def test_a_fault_may_be_for_one_document(client: Client, stand_ins: Emulators) -> None:
    stand_ins.faults.add(
        Fault(
            kind=FaultKind.INVALID_ARGUMENT,
            service="firestore",
            method="Commit",
            containing="chats/odd",
            times=2,
        )
    )
    client.document("chats/even").set({}, **ONCE)
    for _ in range(2):
        with pytest.raises(InvalidArgument):
            client.document("chats/odd").set({}, **ONCE)
    client.document("chats/odd").set({}, **ONCE)


def strikes(fault: Fault, *, calls: int) -> list[bool]:
    faults = Faults()
    faults.add(fault)
    taken = [faults.take(service="firestore", method="Commit") for _ in range(calls)]
    return [one is not None for one in taken]


def test_when_a_fault_strikes() -> None:
    def fault(**fields: Any) -> Fault:
        return Fault(kind=FaultKind.ABORTED, service="firestore", **fields)

    assert strikes(fault(), calls=3) == [True, False, False]
    assert strikes(fault(times=2), calls=3) == [True, True, False]
    assert strikes(fault(skip=1, times=1), calls=3) == [False, True, False]
    assert strikes(fault(method="RunQuery"), calls=2) == [False, False]
    assert strikes(fault(method="Commit"), calls=2) == [True, False]
    assert strikes(fault(probability=1.0), calls=3) == [True, True, True]
    assert strikes(fault(probability=0.0), calls=3) == [False, False, False]
    assert strikes(fault(probability=1.0, times=2), calls=3) == [True, True, False]


def test_a_probability_is_repeatable() -> None:
    def sequence(seed: int) -> list[bool]:
        fault = Fault(kind=FaultKind.ABORTED, service="firestore", probability=0.5, seed=seed)
        return strikes(fault, calls=64)

    assert sequence(1) == sequence(1)
    assert sequence(1) != sequence(2)
    assert 10 < sum(sequence(1)) < 54


def test_the_first_fault_that_strikes_counts() -> None:
    faults = Faults()
    first = Fault(kind=FaultKind.ABORTED, service="firestore")
    second = Fault(kind=FaultKind.UNAVAILABLE, service="firestore")
    faults.add(first)
    faults.add(second)
    taken = [faults.take(service="firestore", method="Commit") for _ in range(3)]
    assert taken == [first, second, None]


def test_faults_are_set_over_http(
    client: Client, stand_ins: Emulators, control: requests.Session
) -> None:
    url = f"{stand_ins.identity_url}/faults"
    fault = {"service": "firestore", "method": "Commit", "fault": "aborted", "times": 2}
    assert control.post(url, json=fault).status_code == 204
    with pytest.raises(Aborted):
        client.document("chats/1").set({}, **ONCE)
    (armed,) = control.get(url).json()
    assert {**armed, **fault} == armed
    assert armed["fired"] == 1
    assert control.delete(url).status_code == 204
    assert control.get(url).json() == []
    client.document("chats/1").set({}, **ONCE)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"service": "firestore"}',
        b'{"service": "firestore", "fault": "unheard of"}',
        b'{"service": "firestore", "fault": "aborted", "tims": 2}',
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    stand_ins: Emulators, control: requests.Session, body: bytes
) -> None:
    assert control.post(f"{stand_ins.identity_url}/faults", data=body).status_code == 400
    assert stand_ins.faults.fired() == []


def test_calls_are_counted(client: Client, stand_ins: Emulators, control: requests.Session) -> None:
    url = f"{stand_ins.identity_url}/counters"
    stand_ins.faults.add(Fault(kind=FaultKind.ABORTED, service="firestore", method="Commit"))
    with pytest.raises(Aborted):
        client.document("chats/1").set({}, **ONCE)
    client.document("chats/1").set({}, **ONCE)
    list(client.collection("chats").stream(**ONCE))
    assert stand_ins.counters.read() == {"firestore": {"Commit": 2, "RunQuery": 1}}
    assert control.get(url).json() == {"firestore": {"Commit": 2, "RunQuery": 1}}
    assert control.delete(url).status_code == 204
    assert control.get(url).json() == {}
