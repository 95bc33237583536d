"""The files of `deploy/monitoring/`, by what they define."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from tests.deploy.definitions import DEPLOY

MONITORING = DEPLOY / "monitoring"
METRICS = sorted(path.stem for path in MONITORING.glob("metrics/*.json"))
ALERTS = sorted(path.stem for path in MONITORING.glob("alerts/*.json"))
FILES = sorted(MONITORING.rglob("*.json"))


@cache
def read(path: Path) -> Any:
    """Returns what stands in a file."""
    return json.loads(path.read_text())


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
