"""The commands of a document, as somebody would paste them."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEPLOYMENT = ROOT / "docs" / "deployment.md"
README = ROOT / "README.md"
RUNBOOK = ROOT / "docs" / "runbook.md"


def blocks(document: Path) -> list[str]:
    """Returns the pieces of shell in it."""
    return re.findall(r"^```sh\n(.*?)^```", document.read_text(), re.MULTILINE | re.DOTALL)


def block(document: Path, *, holding: str) -> str:
    """Returns the only piece of shell with these words in it."""
    [found] = [piece for piece in blocks(document) if holding in piece]
    return found


def inline(document: Path, *, beginning: str) -> list[str]:
    """Returns the commands within its sentences that begin so."""
    return [
        piece
        for piece in re.findall(r"`([^`\n]+)`", document.read_text())
        if piece.startswith(beginning)
    ]
