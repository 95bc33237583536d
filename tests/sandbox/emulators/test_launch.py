"""Starting and stopping: any of the stand-ins, on any ports."""

import contextlib
import socket
import threading
import time

import pytest
import requests
from google.api_core.exceptions import GoogleAPICallError
from google.cloud.firestore import Client

from sandbox.emulators import Fault, FaultKind, Options, Part, start


def is_open(host: str) -> bool:
    name, _, port = host.partition(":")
    try:
        socket.create_connection((name, int(port)), timeout=1).close()
    except ConnectionRefusedError:
        return False
    return True


def test_all_of_them_answer_and_then_are_gone() -> None:
    with start() as emulators:
        hosts = [emulators.firestore_host, emulators.tasks_host, emulators.identity_host]
        assert [is_open(host) for host in hosts] == [True] * 3
        assert emulators.environment() == {
            "FIRESTORE_EMULATOR_HOST": hosts[0],
            "TASKS_EMULATOR_HOST": hosts[1],
            "GCE_METADATA_HOST": hosts[2],
            "GCE_METADATA_IP": hosts[2],
            "TOKEN_ISSUERS": "https://emulator.invalid",
            "TOKEN_CERTS_URL": f"http://{hosts[2]}/certs",
        }
    assert [is_open(host) for host in hosts] == [False] * 3


@pytest.mark.parametrize("part", list(Part))
def test_each_of_them_may_be_alone(part: Part) -> None:
    with start(Options(parts=frozenset({part}))) as emulators:
        started = {
            Part.FIRESTORE: bool(emulators.firestore_host),
            Part.TASKS: bool(emulators.tasks_host),
            Part.IDENTITY: bool(emulators.identity_url),
        }
    assert [one for one, runs in started.items() if runs] == [part]


def test_a_firestore_that_runs_already_is_used() -> None:
    with start(Options(firestore_host="127.0.0.1:1")) as emulators:
        assert emulators.firestore is None
        assert emulators.environment()["FIRESTORE_EMULATOR_HOST"] == "127.0.0.1:1"


@pytest.mark.parametrize("option", ["firestore_port", "tasks_port", "identity_port"])
def test_a_port_that_is_taken_stops_the_others(option: str) -> None:
    before = set(threading.enumerate())
    with socket.create_server(("127.0.0.1", 0)) as server:
        options = Options(**{option: server.getsockname()[1]})
        with pytest.raises((RuntimeError, OSError)):
            start(options)
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=10)
        assert not thread.is_alive()


def test_what_they_held_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    exists = []
    for _ in range(2):
        with start(Options(parts=frozenset({Part.FIRESTORE}))) as emulators:
            monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulators.firestore_host)
            client = Client(project="test")
            exists.append(client.document("chats/1").get(timeout=5).exists)
            client.document("chats/1").set({}, timeout=5)
            client.close()
    assert exists == [False, False]


def test_nobody_is_waited_for_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    emulators = start()
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulators.firestore_host)
    emulators.faults.add(Fault(kind=FaultKind.SLOW, service="firestore", seconds=60))
    client = Client(project="test")

    def call() -> None:
        with contextlib.suppress(GoogleAPICallError):
            client.document("chats/1").set({}, retry=None, timeout=30)

    caller = threading.Thread(target=call)
    caller.start()
    while not emulators.counters.read():
        time.sleep(0.01)
    started = time.monotonic()
    emulators.stop()
    caller.join()
    assert time.monotonic() - started < 10
    client.close()


def test_each_set_has_keys_of_its_own() -> None:
    with start(Options(parts=frozenset({Part.IDENTITY}))) as emulators:
        published = requests.get(f"{emulators.identity_url}/certs", timeout=5).json()
        assert published == emulators.issuer.certificates
    with start(Options(parts=frozenset({Part.IDENTITY}))) as others:
        assert others.issuer.key_id not in published
