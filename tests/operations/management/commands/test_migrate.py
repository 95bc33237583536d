"""A migration beside those who read and write: who holds a table holds up nobody else."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from operations.management.commands import migrate
from tests.postgresql import USERS
from tests.rows import make_event
from tests.sandbox.stack.processes import eventually
from tests.visn_whatsapp.test_indexes import write_as_then
from tests.webhooks.databases import execute
from tests.webhooks.test_sequences import on_postgresql

BEFORE = [("webhooks", "0011_done_chores")]
WAITS = "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE%'"


@pytest.fixture
def before(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The tables as they were before events got another column, with one event."""
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0.1)
    make_event()
    MigrationExecutor(connection).migrate(BEFORE)
    yield
    call_command("migrate", verbosity=0)


@contextmanager
def somebody_reads() -> Iterator[None]:
    """In a transaction that goes on, as of an export or of somebody at psql."""
    with closing(connection.copy()) as other:
        other.set_autocommit(autocommit=False)
        execute("SELECT count(*) FROM webhooks_event", on=other)
        yield
        other.rollback()


def wait_once_more() -> None:
    """What a run does to an event whose message is not there."""
    execute("UPDATE webhooks_event SET waits = waits + 1")


def has_column() -> bool:
    found = "SELECT 1 FROM information_schema.columns WHERE column_name = 'erased_at'"
    return bool(execute(f"{found} AND table_name = 'webhooks_event'"))


@on_postgresql
def test_who_writes_gets_on_while_a_migration_waits_for_somebody(before: None) -> None:
    """With the patience of the services, for as long as that one goes on."""
    ended: list[str] = []

    def run() -> None:
        with closing(connection):
            call_command("migrate", verbosity=0)
            ended.append("well")

    migration = Thread(target=run)
    with somebody_reads():
        migration.start()
        [limit] = re.findall(r"lock_timeout = '(\d)s'", USERS.read_text())
        execute(f"SET lock_timeout = '{limit}s'")
        try:
            for writes in (write_as_then, wait_once_more):
                assert eventually(lambda: bool(execute(f"SELECT 1 {WAITS}")), seconds=60)
                writes()
        finally:
            execute("RESET lock_timeout")
        assert not has_column()
    migration.join(60)
    assert (ended, has_column()) == (["well"], True)


@on_postgresql
def test_who_never_ends_is_told_of_and_nothing_is_changed(
    before: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "LOCK_SECONDS", 0.1)
    monkeypatch.setattr(migrate, "PATIENCE", timedelta(seconds=0.3))
    with (
        somebody_reads(),
        pytest.raises(CommandError, match="Somebody holds a table that a migration has to change"),
    ):
        call_command("migrate", verbosity=0)
    assert not has_column()
