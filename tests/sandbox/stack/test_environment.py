"""A stack's processes depend on nothing that the developer has set."""

from pathlib import Path

import pytest

from sandbox import emulators
from sandbox.stack import environment
from sandbox.stack.spec import Spec
from visn_whatsapp.roles import ALL_SERVICES, FORWARDING, required

STAND_INS = ("FIRESTORE_EMULATOR_HOST", "TASKS_EMULATOR_HOST", "GCE_METADATA_HOST")
ADDRESSES = {
    "repair-serve-api": "http://127.0.0.1:1001",
    "repair-serve-callable": "http://127.0.0.1:1002",
    "queue-services": "http://127.0.0.1:1003",
}


def test_everything_that_a_service_needs_is_set(tmp_path: Path) -> None:
    with emulators.start() as running:
        given = environment.shared(
            Spec(folder=tmp_path), emulators=running, made=environment.Secrets()
        )
    needed = {*required(ALL_SERVICES), *FORWARDING, *STAND_INS}
    assert needed - given.keys() - environment.routes({}, own=()).keys() == set()


def test_little_is_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICES", "admin")
    monkeypatch.setenv("WHATSAPP_APP_SECRET", "the developer's own")
    monkeypatch.setenv("TERM", "dumb")
    inherited = environment.inherited()
    assert inherited["TERM"] == "dumb"
    assert inherited.keys() <= set(environment.INHERITED)


def test_a_process_calls_the_one_that_runs_the_callable() -> None:
    assert environment.routes(ADDRESSES, own=("repair-serve-api",)) == {
        "SERVICES": "repair-serve-api",
        "CALLABLE_URL": "http://127.0.0.1:1002/callable/whatsapp/events",
        "CALLABLE_AUDIENCE": "http://127.0.0.1:1002/callable/whatsapp/events",
        "TASK_HANDLER_URL": "http://127.0.0.1:1003/webhook-listeners/whatsapp",
        "TASK_HANDLER_AUDIENCE": "http://127.0.0.1:1003/webhook-listeners/whatsapp",
        "CHORES_AUDIENCE": "http://127.0.0.1:1003/chores",
        "API_AUDIENCE": "http://127.0.0.1:9/api/v1",
    }


def test_a_process_that_runs_the_callable_itself_does_not_call_it() -> None:
    both = ("repair-serve-api", "repair-serve-callable")
    assert environment.routes(ADDRESSES, own=both)["CALLABLE_URL"] == ""
