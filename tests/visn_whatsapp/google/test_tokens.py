"""Tokens for calling another service, from our stand-in for Google's metadata server.

The Google library reads the server's address as it is imported, so the caller is a process.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Self

import pytest
from google.auth import jwt

from sandbox.emulators import Emulators, Fault, FaultKind, Options, Part, start

CALLER = """
import json, sys, time
from visn_whatsapp.authentication import IdentityUnavailable, identity_token
for line in sys.stdin:
    started = time.monotonic()
    try:
        said = {"token": identity_token(line.strip())}
    except IdentityUnavailable:
        said = {"token": None}
    print(json.dumps(said | {"seconds": time.monotonic() - started}), flush=True)
"""
ACCOUNT = "repair-serve-api@test.invalid"
_serials = count()


class Caller:
    """A process that asks for tokens."""

    def __init__(self, address: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", CALLER],
            env=os.environ
            | {"GCE_METADATA_HOST": address, "GCE_METADATA_IP": address}
            | {"DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.test"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, audience: str = "") -> tuple[str | None, float]:
        """Asks for a token for an audience, a new one by itself; returns it and seconds."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write((audience or f"https://{next(_serials)}.test") + "\n")
        self._process.stdin.flush()
        while not (line := self._process.stdout.readline()).startswith('{"token"'):
            assert line, "the process has ended"  # another line is one of its log
        said = json.loads(line)
        return said["token"], said["seconds"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The metadata server and who asks it."""

    server: Emulators
    caller: Caller

    def goes_wrong(self, method: str, **fault: Any) -> None:
        """Lets the server answer wrongly for as long as the test goes on."""
        self.server.faults.add(Fault(service="identity", method=method, times=1000, **fault))


@pytest.fixture(scope="module")
def running() -> Iterator[Scene]:
    """One of each for all tests."""
    options = Options(parts=frozenset({Part.IDENTITY}), service_account=ACCOUNT)
    with start(options) as server, Caller(server.identity_host) as caller:
        caller.ask()  # what is imported is imported
        yield Scene(server=server, caller=caller)


@pytest.fixture
def scene(running: Scene) -> Iterator[Scene]:
    """The same without faults."""
    running.server.counters.clear()
    yield running
    running.server.faults.clear()


def test_a_token_is_fetched_once_per_audience(scene: Scene) -> None:
    audiences = ("https://a", "https://a", "https://b")
    first, second, other = (scene.caller.ask(audience)[0] for audience in audiences)
    assert first == second != other
    claims = jwt.decode(other, certs=scene.server.issuer.certificates)
    assert (claims["aud"], claims["email"]) == ("https://b", ACCOUNT)
    assert scene.server.counters.read()["identity"]["identity"] == 2


@pytest.mark.parametrize("method", ["ping", "default", "identity"])
@pytest.mark.parametrize("status", [400, 403, 404, 408, 429, 500, 502, 503, 504])
def test_any_answer_but_a_good_one_is_the_end_of_it(scene: Scene, method: str, status: int) -> None:
    """By itself the library tries 408, 429, 500, 503 and 504 for 15 seconds."""
    scene.goes_wrong(method, kind=FaultKind.UNAVAILABLE, status=status)
    token, seconds = scene.caller.ask()
    assert token is None
    assert seconds < 5.0
    assert sum(fired for _, fired in scene.server.faults.fired()) == 1


@pytest.mark.parametrize("method", ["ping", "default", "identity"])
@pytest.mark.parametrize("kind", [FaultKind.SILENT, FaultKind.SLOW])
def test_nobody_waits_for_a_server_that_says_nothing(
    scene: Scene, method: str, kind: FaultKind
) -> None:
    scene.goes_wrong(method, kind=kind, seconds=30)
    audience = f"https://{next(_serials)}.test"
    token, seconds = scene.caller.ask(audience)
    assert token is None
    assert seconds < 6.0
    token, again = scene.caller.ask(audience)
    assert token is None
    assert again < 0.5  # it is remembered


@pytest.mark.parametrize("method", ["default", "identity"])
def test_what_cannot_be_read_is_no_token(scene: Scene, method: str) -> None:
    scene.goes_wrong(method, kind=FaultKind.UNREADABLE)
    token, seconds = scene.caller.ask()
    assert token is None
    assert seconds < 5.0


def test_a_slow_server_is_waited_for(scene: Scene) -> None:
    scene.goes_wrong("identity", kind=FaultKind.SLOW, seconds=0.3)
    assert scene.caller.ask()[0]


def test_a_server_that_is_not_there_is_given_up_at_once() -> None:
    with Caller("127.0.0.1:9") as caller:
        token, seconds = caller.ask()
    assert token is None
    assert seconds < 6.0
