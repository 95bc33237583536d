"""Migrations make indexes of large tables while others write, and after a failure once more."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.db.migrations import AddConstraint, AddIndex
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from eventlog.replaced_indexes import drop_replaced
from tests.rows import make_event
from tests.sandbox.stack.processes import eventually
from tests.webhooks.databases import execute
from tests.webhooks.test_sequences import on_postgresql
from visn_whatsapp.indexes import AddIndexBesideWrites
from webhooks.models import Event

BEFORE = [("webhooks", "0007_alias_reopened")]
NAME = "event_named_together"
LARGE = {"event", "delivery", "taskrun"}


@pytest.fixture
def before(transactional_db: None) -> Iterator[None]:
    """The tables as they were without the index, with two events."""
    for _ in range(2):
        make_event()  # by today's models, so before their tables are those of then
    MigrationExecutor(connection).migrate(BEFORE)
    yield
    call_command("migrate", verbosity=0)
    drop_replaced(now=timezone.now() + timedelta(days=1))


def write_as_then() -> None:
    """Another event, in the columns that the table has."""
    found = execute(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_name = 'webhooks_event' AND column_name NOT IN ('id', 'position')"
    )
    columns = ", ".join(name for (name,) in found)
    execute(
        f"INSERT INTO webhooks_event (position, {columns}) "  # noqa: S608 (words of ours)
        f"SELECT position + 100, {columns} FROM webhooks_event ORDER BY id LIMIT 1"
    )


def migrate() -> None:
    """Brings the tables to today's form."""
    try:
        call_command("migrate", verbosity=0)
    finally:
        connection.close()


def definition() -> str:
    """The index as it is, if it can be used."""
    [(words,)] = execute(
        "SELECT pg_get_indexdef(indexrelid) FROM pg_index "  # noqa: S608 (words of ours)
        f"WHERE indexrelid = '{NAME}'::regclass AND indisvalid"
    )
    return str(words)


@on_postgresql
def test_others_write_while_an_index_is_made(before: None) -> None:
    """Also while it waits for somebody who wrote before, behind whom a lock would hold up all."""
    slow = connection.copy()
    slow.set_autocommit(autocommit=False)
    execute("UPDATE webhooks_event SET waits = 1", on=slow)
    migration = Thread(target=migrate)
    migration.start()
    waits = "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'CREATE INDEX%'"
    try:
        assert eventually(lambda: bool(execute(f"SELECT 1 {waits}")), seconds=60)
        execute("SET lock_timeout = '2s'")
        write_as_then()
        assert execute(f"SELECT 1 {waits}")
    finally:
        execute("RESET lock_timeout")
        slow.commit()
        slow.close()
        migration.join(60)
    assert Event.objects.count() == 3
    assert "(person_user_id, occurred_at)" in definition()


@on_postgresql
def test_one_that_could_not_be_finished_is_made_anew(before: None) -> None:
    """PostgreSQL keeps it, and says that it is of no use."""
    with pytest.raises(IntegrityError):
        execute(f"CREATE UNIQUE INDEX CONCURRENTLY {NAME} ON webhooks_event (lease_number)")
    migrate()
    assert "(person_user_id, occurred_at)" in definition()


@on_postgresql
def test_one_that_is_there_is_left(before: None) -> None:
    """Whoever made it, or the migration before it failed at the next one."""
    execute(f"CREATE INDEX {NAME} ON webhooks_event (person_user_id)")
    there = definition()
    migrate()
    assert definition() == there


@pytest.mark.django_db
def test_no_migration_locks_a_large_table_to_index_it() -> None:
    """But for the first ones, which make the tables."""
    migrations = MigrationLoader(connection).disk_migrations.items()
    locking = [
        (key, operation.model_name)
        for key, migration in migrations
        if key[0] in {"webhooks", "listeners"} and not migration.initial
        for operation in migration.operations
        if isinstance(operation, AddIndex | AddConstraint)
        and operation.model_name in LARGE
        and not isinstance(operation, AddIndexBesideWrites)
    ]
    assert locking == []
