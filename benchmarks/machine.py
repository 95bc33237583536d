"""On what was measured: the machine, the versions of what took part, and the commit."""

import os
import platform
import subprocess
from importlib.metadata import version

PACKAGES = (
    "django",
    "djangorestframework",
    "google-cloud-firestore",
    "google-cloud-tasks",
    "granian",
    "grpcio",
    "msgspec",
    "psycopg",
)


def machine(postgresql: str) -> dict[str, object]:
    """What is saved beside the figures; `postgresql` is the path of the server's program."""
    return {
        "commit": _said_by("git", "describe", "--always", "--dirty"),
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "postgresql": _said_by(postgresql, "--version"),
        "packages": {name: version(name) for name in PACKAGES},
    }


def _said_by(*command: str) -> str:
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip()


def _processor() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123
        named = [line for line in lines if line.startswith("model name")]
    return named[0].partition(":")[2].strip() if named else ""
