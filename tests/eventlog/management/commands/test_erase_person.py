"""`manage.py erase_person` says what it would do, does it, and shows nobody who it was."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from eventlog.models import ErasedDelivery, Erasure
from eventlog.questions.deeds import Deed, Wanted, deed_of, deeds
from listeners.models import TaskRun
from sandbox.emulators import Emulators
from sandbox.samples import DRIVER_NUMBER, DRIVER_USER_ID, TEXT_ID, text
from tests.eventlog.erasing.people import left
from tests.platform import Platform
from webhooks.models import Delivery, Event


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    """Our stand-in alone: nothing here asks Firestore for anything new."""
    return stand_ins.firestore_host


@pytest.fixture
def applied(platform: Platform) -> Platform:
    """A text of the driver in their chat."""
    platform.track("their-enquiry")
    platform.deliver(text())
    return platform


def run(*options: str) -> str:
    out = io.StringIO()
    call_command("erase_person", *options, stdout=out)
    return out.getvalue()


def told(*options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*options, "--json"))
    return found


def test_it_says_first_what_it_would_do(applied: Platform) -> None:
    said = run("--number", f"+{DRIVER_NUMBER}")
    assert "To be erased, of a person with 2 names: events 1, of deliveries 1; placements 1" in said
    assert "       1 in leasecompany/lease-1/enquiries/their-enquiry" in said
    assert "ViSN's to erase" in said
    assert "Nothing has been done yet" in said
    assert (Erasure.objects.count(), left(DRIVER_NUMBER)) == (0, [DRIVER_NUMBER])
    assert not any(word in said for word in (DRIVER_NUMBER, DRIVER_USER_ID, TEXT_ID))


def test_it_erases_and_lists_the_documents(
    applied: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{DRIVER_NUMBER}\n"))
    file = tmp_path / "documents"
    said = told("--number", "-", "--yes", "--by", "Ada", "--documents", str(file))
    assert (said["finished"], said["events"], said["placements"]) == (True, 1, 1)
    assert file.read_text().startswith("leasecompany/lease-1/enquiries/their-enquiry/whatsapp/mess")
    assert left(DRIVER_NUMBER, DRIVER_USER_ID, TEXT_ID) == []
    erasure = Erasure.objects.get()
    assert str(erasure.pk) == said["erasure"]
    erased, listed = deeds(Wanted())
    assert (deed_of(erased), deed_of(listed)) == (Deed.ERASED, Deed.DOWNLOADED)
    assert {erased.user, listed.user} == {erasure.asked_by}
    assert erased.user.get_username() == erasure.asked_by_name == "Ada"
    assert not erased.user.is_active  # made for the note: nobody can log in with it
    assert erased.object_id == str(erasure.pk)
    assert "events 0" in run("--number", DRIVER_NUMBER)


def test_an_event_names_its_person(applied: Platform) -> None:
    event = Event.objects.get()
    assert told("--event", str(event.pk), "--yes", "--by", "Ada")["events"] == 1
    with pytest.raises(CommandError, match="Who is meant"):
        run("--event", str(event.pk))


def test_tombstones_leave_and_come_back(applied: Platform, tmp_path: Path) -> None:
    run("--user-id", DRIVER_USER_ID, "--yes", "--by", "Ada")
    file = str(tmp_path / "tombstones.jsonl")
    assert run("--export", file) == "Tombstones that were written: 1.\n"
    assert run("--export", "-") == Path(file).read_text()
    for model in (ErasedDelivery, Erasure, TaskRun, Event, Delivery):
        model._default_manager.all().delete()
    applied.receive(text())
    again = ("--again", file, "--by", "Grace")
    assert run(*again) == "Tombstones: 1. Events that were erased again: 1.\n"
    assert left(DRIVER_NUMBER) == []
    assert run(*again) == "Tombstones: 1. Events that were erased again: 0.\n"
    Path(file).write_text("{}")
    with pytest.raises(CommandError, match="These are no tombstones"):
        run(*again)
    second, first, _ = deeds(Wanted(deed=Deed.ERASED))
    assert {first.user.get_username(), second.user.get_username()} == {"Grace"}
    assert first.change_message == second.change_message
    assert first.change_message.endswith("by command, of deliveries: 1.")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "Who is meant"),
        (("--number", "x"), "Who is meant"),
        (("--number", DRIVER_NUMBER, "--yes"), "Who does this"),
        (("--number", DRIVER_NUMBER, "--yes", "--by", "a" * 151), "Who does this"),
        (("--number", DRIVER_NUMBER, "--documents", "-"), "Who does this"),
        (("--again", "/nowhere/at/all"), "Who does this"),
        (("--again", "/nowhere/at/all", "--by", "Ada"), "cannot be opened"),
    ],
)
def test_what_it_does_not_do(applied: Platform, options: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(*options)
    assert Erasure.objects.count() == 0


def test_it_goes_on_with_what_was_broken_off(applied: Platform) -> None:
    Erasure.objects.create(
        asked_at=applied.now, asked_by_name="Ada", names={"people": [[DRIVER_NUMBER, ""]]}
    )
    assert run("--go-on") == "Erasures that went on: 1. Unfinished: 0.\n"
    assert left(DRIVER_NUMBER) == []
