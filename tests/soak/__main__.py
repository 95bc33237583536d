"""Everything runs, mixed traffic comes, everything fails now and then: `make soak SECONDS=600`.

At the end the ledger must account for every item, the documents must equal the model's, and the
memory of each process must be flat; otherwise the exit status is 1. In the first third processes
are killed as well; afterwards their memory is watched.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import django

from tests.postgresql import cluster
from tests.programs import find_postgresql


def main() -> int:
    """Runs the soak on a new database."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--posters", type=int, default=4, help="deliveries posted at once")
    parser.add_argument("--seed", type=int, default=1, help="of all that is random")
    parser.add_argument("--logs", type=Path, help="a folder that keeps what each process logs")
    parser.add_argument("--sqlite", action="store_true", help="even where PostgreSQL is found")
    options = parser.parse_args()
    programs = None if options.sqlite else find_postgresql()
    with ExitStack() as ending:
        folder = options.logs or Path(
            ending.enter_context(tempfile.TemporaryDirectory(prefix="visn-soak-"))
        )
        url = f"sqlite:///{folder / 'ledger.sqlite3'}"
        if programs is not None:
            url = ending.enter_context(cluster(programs))
        os.environ |= {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.test",
        }
        django.setup()
        # They need Django's settings, which need the database's address.
        from tests.soak.report import report  # noqa: PLC0415
        from tests.soak.run import Soak  # noqa: PLC0415

        soak = Soak(
            folder=folder,
            database_url=url,
            seconds=options.seconds,
            posters=options.posters,
            seed=options.seed,
        )
        failures = soak.run()
        sys.stdout.write(report(soak, failures, commit=_commit(), database=url.partition(":")[0]))
    return 1 if failures else 0


def _commit() -> str:
    """The commit that is measured, as Git names it."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    found = subprocess.run(command, check=False, capture_output=True, text=True)
    return found.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
