"""Sequences behind their tables are found and mended; others are left as they are."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from tests.listeners.rows import make_event
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
