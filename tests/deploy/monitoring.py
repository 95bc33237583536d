"""The files of `deploy/monitoring/`, by what they define, filled in as the document says."""

import json
import os
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.deploy.definitions import DEPLOY, FILLED_IN_WITH
from tests.deploy.document import DEPLOYMENT, block

MONITORING = DEPLOY / "monitoring"
METRICS = sorted(path.stem for path in MONITORING.glob("metrics/*.json"))
ALERTS = sorted(path.stem for path in MONITORING.glob("alerts/*.json"))
UPTIMES = sorted(path.stem for path in MONITORING.glob("uptime/*.json"))
FILES = sorted(MONITORING.rglob("*.json"))
# What the module and the document fill in later: Google names a channel when it is made.
LATER = {"<CHANNEL>", "<EMAIL>"}


def fill(deploy: Path) -> dict[str, Any]:
    """Returns what stands in each file of a folder like ours, by its place in it, filled in."""
    files = sorted((deploy / "monitoring").rglob("*.json"))
    script = (
        f'{block(DEPLOYMENT, holding="fill()")}\nfor file; do fill "$file"; printf "\\036"; done'
    )
    finished = subprocess.run(
        ["/bin/bash", "-euc", script, "bash", *files],
        env={"PATH": os.environ["PATH"], **FILLED_IN_WITH},
        cwd=deploy.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    texts = finished.stdout.split("\036")[:-1]
    places = [str(path.relative_to(deploy / "monitoring")) for path in files]
    return dict(zip(places, map(json.loads, texts), strict=True))


@cache
def filled() -> Mapping[str, Any]:
    """Returns what stands in ours."""
    return MappingProxyType(fill(DEPLOY))


def read(path: Path) -> Any:
    """Returns what stands in a file, filled in."""
    return filled()[str(path.relative_to(MONITORING))]


def metric(name: str) -> dict[str, Any]:
    """Returns a metric that Google makes of log lines."""
    found: dict[str, Any] = read(MONITORING / "metrics" / f"{name}.json")
    return found


def alert(name: str) -> dict[str, Any]:
    """Returns a policy."""
    found: dict[str, Any] = read(MONITORING / "alerts" / f"{name}.json")
    return found


def log_filters() -> dict[str, str]:
    """Returns each filter of log lines, by the file that it stands in."""
    found = {f"metrics/{name}": metric(name)["filter"] for name in METRICS}
    for name in ALERTS:
        for condition in alert(name)["conditions"]:
            if "conditionMatchedLog" in condition:
                found[f"alerts/{name}"] = condition["conditionMatchedLog"]["filter"]
    return found


def strings(part: Any) -> list[str]:
    """Returns all strings in a part of a file."""
    if isinstance(part, str):
        return [part]
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return [words for each in inner for words in strings(each)]
