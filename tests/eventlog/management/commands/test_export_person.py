"""`manage.py export_person` writes a file for one person, that only its maker may read."""

import io
import stat
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from eventlog.questions.deeds import Deed, Wanted, deed_of, deeds
from sandbox.samples import DRIVER_NUMBER
from tests.rows import make_delivery, make_event


def run(*options: str) -> str:
    out = io.StringIO()
    call_command("export_person", *options, "--by=ada", stdout=out)
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


def test_it_is_noted_by_whom_and_not_whose(db: None, tmp_path: Path) -> None:
    ada = User.objects.create_user("ada")
    event = make_event()
    run("--event", str(event.pk), "--to", str(tmp_path / "x"))
    [entry] = deeds(Wanted())
    assert (deed_of(entry), entry.user) == (Deed.EXPORTED, ada)
    assert entry.change_message == "Exported what is held of a person, by command."
    assert (entry.object_id, entry.object_repr) == (None, "")
    with pytest.raises(CommandError, match="cannot be written"):
        run("--event", str(event.pk), "--to", str(tmp_path / "x"))
    assert deeds(Wanted()).count() == 1


def test_who_has_no_account_gets_one_that_nobody_can_log_in_with(db: None, tmp_path: Path) -> None:
    run("--event", str(make_event().pk), "--to", str(tmp_path / "x"))
    ada = User.objects.get(username="ada")
    assert (ada.is_active, ada.is_staff, ada.has_usable_password()) == (False, False, False)
    assert ada.email == ""  # a name is no address


def test_somebody_has_to_do_it(db: None, tmp_path: Path) -> None:
    to = ("--event=1", f"--to={tmp_path / 'x'}")
    with pytest.raises(CommandError, match="required: --by"):
        call_command("export_person", *to)
