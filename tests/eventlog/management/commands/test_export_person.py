"""`manage.py export_person` writes a file for one person, that only its maker may read."""

import io
import stat
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command

from sandbox.samples import DRIVER_NUMBER
from tests.rows import make_delivery, make_event


def run(*options: str) -> str:
    out = io.StringIO()
    call_command("export_person", *options, stdout=out)
    return out.getvalue()


def test_it_writes_a_file_and_says_how_much(db: None, tmp_path: Path) -> None:
    event = make_event(make_delivery(body=None, digest="d"))
    file = tmp_path / "person.zip"
    said = run("--event", str(event.pk), "--to", str(file))
    assert "Written, of a person with 2 names: events 1 (1 without bytes), placements 0" in said
    assert "Not in it: The chats in Firestore" in said
    assert DRIVER_NUMBER not in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with ZipFile(file) as archive:
        assert DRIVER_NUMBER in archive.read("person.json").decode()
    with pytest.raises(CommandError, match="cannot be written: File exists"):
        run("--event", str(event.pk), "--to", str(file))


def test_somebody_has_to_be_meant(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Who is meant"):
        run("--to", str(tmp_path / "x"))
    assert not (tmp_path / "x").exists()
