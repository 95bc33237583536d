"""`make next` on a machine without a Python that the next Django runs on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("required", "status", "words"), [("", 0, "LEFT OUT"), ("1", 1, "REQUIRED BUT MISSING")]
)
def test_it_says_that_there_is_none(tmp_path: Path, required: str, status: int, words: str) -> None:
    for name in ("python3", "python3.11"):
        older = tmp_path / name
        older.write_text("#!/bin/sh\necho 3 11\n")
        older.chmod(0o755)
    broken = tmp_path / ".pyenv" / "versions" / "3.13.0" / "bin" / "python3"
    broken.parent.mkdir(parents=True)
    broken.symlink_to("/bin/false")
    variables = {"PATH": str(tmp_path), "HOME": str(tmp_path), "REQUIRE_NEXT_PYTHON": required}
    finished = subprocess.run(
        [sys.executable, "-m", "tests.next"],
        cwd=ROOT,
        env=os.environ | variables | {"PYENV_ROOT": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == status
    assert finished.stdout == f"{words}: the next Django, for want of a Python 3.12 or newer.\n"
