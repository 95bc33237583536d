"""Sequences behind their tables are found and mended; others are left as they are."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from eventlog.models import ReplayedEvent, ReplayJob
from tests.house import PACKAGES
from tests.rows import NOON, make_event
from webhooks.models import Event

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has none")


def mend(*options: str) -> list[str]:
    """What the command says."""
    out = StringIO()
    call_command("mend_sequences", *options, stdout=out)
    return out.getvalue().splitlines()


def position() -> int:
    """Where the sequence of the events stands."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM webhooks_event_id_seq")
        return int(cursor.fetchone()[0])


def test_where_all_is_well_nothing_is_done() -> None:
    make_event()
    assert mend() == ["Sequences that were mended: 0."]


@on_postgresql
def test_a_sequence_ahead_is_never_set_back() -> None:
    event = make_event()
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('webhooks_event_id_seq', %s)", (event.pk + 1000,))
    mend()
    assert position() == event.pk + 1000


@on_postgresql
def test_a_sequence_behind_goes_on_after_the_highest_key() -> None:
    make_event()
    Event.objects.update(id=10**9)
    line = f"webhooks_event: next {position() + 1}, highest 1000000000"
    assert mend("--dry-run") == [line, "Sequences that stand behind: 1."]
    assert mend() == [line, "Sequences that were mended: 1."]
    assert make_event().pk == 10**9 + 1


CANNOT_TELL_KEYS_APART = re.compile(r"ignore_conflicts|\b(?:get|update)_or_create\(|DO NOTHING")


def test_whoever_may_be_there_already_is_asked_for_by_name() -> None:
    """A bare ON CONFLICT passes over a taken key, so that a row is gone; the others fail first."""
    root = Path(__file__).parents[2]
    found = {
        str(path.relative_to(root))
        for package in PACKAGES
        for path in (root / package).rglob("*.py")
        if "migrations" not in path.parts and CANNOT_TELL_KEYS_APART.search(path.read_text())
    }
    assert found == {"webhooks/inserting.py"}  # where each names its key


@on_postgresql
def test_a_replay_says_so_instead_of_doing_a_part() -> None:
    events = [make_event(state="skipped", reason="no_active_tracking") for _ in range(3)]
    ended = ReplayJob.objects.create(name="J", asked_at=NOON, state="finished")
    ReplayedEvent.objects.create(pk=10**9, job=ended, event=events[0], closed_at=NOON)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('eventlog_replayedevent_id_seq', %s, false)", [10**9])
    with pytest.raises(CommandError, match="mend_sequences"):
        call_command("replay", *(f"--event={event.pk}" for event in events))
    assert list(ReplayJob.objects.all()) == [ended]
