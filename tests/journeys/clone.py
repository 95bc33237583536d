"""A folder that is like a clone of the project in which `make` has made .venv."""

import sys
from pathlib import Path

from tests.deploy.document import ROOT


def clone(folder: Path) -> Path:
    """Makes it, with this environment in the place of .venv: nothing is installed again."""
    folder.mkdir()
    for entry in ROOT.iterdir():
        if not entry.name.startswith(".") and entry.name != "db.sqlite3":
            (folder / entry.name).symlink_to(entry)
    (folder / ".venv").mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name not in {"base", "dev"}:
            (folder / ".venv" / entry.name).symlink_to(entry)
    for stamp in ("base", "dev"):  # by which make tells that there is nothing to install
        (folder / ".venv" / stamp).touch()
    return folder
