"""The passes together run everything, and each leaves out only what it names."""

import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from tests import passes
from tests.__main__ import of_both
from tests.passes import Pass

ROOT = Path(__file__).resolve().parents[1]
NAMED = (
    *passes.ON_POSTGRESQL_ALONE,
    *passes.NOT_AGAIN_ON_POSTGRESQL,
    *passes.NOT_WITH_THE_NEXT,
)
FILES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py"))
SAMPLE = (
    *passes.ON_POSTGRESQL_ALONE,
    "tests/scale/test_plans.py",
    "tests/browser/eventlog/test_layout.py",
    "tests/browser/test_figures.py",
    "tests/convergence",
    "tests/test_house.py",
)

STAND_ON_DJANGO = (
    "tests/beside/",
    "tests/eventlog/",
    "tests/rules/",
    "tests/visn_whatsapp/settings/",
    "tests/visn_whatsapp/test_",
    "tests/webhooks/",
)


def test_every_test_runs_with_the_django_of_a_deployment() -> None:
    """Whatever it needs, and wherever it lies."""
    assert len(FILES) > 200
    forgotten = [
        (place, database, emulator)
        for place, database, emulator in product(FILES, (False, True), (False, True))
        if passes.passes(place, database=database, emulator=emulator) <= {Pass.NEXT}
    ]
    assert forgotten == []


@pytest.mark.parametrize("place", STAND_ON_DJANGO)
def test_what_stands_on_django_runs_with_the_next_one(place: str) -> None:
    """But for what measures memory."""
    runs = {
        path: Pass.NEXT in passes.passes(path, database=True, emulator=False)
        for path in FILES
        if path.startswith(place)
    }
    assert len(runs) > 1
    assert [path for path, there in runs.items() if not there and "_memory" not in path] == []


def test_a_browser_meets_the_pages_of_the_next_django() -> None:
    place = "tests/browser/eventlog/test_layout.py"
    assert place in FILES
    assert Pass.NEXT in passes.passes(place, database=True, emulator=False)


@pytest.mark.parametrize("place", NAMED)
def test_what_is_named_is_there(place: str) -> None:
    assert any(path.startswith(place) for path in FILES)
    assert (ROOT / place).is_dir() == place.endswith("/")


def test_the_two_runs_of_make_test_together_run_everything() -> None:
    everything = collected()
    first, second = collected("--before-postgresql"), collected("--only-database")
    assert first | second == everything
    assert {test.partition("::")[0] for test in everything - first} == {
        *passes.ON_POSTGRESQL_ALONE,
    }
    left_out = {test.partition("::")[0] for test in everything - second}
    assert {"tests/browser/test_figures.py", "tests/test_house.py"} <= left_out
    assert "tests/scale/test_plans.py" not in left_out


def test_the_run_with_the_next_django_leaves_out_what_it_names() -> None:
    kept = {test.partition("::")[0] for test in collected("--only-django")}
    assert "tests/browser/eventlog/test_layout.py" in kept
    assert [place for place in kept if place.startswith(passes.NOT_WITH_THE_NEXT)] == []


def collected(*options: str) -> set[str]:
    """The tests of the sample that a run with these options has."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    finished = subprocess.run(
        [*command, *options, *SAMPLE], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {line for line in finished.stdout.splitlines() if "::" in line}


@pytest.mark.parametrize(
    ("statuses", "worst"),
    [([0, 0], 0), ([0, 5], 0), ([5, 0], 0), ([5, 5], 5), ([0, 1], 1), ([1, 5], 1), ([-9, 0], 9)],
)
def test_a_run_without_tests_is_well_beside_one_that_has_some(
    statuses: list[int], worst: int
) -> None:
    assert of_both(statuses) == worst
