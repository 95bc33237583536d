"""What the image holds: everything that a deployment runs, and nothing of the sandbox."""

import re
import sys
from pathlib import Path

import pytest

from tests.deploy import image
from tests.deploy.document import ROOT
from tests.deploy.image import Image
from tests.house import PACKAGES, our_commands
from tests.production import run

SANDBOX = "sandbox"
DEPLOYED = sorted(set(PACKAGES) - {SANDBOX})


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """One for all tests here."""
    return image.build(tmp_path_factory.mktemp("app"))


def test_it_holds_every_package_but_the_sandbox(built: Image) -> None:
    held = {path.name for path in built.folder.iterdir()}
    assert held == {*DEPLOYED, "deploy", "manage.py", "staticfiles"}


def test_what_it_copies_is_what_the_build_may_see() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    seen = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    steps = (ROOT / "deploy" / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", steps, re.MULTILINE)
    assert seen == {name for names in copied for name in names.split()}


def test_nothing_in_it_speaks_of_the_sandbox(built: Image) -> None:
    sources = [path for name in DEPLOYED for path in (built.folder / name).rglob("*.py")]
    imports = re.compile(rf"^\s*(?:from|import) {SANDBOX}\b", re.MULTILINE)
    assert len(sources) > 100
    assert [path.name for path in sources if imports.search(path.read_text())] == []


def test_its_commands_are_ours_without_the_sandboxs(built: Image) -> None:
    listed = _manage(built.folder, "help", "--commands").split()
    ours = our_commands()
    assert {name for name in ours if name in listed} == {
        name for name, app in ours.items() if app != SANDBOX
    }
    assert SANDBOX in ours.values()


def test_production_settings_start_in_it(built: Image) -> None:
    assert "no issues" in _manage(built.folder, "check", "--deploy", "--fail-level", "WARNING")


def _manage(folder: Path, *words: str) -> str:
    """Runs `manage.py` of the image, in its folder, with the settings of a deployment."""
    finished = run(["/usr/bin/env", "-C", str(folder), sys.executable, "manage.py", *words])
    assert finished.returncode == 0, finished.stderr
    return finished.stdout + finished.stderr
