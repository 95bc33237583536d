"""Runs what the next Django may change with it, on SQLite, in an environment of its own.

`python -m tests.next ARGUMENTS…` hands its arguments to pytest. `tests/passes.py` says what is left
out. The next Django asks for a newer
Python than this project does; where there is none the suite is left out, and the last line says so.
With REQUIRE_NEXT_PYTHON=1 that fails instead.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from tests import passes

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv-next"
PYTHON = ENVIRONMENT / "bin" / "python"
UV = Path(sys.executable).with_name("uv")  # of the environment that runs this
LOCK = ROOT / "requirements" / "next.txt"
INSTALLED = ENVIRONMENT / "installed"  # holds the digest of the lock that was installed last
OLDEST = (3, 12)  # that Django 6.1 runs on
EXAMPLES = "0.25"  # what random events find, the first pass has to
TELL = "import sys; print(*sys.version_info[:2])"


def find_python() -> Path | None:
    """Returns the newest Python that is new enough, on the path or one of pyenv's."""
    versions = {python: _version(python) for python in _candidates()}
    fitting = [python for python, version in versions.items() if version >= OLDEST]
    return max(fitting, key=lambda python: versions[python], default=None)


def _candidates() -> Iterator[Path]:
    names = ["python3", *(f"python3.{minor}" for minor in range(OLDEST[1], OLDEST[1] + 5))]
    yield from (Path(found) for found in map(shutil.which, names) if found)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted((pyenv / "versions").glob("*/bin/python3"))


def _version(python: Path) -> tuple[int, ...]:
    """Its first two numbers; none for what does not run, such as a shim that leads nowhere."""
    told = subprocess.run([python, "-I", "-c", TELL], check=False, capture_output=True, text=True)
    return tuple(map(int, told.stdout.split())) if told.returncode == 0 else ()


def install(python: Path) -> None:
    """Makes the environment anew if the lock has changed since it was made."""
    wanted = sha256(LOCK.read_bytes()).hexdigest()
    if INSTALLED.is_file() and INSTALLED.read_text() == wanted:
        return
    subprocess.run([python, "-m", "venv", "--clear", "--without-pip", ENVIRONMENT], check=True)
    options = ["--quiet", "--python", str(ENVIRONMENT), "--require-hashes", "--compile-bytecode"]
    subprocess.run([str(UV), "pip", "install", *options, "-r", str(LOCK)], check=True)
    INSTALLED.write_text(wanted)


def run(arguments: list[str]) -> int:
    """Runs pytest in the environment, for which everything that the tests start is taken."""
    environment = {"EXAMPLES": EXAMPLES} | os.environ
    environment |= {"VIRTUAL_ENV": str(ENVIRONMENT), "DATABASE_URL": ""}
    command = [str(PYTHON), "-m", "pytest", *passes.WORKERS, "--only-django", *arguments]
    return subprocess.run(command, check=False, cwd=ROOT, env=environment).returncode


def left_out() -> int:
    """Says so, and returns 1 if the suite must not be left out."""
    required = os.environ.get("REQUIRE_NEXT_PYTHON", "") not in {"", "0"}
    words = "REQUIRED BUT MISSING" if required else "LEFT OUT"
    newer = ".".join(map(str, OLDEST))
    sys.stdout.write(f"{words}: the next Django, for want of a Python {newer} or newer.\n")
    return int(required)


def main(arguments: list[str]) -> int:
    """Returns pytest's exit status; 0 where the suite is left out and may be."""
    python = find_python()
    if python is None:
        return left_out()
    install(python)
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
