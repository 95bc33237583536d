"""The ledger: whether the database answers, takes writes, has every table, and tells our time."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from operations.doctor.seen import Asked, Seen, well, wrong
from operations.doctor.waiting import in_time
from visn_whatsapp.health import TAKES_WRITES
from webhooks import clock

# Tokens are refused whose times are further from ours than ten seconds (visn_whatsapp).
CLOCKS_APART = timedelta(seconds=5)


def look(_: Asked) -> Iterator[Seen]:
    """Looks at the database of the settings. Raises Django's database errors."""
    for look_at in (_answers, _migrated, _clock):
        with in_time():
            seen = look_at()
        yield seen


def _answers() -> Seen:
    with connection.cursor() as cursor:
        cursor.execute(TAKES_WRITES.get(connection.vendor, "SELECT 1"))
        [takes_writes] = cursor.fetchone()
    if takes_writes:
        return well(f"The database answers and takes writes ({connection.vendor}).")
    return wrong(
        "The database takes no writes.",
        "It is a standby or was made read-only: let DATABASE_URL lead to the primary.",
    )


def _migrated() -> Seen:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        return well("Every migration of this release was applied.")
    return wrong(
        f"Migrations of this release were not applied: {len(plan)}.",
        "Run the job `migrate` from this image.",
    )


def _clock() -> Seen:
    apart = abs(clock.now() - timezone.now())
    if apart <= CLOCKS_APART:
        return well("The clocks of the database and of this process agree.")
    return wrong(
        f"The clocks of the database and of this process differ by {apart.total_seconds():.0f} s.",
        "Mend the one that is wrong: identity tokens are refused by a wrong clock.",
    )
