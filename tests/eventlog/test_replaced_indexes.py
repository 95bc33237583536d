"""Indexes of a release before are there while it may run, and gone an hour later."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from eventlog.older_rows import SIDE_BY_SIDE
from eventlog.replaced_indexes import drop_replaced, replaced
from tests.rows import make_event
from tests.webhooks.databases import execute
from tests.webhooks.test_sequences import on_postgresql

pytestmark = on_postgresql

BEFORE = [("webhooks", "0008_named_together")]
NAMES = sorted(name for names in replaced().values() for name in names)


@pytest.fixture
def migrated(transactional_db: None) -> Iterator[datetime]:
    """A ledger with an event goes on to today's tables; returns when it did."""
    make_event()  # by today's models, so before their tables are those of then
    MigrationExecutor(connection).migrate(BEFORE)
    call_command("migrate", verbosity=0)
    yield MigrationRecorder.Migration.objects.filter(app="webhooks").latest("applied").applied
    call_command("migrate", verbosity=0)
    drop_replaced(now=timezone.now() + 2 * SIDE_BY_SIDE)


def there() -> list[str]:
    """Those that PostgreSQL has and looks into."""
    found = execute(
        "SELECT relname FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid "  # noqa: S608 (words of ours)
        f"WHERE indisvalid AND relname IN ({', '.join(map(repr, NAMES))}) ORDER BY 1"
    )
    return [name for (name,) in found]


def test_each_is_named_by_the_migration_that_made_others() -> None:
    assert {key: len(names) for key, names in replaced().items()} == {
        ("webhooks", "0009_what_is_rare"): 7,
        ("webhooks", "0010_user_id_alone"): 1,
    }


def test_none_is_an_index_of_today() -> None:
    """It would be dropped again and again: an index that comes back needs another name."""
    today = {index.name for model in apps.get_models() for index in model._meta.indexes}
    assert today.intersection(NAMES) == set()


def test_they_are_kept_for_an_hour_and_then_dropped(migrated: datetime) -> None:
    assert drop_replaced(now=migrated + SIDE_BY_SIDE - timedelta(seconds=1)) == []
    assert there() == NAMES
    assert drop_replaced(now=migrated + SIDE_BY_SIDE) == NAMES
    assert there() == []
    assert drop_replaced(now=migrated + SIDE_BY_SIDE) == []


def test_retention_drops_them(migrated: datetime) -> None:
    assert retention("--dry-run") == []
    MigrationRecorder.Migration.objects.update(applied=migrated - SIDE_BY_SIDE)
    assert retention("--dry-run") == NAMES
    assert there() == NAMES
    assert retention() == NAMES
    assert there() == []


def retention(*arguments: str) -> list[str]:
    """Returns what the command says that it has dropped."""
    out = StringIO()
    call_command("prune_ledger", "--days=180", "--json", *arguments, stdout=out)
    dropped: list[str] = json.loads(out.getvalue())["dropped_indexes"]
    return dropped


def test_a_release_before_can_come_back(migrated: datetime) -> None:
    drop_replaced(now=migrated + SIDE_BY_SIDE)
    MigrationExecutor(connection).migrate(BEFORE)
    assert there() == NAMES


def test_what_cannot_be_dropped_is_left_to_the_next_time(migrated: datetime) -> None:
    """Somebody writes for longer than is waited for."""
    slow = connection.copy()
    slow.set_autocommit(autocommit=False)
    execute("UPDATE webhooks_event SET waits = 1", on=slow)
    execute("SET lock_timeout = '50ms'")
    try:
        assert drop_replaced(now=migrated + SIDE_BY_SIDE) == []
    finally:
        execute("RESET lock_timeout")
        slow.rollback()
        slow.close()
    assert drop_replaced(now=migrated + SIDE_BY_SIDE) == NAMES


@pytest.mark.django_db
def test_a_new_ledger_has_none_of_them() -> None:
    assert there() == []
