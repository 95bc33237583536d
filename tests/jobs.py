"""A command in a process of its own, as its job runs it, on the database of the test."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db import connection


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What a process said, and the most that it had in memory."""

    report: dict[str, Any]
    peak_mib: float


def finished(*command: str) -> Finished:
    """Runs a command that prints JSON and ends with 0. The test's rows have to be committed."""
    environment = os.environ | {"DATABASE_URL": database_url()}
    environment["DJANGO_SETTINGS_MODULE"] = "visn_whatsapp.settings.local"
    with subprocess.Popen(
        [sys.executable, "manage.py", *command, "--json"], env=environment, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return Finished(report=json.loads(said), peak_mib=used.ru_maxrss / 1024)


def database_url() -> str:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
