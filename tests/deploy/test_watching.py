"""The commands of the document that make metrics, objective, alerts and dashboard, as written."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.definitions import FILLED_IN_WITH
from tests.deploy.document import DEPLOYMENT, block
from tests.deploy.monitoring import ALERTS, METRICS, MONITORING
from tests.deploy.shell import TOKEN, Shell

pytestmark = pytest.mark.needs("gcloud")
PROJECT = FILLED_IN_WITH["PROJECT"]
SCRIPT = "\n".join(
    ["gcloud config set project visn-example"]
    + [block(DEPLOYMENT, holding=words) for words in ("fill()", "make_of()")]
)
PLACES = {
    "metrics": ("logging.googleapis.com", f"/v2/projects/{PROJECT}/metrics"),
    "alerts": ("monitoring.googleapis.com", f"/v3/projects/{PROJECT}/alertPolicies"),
    "service.json": ("monitoring.googleapis.com", f"/v3/projects/{PROJECT}/services"),
    "slo.json": (
        "monitoring.googleapis.com",
        f"/v3/projects/{PROJECT}/services/visn-whatsapp/serviceLevelObjectives",
    ),
    "dashboard.json": ("monitoring.googleapis.com", f"/v1/projects/{PROJECT}/dashboards"),
}


def filled_in(path: Path) -> Any:
    """What Google has to be given of a file."""
    channel = f"projects/{PROJECT}/notificationChannels/1234567890123456789"
    text = path.read_text().replace("<PROJECT>", PROJECT).replace("<CHANNEL>", channel)
    assert "<" not in text
    return json.loads(text)


def test_each_file_reaches_the_interface_that_takes_it(shell: Shell) -> None:
    finished = shell.run(SCRIPT)
    assert finished.returncode == 0, finished.stderr
    posted = [each for each in shell.recorder.asked if each.method == "POST"]
    assert {each.token for each in posted} == {f"Bearer {TOKEN}"}
    files = [
        *(MONITORING / "metrics" / f"{name}.json" for name in METRICS),
        *(MONITORING / name for name in ("service.json", "slo.json")),
        *(MONITORING / "alerts" / f"{name}.json" for name in ALERTS),
        MONITORING / "dashboard.json",
    ]
    assert [(each.host, each.path, each.body) for each in posted] == [
        (*PLACES[path.relative_to(MONITORING).parts[0]], filled_in(path)) for path in files
    ]
    ids = [each.query for each in posted if each.query]
    assert ids == [
        {"serviceId": ["visn-whatsapp"]},
        {"serviceLevelObjectiveId": ["documents-in-time"]},
    ]


def test_without_a_channel_nothing_is_told_to_nobody(shell: Shell) -> None:
    command = block(DEPLOYMENT, holding="make_of()")
    script = SCRIPT.replace(command, command.replace("CHANNEL=projects", "NOBODY=projects"))
    finished = shell.run(script)
    assert finished.returncode != 0
    assert "CHANNEL: parameter null or not set" in finished.stderr
    assert [each.body for each in shell.recorder.asked if each.method == "POST"] in ([], [None])
