"""Tasks that nobody could read, for as long as nobody has seen to them."""

import pytest

from eventlog.attention.unreadable import unreadable_tasks
from listeners.models import UnreadableTask
from tests.rows import NOON


@pytest.mark.django_db
def test_what_somebody_closed_is_told_no_more() -> None:
    for digest in ("a", "b"):
        UnreadableTask.objects.create(
            digest=digest, body=b"x", size=1, first_seen_at=NOON, last_seen_at=NOON
        )
    assert [notice.count for notice in unreadable_tasks(NOON)] == [2]
    UnreadableTask.objects.filter(digest="a").update(closed_at=NOON, closed_by_name="grace")
    [notice] = unreadable_tasks(NOON)
    assert notice.words.startswith("1 task could not be read, since 02 Mar 2026 12:00:00 UTC")
    UnreadableTask.objects.update(closed_at=NOON, closed_by_name="grace")
    assert unreadable_tasks(NOON) == []
