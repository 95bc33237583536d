"""A kind of message is added by a few small files, and what is forgotten of it is told."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import PACKAGES, ROOT
from tests.kinds import location

OTHERS = ("tests", "deploy", "manage.py", "pyproject.toml")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project, as somebody has it who begins to change it."""
    for name in (*PACKAGES, *OTHERS):
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs Python in the copy, with the tests' settings."""
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env={**environment, "DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.test"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def listed() -> Iterator[str]:
    """The files that CONTRIBUTING.md tells somebody to add or change for a kind of message."""
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    [section] = re.findall(
        r"^## A new kind of message\n(.*?)^## ", contributing, re.MULTILINE | re.DOTALL
    )
    for line in section.splitlines():
        if found := re.match(r"\d+\. `([^`]+)`", line):
            yield found[1].replace("KIND", "location")


def test_contributing_lists_exactly_the_files_that_it_takes() -> None:
    assert list(listed()) == [*dict.fromkeys(listed())]
    assert set(listed()) == location.FILES


def test_a_location_goes_from_the_webhook_to_the_pages(copy: Path) -> None:
    location.add_to(copy)
    shutil.copy(copy / "tests/kinds/journey.py", copy / "tests/kinds/test_journey.py")
    tests = ("tests/kinds/test_journey.py", "tests/eventlog/test_checks.py")
    done = run(copy, "-m", "pytest", "-n", "0", "-q", "-p", "no:cacheprovider", *tests)
    assert done.returncode == 0, done.stdout


def test_the_kind_needs_no_migration(copy: Path) -> None:
    location.add_to(copy)
    done = run(copy, "manage.py", "makemigrations", "--check", "--dry-run")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("forgotten", "told"),
    [
        ("eventlog/kinds/__init__.py", "eventlog/kinds/location.py does not say what people see"),
        ("webhooks/whatsapp/kinds/__init__.py", "webhooks/whatsapp/kinds/location.py reads it"),
        ("webhooks/whatsapp/items.py", "LOCATION"),
        ("eventlog/kinds/location.py", "location"),
        ("webhooks/whatsapp/kinds/location.py", "location"),
    ],
)
def test_a_forgotten_file_fails_the_checks(copy: Path, forgotten: str, told: str) -> None:
    location.add_to(copy, but=forgotten)
    done = run(copy, "manage.py", "check")
    assert done.returncode != 0
    assert told in done.stderr


def test_a_forgotten_part_of_the_envelope_fails_the_check_of_types(copy: Path) -> None:
    location.add_to(copy, but="webhooks/whatsapp/envelope.py")
    kinds = "webhooks/whatsapp/kinds"
    done = run(copy, "-m", "mypy", "--config-file=", "--strict", "--follow-imports=silent", kinds)
    assert done.returncode != 0
    assert 'Message" has no attribute "location"' in done.stdout
