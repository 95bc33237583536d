"""The commands of the document that make what `deploy/monitoring/` defines, as written."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.definitions import FILLED_IN_WITH
from tests.deploy.document import DEPLOYMENT, block
from tests.deploy.monitoring import ALERTS, METRICS, MONITORING, UPTIMES, read
from tests.deploy.recorder import Asked
from tests.deploy.shell import TOKEN, Shell

pytestmark = pytest.mark.needs("gcloud")
PROJECT = FILLED_IN_WITH["PROJECT"]
SCRIPT = "\n".join(
    ["gcloud config set project visn-example"]
    + [block(DEPLOYMENT, holding=words) for words in ("fill()", "CHANNEL=$(", "make_of()")]
)
CHANNEL = f"projects/{PROJECT}/notificationChannels/1234567890123456789"
PLACES = {
    "metrics": ("logging.googleapis.com", f"/v2/projects/{PROJECT}/metrics"),
    "uptime": ("monitoring.googleapis.com", f"/v3/projects/{PROJECT}/uptimeCheckConfigs"),
    "channel.json": ("monitoring.googleapis.com", f"/v3/projects/{PROJECT}/notificationChannels"),
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
    text = json.dumps(read(path)).replace("<CHANNEL>", CHANNEL)
    text = text.replace("<EMAIL>", "oncall@visn.example")
    assert "<" not in text
    return json.loads(text)


def posted(shell: Shell) -> list[Asked]:
    """What Google was given to make."""
    return [each for each in shell.recorder.asked if each.method == "POST"]


def test_each_file_reaches_the_interface_that_takes_it(shell: Shell) -> None:
    finished = shell.run(SCRIPT)
    assert finished.returncode == 0, finished.stderr
    assert {each.token for each in posted(shell)} == {f"Bearer {TOKEN}"}
    assert finished.stdout.startswith(f"{CHANNEL}\n")
    files = [
        MONITORING / "channel.json",
        *(MONITORING / "metrics" / f"{name}.json" for name in METRICS),
        *(MONITORING / "uptime" / f"{name}.json" for name in UPTIMES),
        *(MONITORING / name for name in ("service.json", "slo.json")),
        *(MONITORING / "alerts" / f"{name}.json" for name in ALERTS),
        MONITORING / "dashboard.json",
    ]
    assert [(each.host, each.path, each.body) for each in posted(shell)] == [
        (*PLACES[path.relative_to(MONITORING).parts[0]], filled_in(path)) for path in files
    ]
    ids = [each.query for each in posted(shell) if each.query]
    assert ids == [
        {"serviceId": ["visn-whatsapp"]},
        {"serviceLevelObjectiveId": ["documents-in-time"]},
    ]


def test_without_a_channel_nothing_is_told_to_nobody(shell: Shell) -> None:
    shell.google.takes_channels = False
    finished = shell.run(SCRIPT)
    assert finished.returncode != 0
    assert [each.path.rpartition("/")[2] for each in posted(shell)] == ["notificationChannels"]


def test_without_a_name_of_one_either(shell: Shell) -> None:
    """As in a shell in which the first of the two was not run."""
    made = block(DEPLOYMENT, holding="CHANNEL=$(")
    finished = shell.run(SCRIPT.replace(made, made.partition("CHANNEL=")[0]))
    assert finished.returncode != 0
    assert "CHANNEL: parameter null or not set" in finished.stderr
    assert [each.body for each in posted(shell)] in ([], [None])
