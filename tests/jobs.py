"""A command in a process of its own, as its job runs it, on the database of the test."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db import connection

# It tells itself the most that it had in memory: what the system tells its parent (`ru_maxrss`)
# is never less than what that had when it began the process.
AS_A_JOB = r"""
import re, sys
from pathlib import Path
from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
print(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1], file=sys.stderr)
"""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What a process said, and the most that it had in memory."""

    report: dict[str, Any]
    peak_mib: float


def finished(*command: str) -> Finished:
    """Runs a command that prints JSON and ends with 0. The test's rows have to be committed."""
    environment = os.environ | {"DATABASE_URL": database_url()}
    environment["DJANGO_SETTINGS_MODULE"] = "visn_whatsapp.settings.local"
    ended = subprocess.run(
        [sys.executable, "-c", AS_A_JOB, *command, "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    peak_kib = ended.stderr.splitlines()[-1]
    return Finished(report=json.loads(ended.stdout), peak_mib=int(peak_kib) / 1024)


def database_url() -> str:
    """The test's database, for another process."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
