"""Runs the whole suite: on SQLite, then what another database may change on PostgreSQL.

`python -m tests ARGUMENTS…` hands its arguments to pytest both times. `tests/passes.py` says what
runs only once. The last lines say which tests were left out for want of a program.
"""

import subprocess
import sys

import pytest

from tests import passes, postgresql, programs


def main(arguments: list[str]) -> int:
    """Returns 0 only if every run passed and nothing required is missing."""
    suite = [sys.executable, "-m", "pytest", *passes.WORKERS, *arguments]
    if programs.find_postgresql():
        first = subprocess.run([*suite, "--before-postgresql"], check=False).returncode
        statuses = [first, postgresql.main([*suite, "--only-database"])]
    else:
        statuses = [subprocess.run(suite, check=False).returncode]
    return max(of_both(statuses), programs.main())


def of_both(statuses: list[int]) -> int:
    """The worst status; that a run had no tests is well if the other had some."""
    ran = [abs(status) for status in statuses if status != pytest.ExitCode.NO_TESTS_COLLECTED]
    return max(ran, default=int(pytest.ExitCode.NO_TESTS_COLLECTED))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
