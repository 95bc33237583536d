"""A look at a database in which somebody holds a lock."""

import time

import pytest
from django.db import connection

from operations.doctor import waiting
from operations.doctor.examinations import EXAMINATIONS, examine
from operations.doctor.seen import Asked, Health
from tests.postgresql import owner_of

OF_THE_LEDGER = [each for each in EXAMINATIONS if each.subject in {"ledger", "chores", "attention"}]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("table", "subject"),
    [
        ("django_migrations", "ledger"),
        ("webhooks_donechore", "chores"),
        ("listeners_unreadabletask", "attention"),
    ],
)
def test_a_lock_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch, table: str, subject: str
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite waits for nobody who writes")
    monkeypatch.setattr(waiting, "LOCK_SECONDS", 0.2)
    began = time.monotonic()
    with owner_of(url()) as other, other.transaction():
        other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        found = [*examine(Asked(), OF_THE_LEDGER)]
    assert time.monotonic() - began < 10
    unknown = {seen for seen, each in found if each.health == Health.CANNOT_TELL}
    assert unknown == {subject}
    assert "well" in {each.health.value for seen, each in found if seen == "ledger"}
    # The limits are of those looks alone.
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


def url() -> str:
    """Of the database that the test has."""
    found = connection.get_connection_params()
    return f"postgres://{found['user']}@/{found['dbname']}?host={found['host']}"
