"""Whether a process tells the truth about itself, with databases that answer, refuse and hang."""

import json
import os
import re
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests import postgresql
from tests.programs import find_postgresql
from visn_whatsapp import health
from visn_whatsapp.roles import ALL_SERVICES

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"

ASK = """
import django, json, os, sys, time
django.setup()
from django.test import Client
from visn_whatsapp import health
if len(sys.argv) > 1:
    health.PATIENCE_SECONDS = float(sys.argv[1])
told, slowest = [], 0
for name in ("live", "ready", "ready"):
    asked = time.monotonic()
    answer = Client().get(f"/health/{name}")
    slowest = max(slowest, time.monotonic() - asked)
    told.append([answer.status_code, answer.json()])
print(json.dumps([told, slowest]), flush=True)
os._exit(0)  # without waiting for the probe that hangs
"""
READY = [200, {"status": "ready"}]
LIVE = [200, {"status": "live"}]
NOT_READY = [503, {"status": "unavailable", "not_ready": ["database"]}]


def ask(database_url: str, *, patience: str = "") -> Any:
    """Returns what a process with this database told, and the seconds of its slowest answer."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.test",
        "DATABASE_URL": database_url,
    }
    finished = subprocess.run(
        [sys.executable, "-c", ASK, *filter(None, [patience])],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(finished.stdout.splitlines()[-1])


@pytest.mark.django_db(transaction=True)
def test_a_process_with_its_database_is_ready(client: Client) -> None:
    answers = {name: client.get(f"/health/{name}") for name in ("live", "ready")}
    assert {name: (answer.status_code, answer.json()) for name, answer in answers.items()} == {
        "live": (200, {"status": "live"}),
        "ready": (200, {"status": "ready"}),
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["live", "ready"])
def test_a_probe_may_name_the_host_by_its_address(client: Client, name: str) -> None:
    assert client.get(f"/health/{name}", headers={"Host": "10.0.0.5:8080"}).status_code == 200
    assert client.get("/admin/", headers={"Host": "10.0.0.5:8080"}).status_code == 400


def test_a_database_that_refuses_makes_a_process_unready() -> None:
    told, _ = ask("postgres://visn:secret-password@127.0.0.1:9/visn")
    assert told == [LIVE, NOT_READY, NOT_READY]


def test_a_database_that_hangs_makes_a_process_unready_within_its_budget() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = f"postgres://visn@127.0.0.1:{port}/visn?connect_timeout=30"
        told, seconds = ask(url, patience="1")
    assert told == [LIVE, NOT_READY, NOT_READY]
    assert seconds < 10


@pytest.mark.needs("postgresql")
def test_a_database_that_is_slow_to_connect_to_is_waited_for() -> None:
    programs = find_postgresql()
    assert programs is not None
    with postgresql.cluster(programs) as url, slow_to_connect(url, seconds=1.3) as port:
        told, seconds = ask(f"postgres://postgres@127.0.0.1:{port}/postgres")
    assert told == [LIVE, READY, READY]
    assert seconds >= 1.3


def test_probes_that_give_up_early_hear_of_a_database_that_answers_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered = threading.Event()
    monkeypatch.setattr(health, "_query", lambda: answered.wait(60))
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.01)
    database = health.Asking()
    assert [database.answers() for _ in range(3)] == [False] * 3
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 60)
    threading.Timer(0.1, answered.set).start()
    assert database.answers()


@contextmanager
def slow_to_connect(url: str, *, seconds: float) -> Iterator[int]:
    """Stands before a PostgreSQL's socket and lets each connection wait first; yields its port."""
    folder = url.partition("?host=")[2]

    class Relay(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            time.sleep(seconds)
            with socket.socket(socket.AF_UNIX) as server:
                server.connect(f"{folder}/.s.PGSQL.5432")
                back = threading.Thread(target=copy, args=(server, self.request))
                back.start()
                copy(self.request, server)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Relay) as relay:
        threading.Thread(target=relay.serve_forever, args=(0.01,)).start()
        yield int(relay.server_address[1])
        relay.shutdown()


def copy(source: socket.socket, target: socket.socket) -> None:
    """Passes on what comes until there is no more."""
    with suppress(OSError):
        while received := source.recv(65536):
            target.sendall(received)
        target.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("service", ALL_SERVICES)
def test_a_definition_agrees_with_the_server(service: str) -> None:
    text = (DEPLOY / f"{service}.yaml").read_text()
    [startup] = re.findall(r"startupProbe: (\{.*\})", text)
    # As one probe gives up the next one listens, and hears of a database that answers late.
    assert "path: /health/ready" in startup
    assert seconds(startup, "timeoutSeconds") == seconds(startup, "periodSeconds")
    assert seconds(startup, "periodSeconds") * seconds(startup, "failureThreshold") >= 60
    [concurrency] = re.findall(r"containerConcurrency: (\d+)", text)
    [threads] = re.findall(r'- name: THREADS\n +value: "(\d+)"', text)
    assert concurrency == threads


def seconds(probe: str, name: str) -> int:
    """Returns a number of a probe's definition."""
    [value] = re.findall(rf"{name}: (\d+)", probe)
    return int(value)
