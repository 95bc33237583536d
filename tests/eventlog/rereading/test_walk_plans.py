"""Reading again asks the database for what lies in the window, however much lies beside it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from eventlog.questions.windows import Window
from eventlog.rereading.walk import reread
from tests.eventlog.test_retention_plans import TEXTS, fill
from tests.platform import START
from tests.scale.test_backlog import ITEMS, learn
from tests.work import counted

BESIDE, WITHIN = 2000, 2  # deliveries
# Each row of them once; the keys of the deliveries, and their count, twice more.
ROWS_AT_MOST = WITHIN * (ITEMS + 4) * 2


def beside() -> None:
    for days in (1, 3):
        at = START - timedelta(days=days)
        fill(f"beside{days}", at=at, deliveries=BESIDE, statements=(TEXTS,))


def within() -> None:
    fill("within", at=START - timedelta(days=2), deliveries=WITHIN, statements=(TEXTS,))


def everything_is_known() -> None:
    """PostgreSQL has looked since."""
    beside()
    within()
    learn()


def nothing_lay_there() -> None:
    """PostgreSQL looked when there was nothing in the window."""
    beside()
    learn()
    within()


@pytest.mark.usefixtures("new_tables")
@pytest.mark.parametrize("belief", [everything_is_known, nothing_lay_there])
def test_what_lies_beside_the_window_is_not_read(belief: Callable[[], None]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL plans by statistics")
    belief()
    middle = START - timedelta(days=2)
    window = Window(start=middle - timedelta(hours=1), end=middle + timedelta(hours=1))
    with counted() as work:
        *_, report = reread(window)
    assert (report.due, report.compared) == (WITHIN, WITHIN)
    assert work.amount < ROWS_AT_MOST
