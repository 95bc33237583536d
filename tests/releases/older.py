"""Another release: a commit that is taken from the history of git, and runs as it was."""

import subprocess
import tarfile
from pathlib import Path

from tests.house import ROOT


def is_at_hand(commit: str) -> bool:
    """Whether the history holds it."""
    asked = ["git", "cat-file", "-e", f"{commit}^{{commit}}"]
    return not subprocess.run(asked, cwd=ROOT, capture_output=True, check=False).returncode


def unpack(commit: str, folder: Path) -> Path:
    """Returns the folder, with that release in it."""
    packed = ["git", "archive", f"--output={folder}.tar", commit]
    subprocess.run(packed, cwd=ROOT, check=True)
    with tarfile.open(f"{folder}.tar") as archive:
        archive.extractall(folder, filter="data")
    return folder
