"""The programs that some tests need besides Python, and what becomes of those tests without them.

A test says `@pytest.mark.needs("chromium")`. Where the program is missing the test is left out and
the end of the run says so; where REQUIRE_CHROMIUM=1 is set, it fails instead.

`python -m tests.programs` prints what this machine lacks, and fails if a required one is missing.
"""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# What `make terraform` installs; a deployment and the other tests need nothing of it.
DEPLOY_ENVIRONMENT = Path(__file__).resolve().parents[1] / ".venv-deploy"


@dataclass(frozen=True, kw_only=True)
class Program:
    """Something that a group of tests runs against."""

    name: str  # as in the marker
    tests: str  # which tests need it, for the reader of the last lines of a run
    find: Callable[[], Path | None]

    @property
    def flag(self) -> str:
        """The variable that turns leaving out into failing."""
        return f"REQUIRE_{self.name.upper().replace('-', '_')}"

    @property
    def required(self) -> bool:
        """Whether this run must not do without."""
        return os.environ.get(self.flag, "") not in {"", "0"}


def find_chromium() -> Path | None:
    """Returns the browser, by one of the names that systems give it."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    return Path(found) if found else None


def find_gcloud() -> Path | None:
    """Returns gcloud, if curl is there besides, as the documented commands need both."""
    gcloud = shutil.which("gcloud")
    return Path(gcloud) if gcloud and shutil.which("curl") else None


def find_postgresql() -> Path | None:
    """Returns the folder of PostgreSQL's server programs; Debian keeps them off the path."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    return versions[-1].parent if versions else None


def _version(initdb: Path) -> int:
    return int(initdb.parts[-3])


def find_libfaketime() -> Path | None:
    """Returns the library that gives a process another time, where Debian's package keeps it."""
    return next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


def find_pgbouncer() -> Path | None:
    """Returns the pooler; Debian keeps it where only root looks."""
    found = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    return Path(found) if found and find_postgresql() else None


def find_terraform() -> Path | None:
    """Returns the environment that holds Terraform, once it is whole."""
    return DEPLOY_ENVIRONMENT if (DEPLOY_ENVIRONMENT / "installed").is_file() else None


def find_firestore_emulator() -> Path | None:
    """Returns gcloud, if the official emulator is installed in it and Java is there to run it."""
    gcloud = shutil.which("gcloud")
    if not gcloud or not shutil.which("java"):
        return None
    sdk = Path(gcloud).resolve().parents[1]
    return Path(gcloud) if (sdk / "platform" / "cloud-firestore-emulator").is_dir() else None


PROGRAMS = {
    program.name: program
    for program in (
        Program(
            name="postgresql",
            tests="the tests of the database a second time, on PostgreSQL",
            find=find_postgresql,
        ),
        Program(
            name="pgbouncer",
            tests="the tests behind a transaction pooler (PgBouncer before PostgreSQL)",
            find=find_pgbouncer,
        ),
        Program(
            name="gcloud",
            tests="the documents' commands as they are written (gcloud and curl)",
            find=find_gcloud,
        ),
        Program(
            name="terraform",
            tests="the tests of the Terraform module (`make terraform` installs it, and runs them)",
            find=find_terraform,
        ),
        Program(name="chromium", tests="the tests of pages in a browser", find=find_chromium),
        Program(
            name="libfaketime",
            tests="the tests of processes whose clocks are wrong",
            find=find_libfaketime,
        ),
        Program(
            name="firestore-emulator",
            tests="the Firestore tests a second time, on Google's emulator (gcloud and Java)",
            find=find_firestore_emulator,
        ),
    )
}


def main() -> int:
    """Prints one line per missing program; returns 1 if a required one is among them."""
    missing = [program for program in PROGRAMS.values() if program.find() is None]
    for program in missing:
        words = "REQUIRED BUT MISSING" if program.required else "LEFT OUT"
        sys.stdout.write(f"{words}: {program.tests}, for want of {program.name}.\n")
    return int(any(program.required for program in missing))


if __name__ == "__main__":
    sys.exit(main())
