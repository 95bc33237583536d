"""The packages of the project, as the import contracts name them, and the commands in them."""

import tomllib
from pathlib import Path

from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[1]
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

PACKAGES: tuple[str, ...] = tuple(_PROJECT["tool"]["importlinter"]["root_packages"])


def our_commands() -> dict[str, str]:
    """Returns the app of each command of ours by the command's name."""
    return {name: str(app) for name, app in get_commands().items() if app in PACKAGES}
