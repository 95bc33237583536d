"""Runs the whole suite: on SQLite, then what uses the database again on PostgreSQL.

`python -m tests ARGUMENTS…` hands its arguments to pytest both times. The last lines say which
tests were left out for want of a program.
"""

import subprocess
import sys

import pytest

from tests import postgresql, programs

WORKERS = ["-n", "2"]


def main(arguments: list[str]) -> int:
    """Returns 0 only if every run passed and nothing required is missing."""
    suite = [sys.executable, "-m", "pytest", *WORKERS, *arguments]
    statuses = [subprocess.run(suite, check=False).returncode]
    if programs.find_postgresql():
        again = postgresql.main([*suite, "--only-database"])
        statuses.append(0 if again == pytest.ExitCode.NO_TESTS_COLLECTED else again)
    statuses.append(programs.main())
    return max(statuses)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
