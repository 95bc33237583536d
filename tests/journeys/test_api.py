"""The API's page, as it is written: its commands by bash and curl, on services as processes."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from sandbox import stack
from sandbox.stack import ALL_IN_ONE, Spec, Stack
from tests.deploy.definitions import FILLED_IN_WITH
from tests.deploy.document import ROOT, block
from visn_whatsapp.safety.identities import readers_are_named

PAGE = ROOT / "docs" / "api.md"
LOCAL = "http://127.0.0.1:8000"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Stack]:
    """Everything in one process, with two events: one skipped, one applied to no chat."""
    with stack.start(Spec(folder=tmp_path, servers=ALL_IN_ONE)) as started:
        url = ("--url", started.webhook_url)
        started.manage("simulate_whatsapp", "text", "reaction", *url)
        yield started


def answers(running: Stack, *holding: str) -> list[Any]:
    """Runs pieces of the page after its beginning; returns each answer that they print."""
    pieces = [block(PAGE, holding=words) for words in ("TOKEN=", *holding)]
    script = "\n".join(pieces).replace(LOCAL, running.address("admin"))
    finished = subprocess.run(
        ["/bin/bash", "-euc", script],
        env=running.environment() | {"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    decoder, found, rest = json.JSONDecoder(), [], finished.stdout
    while rest:
        answer, end = decoder.raw_decode(rest)
        found.append(answer)
        rest = rest[end:].lstrip()
    return found


def test_the_commands_of_the_page_ask_and_replay(running: Stack) -> None:
    [page] = answers(running, "/events?")
    assert {event["state"] for event in page["events"]} <= {"skipped", "failed"}
    assert answers(running, "wamid.") == [{"events": [], "more": False}]
    problems, figures, numbers = answers(running, "/problems")
    assert (problems["problems"], figures["total"]["events"]) == ([], 2)
    assert (numbers["numbers"], numbers["until"]) == ([], None)  # nothing is added up yet
    shown, begun, followed = answers(running, "REPLAY=", 'echo "$SHOWN" |')
    assert (shown["to_open"], shown["not_looked_at"], len(shown["fates"])) == (2, 0, 1)
    assert (begun["id"], begun["total"], begun["foreseen"]) == (followed["id"], 2, 2)
    assert shown["replay"]["id"] == begun["id"]


def test_the_definition_is_told_who_may_ask(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    definition = tmp_path / "deploy" / "admin.yaml"
    definition.write_text((ROOT / "deploy" / "admin.yaml").read_text())
    script = block(PAGE, holding="give()")
    subprocess.run(["/bin/bash", "-euc", script], cwd=tmp_path, check=True, timeout=20)
    text = definition.read_text()
    for name, value in FILLED_IN_WITH.items():
        text = text.replace(f"<{name}>", value)
    [container] = yaml.safe_load(text)["spec"]["template"]["spec"]["containers"]
    given = {each["name"]: each.get("value") for each in container["env"]}
    callers = tuple(given["API_CALLERS"].split(","))
    assert given["API_AUDIENCE"] == "https://admin-123456789012.europe-west1.run.app/api/v1"
    assert callers == ("support-desk@visn-example.iam.gserviceaccount.com",)
    settings = SimpleNamespace(
        API_AUDIENCE=given["API_AUDIENCE"],
        API_CALLERS=callers,
        API_REVEALERS=(),
        API_REPLAYERS=(),
        API_CALLS_PER_MINUTE=120,
    )
    assert (given["API_REVEALERS"], readers_are_named(settings)) == ("", "")
