"""`make bench` in its short form, a part at a time: each runs, and has counted something."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.parts import PARTS
from benchmarks.subjects import OTHERS
from tests.house import ROOT

pytestmark = pytest.mark.needs("postgresql", "pgbouncer")

# Those that are measured in each part; pywa where its environment has been made.
SUBJECTS = {
    "ingress": {
        *("ours", "ours, a task each", "ours, SQLite"),
        *("tutorial view", "bare check and parse"),
        *(["pywa, FastAPI"] if OTHERS.exists() else []),
    },
    "handler": {"ours", "Google's client"},
    "end-to-end": {"ours", "ours, a task each"},
    "servers": {"ours", *(["gunicorn, threads", "uvicorn, a2wsgi"] if OTHERS.exists() else [])},
    "connections": {"ours", "behind PgBouncer"},
    "growth": {"empty", "ours, 2000 rows", "ours, 2000 rows, 200 open"},
    "bytes": {"ours"},
    "pages": {"ours"},
}
MAY_BE_NOTHING = {"open at half", "open at end", "missing"}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_measures_everybody(part: str, tmp_path: Path) -> None:
    saved = tmp_path / "figures.json"
    command = ["-m", "benchmarks", "--short", "--only", part, "--save", str(saved)]
    ran = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    result = json.loads(saved.read_text())
    assert {"commit", "python", "postgresql", "packages"} <= result["machine"].keys()
    figures = result["figures"]
    assert {each["subject"] for each in figures} >= SUBJECTS.get(part, {"ours: check and read"})
    for each in figures:
        [values] = each["rounds"]
        assert values
        assert not {column for column, value in values.items() if value <= 0} - MAY_BE_NOTHING
        assert "refused" not in values
        assert each["load"] in ran.stdout
        assert values.get("missing", 0) == 0


def test_a_part_that_is_not_there_is_refused() -> None:
    command = [sys.executable, "-m", "benchmarks", "--only", "ingres"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "not one of ingress, handler" in ran.stderr
