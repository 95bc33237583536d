"""Tasks that came to nothing lately, and none that did long ago or went well."""

from datetime import timedelta

import pytest

from eventlog.attention.retries import RECENT, tasks_tried_again
from listeners.models import TaskRun
from tests.rows import NOON, make_delivery

SECOND = timedelta(seconds=1)


@pytest.mark.django_db
def test_only_what_came_to_nothing_of_late_is_told() -> None:
    delivery = make_delivery()
    for ago, result in (
        (RECENT + SECOND, TaskRun.Result.TRY_AGAIN),
        (SECOND, TaskRun.Result.DONE),
    ):
        TaskRun.objects.create(
            delivery=delivery, started_at=NOON - ago, finished_at=NOON - ago, result=result
        )
    assert tasks_tried_again(NOON) == []
    late = NOON - RECENT
    TaskRun.objects.create(
        delivery=delivery, started_at=late, finished_at=late, result=TaskRun.Result.TRY_AGAIN
    )
    [notice] = tasks_tried_again(NOON)
    assert (notice.count, notice.first_at, notice.last_at) == (1, late, late)
    assert notice.words.startswith("1 run of tasks came to nothing within ten minutes")
