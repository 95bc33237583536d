"""Where texts belong, and how rows of an older release become ours."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from listeners.models import Placement
from tests.rows import make_event

AT = datetime(2026, 11, 1, tzinfo=UTC)
BEFORE = [("listeners", "0001_initial")]


@pytest.fixture
def old_placements(transactional_db: None) -> Any:
    """The table as it was when Meta's id of the lease number told texts apart."""
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    yield executor.loader.project_state(BEFORE).apps.get_model("listeners", "Placement")
    call_command("migrate", verbosity=0)


def test_placements_get_the_lease_number_of_their_events(old_placements: Any) -> None:
    """The smallest spelling; of one text under two ids of a number, the applied one stays."""
    brazilian = make_event(lease_number="5541999990001")
    plain = make_event(lease_number="15550783881")
    kept = [
        (plain, "wamid.A", "1", None),
        (brazilian, "wamid.A", "2", None),
        (plain, "wamid.B", "1", AT),
        (plain, "wamid.C", "1", None),
    ]
    again = [(plain, "wamid.B", "0", None), (plain, "wamid.C", "3", None)]
    for event, message_id, phone_number_id, applied_at in [again[0], *kept, again[1]]:
        old_placements.objects.create(
            event_id=event.pk,
            message_id=message_id,
            phone_number_id=phone_number_id,
            lease_id="l",
            enquiry_id="e",
            applied_at=applied_at,
        )
    call_command("migrate", verbosity=0)
    rows = Placement.objects.values_list("message_id", "lease_number", "applied_at")
    assert sorted(rows, key=str) == [
        ("wamid.A", "15550783881", None),
        ("wamid.A", "554199990001", None),
        ("wamid.B", "15550783881", AT),
        ("wamid.C", "15550783881", None),
    ]
