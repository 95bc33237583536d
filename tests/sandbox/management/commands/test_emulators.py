"""`manage.py emulators`: a process that says where its stand-ins are and ends when told."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from google.cloud.firestore import Client

ROOT = Path(__file__).resolve().parents[4]


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "manage.py", "emulators", *arguments]
    names = {"PATH": os.environ["PATH"], "PYTHONWARNINGS": "default", **environment}
    with subprocess.Popen(
        command, cwd=ROOT, env=names, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(path: Path, process: "subprocess.Popen[str]") -> dict[str, str]:
    """Returns what the ready file says once it is there."""
    deadline = time.monotonic() + 30
    while not path.exists():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    ready: dict[str, str] = json.loads(path.read_text())
    return ready


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_until_it_is_told_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    with running("--ready-file", str(tmp_path / "ready")) as process:
        environment = wait_for(tmp_path / "ready", process)
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", environment["FIRESTORE_EMULATOR_HOST"])
        client = Client(project="test")
        client.document("chats/1").set({"a": 1}, timeout=10)
        client.close()
        process.send_signal(number)
        output, _ = process.communicate(timeout=15)
    assert process.returncode == 0
    for name, value in environment.items():
        assert f"export {name}={value}\n" in output
    assert "in memory" in output
    assert output.endswith("Stopped. What the stand-ins held is gone.\n")


def test_a_firestore_that_runs_already_is_used(tmp_path: Path) -> None:
    arguments = ("--only", "firestore", "tasks", "--ready-file", str(tmp_path / "ready"))
    with running(*arguments, FIRESTORE_EMULATOR_HOST="127.0.0.1:1") as process:
        environment = wait_for(tmp_path / "ready", process)
        process.terminate()
        output, _ = process.communicate(timeout=15)
    assert environment["FIRESTORE_EMULATOR_HOST"] == "127.0.0.1:1"
    assert sorted(environment) == ["FIRESTORE_EMULATOR_HOST", "TASKS_EMULATOR_HOST"]
    assert "the Firestore at 127.0.0.1:1 is used, and none is started" in output


def test_a_port_that_is_taken_is_an_error(tmp_path: Path) -> None:
    with running("--only", "identity", "--ready-file", str(tmp_path / "ready")) as first:
        port = wait_for(tmp_path / "ready", first)["GCE_METADATA_HOST"].split(":")[1]
        with running("--identity-port", port) as second:
            output, _ = second.communicate(timeout=30)
    assert second.returncode == 1
    assert "CommandError: A stand-in could not start" in output
