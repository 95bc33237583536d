"""Whether a process tells the truth about itself, with databases that answer, refuse and hang."""

import json
import os
import socket
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client

ASK = """
import django, json, os, time
django.setup()
from django.test import Client
told, slowest = [], 0
for name in ("live", "ready", "ready"):
    asked = time.monotonic()
    answer = Client().get(f"/health/{name}")
    slowest = max(slowest, time.monotonic() - asked)
    told.append([answer.status_code, answer.json()])
print(json.dumps([told, slowest]), flush=True)
os._exit(0)  # without waiting for the probe that hangs
"""
LIVE = [200, {"status": "live"}]
NOT_READY = [503, {"status": "unavailable", "not_ready": ["database"]}]


def ask(database_url: str) -> Any:
    """Returns what a process with this database told, and the seconds of its slowest answer."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.test",
        "DATABASE_URL": database_url,
    }
    finished = subprocess.run(
        [sys.executable, "-c", ASK],
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
        told, seconds = ask(f"postgres://visn@127.0.0.1:{port}/visn?connect_timeout=30")
    assert told == [LIVE, NOT_READY, NOT_READY]
    assert seconds < 10
