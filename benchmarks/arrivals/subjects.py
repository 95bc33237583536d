"""Who is measured: each a server of its own process that takes the same posts."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sandbox import samples

ROOT = Path(__file__).resolve().parents[2]
SECRET = "insecure-benchmark-app-secret"  # noqa: S105 - protects nothing
OTHERS = ROOT / ".venv-bench" / "bin"  # requirements/bench.txt


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A server, and how it is started on a port."""

    name: str
    command: tuple[str, ...]  # with {port}
    keeps: bool = True  # what it is given, in PostgreSQL
    variables: Mapping[str, str] = field(default_factory=dict)
    root: Path = ROOT

    def start(self, port: int, *, variables: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        """Starts it; whoever calls waits until it answers, and ends it."""
        return subprocess.Popen(
            [part.format(port=port) for part in self.command],
            cwd=self.root,
            env={**os.environ, **variables, "PORT": str(port), **self.variables},
            stdout=subprocess.DEVNULL,
        )


def subjects(*, before: Path | None) -> list[Subject]:
    """Everybody; `before` is another checkout of this project, with an environment in `.venv`."""
    ours = Subject(name="ours", command=("deploy/serve",), variables=_ours(ROOT))
    together = Subject(
        name="ours, tasks together",
        command=ours.command,
        variables={**_ours(ROOT), "TASKS_TOGETHER": "true"},
    )
    earlier = [
        Subject(name="before", command=ours.command, variables=_ours(path), root=path)
        for path in ([before] if before else [])
    ]
    granian = f"{sys.executable} -m granian --interface wsgi --no-ws --host 127.0.0.1".split()
    tutorial = Subject(
        name="tutorial view",
        command=(
            *granian,
            "--port",
            "{port}",
            "--blocking-threads",
            "32",
            "--no-access-log",
            "benchmarks.others.tutorial:application",
        ),
    )
    pywa = Subject(
        name="pywa, FastAPI",
        command=(
            str(OTHERS / "uvicorn"),
            "--port",
            "{port}",
            "--log-level",
            "warning",
            "benchmarks.others.keeps_nothing:app",
        ),
        keeps=False,
        variables={"PHONE_NUMBER_ID": samples.PHONE_NUMBER_ID},
    )
    return [*earlier, ours, together, tutorial, pywa]


def _ours(root: Path) -> Mapping[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.local",
        "SERVICES": "repair-serve-api,repair-serve-callable",
        "LOG_LEVEL": "WARNING",
        "HOST": "127.0.0.1",
        "THREADS": "32",
        "VIRTUAL_ENV": str(root / ".venv"),
        "TASK_HANDLER_URL": "http://127.0.0.1:9/webhook-listeners/whatsapp",
    }


def tutorial_variables(database_url: str, queue: str) -> Mapping[str, str]:
    """What the tutorial's view reads."""
    parts = urlsplit(database_url)
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": parts.username,
        "HOST": parse_qs(parts.query)["host"][0],
        "CONN_MAX_AGE": None,
    }
    return {"TUTORIAL_DATABASE": json.dumps(database), "TUTORIAL_QUEUE": queue}
