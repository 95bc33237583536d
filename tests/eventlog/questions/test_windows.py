"""Spans of time, and which rows they hold."""

from datetime import UTC, datetime, timedelta

import pytest

from eventlog.questions.windows import OLDEST_FIRST, Span, Window, received_in, window_of
from sandbox.filling.ledger import first_id_at
from tests.rows import make_delivery, make_event
from webhooks.models import Delivery, Event

NOW = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("span", "start", "end"),
    [
        (Span.QUARTER, NOW - 15 * MINUTE, None),
        (Span.HOUR, NOW - 60 * MINUTE, None),
        (Span.TODAY, MIDNIGHT, None),
        (Span.YESTERDAY, MIDNIGHT - timedelta(days=1), MIDNIGHT),
        (Span.WEEK, NOW - timedelta(days=7), None),
    ],
)
def test_each_span_has_its_window(span: Span, start: datetime, end: datetime | None) -> None:
    assert window_of(span, now=NOW) == Window(start=start, end=end)


def test_a_window_holds_its_start_and_not_its_end(db: None) -> None:
    moments = [NOW + offset * MINUTE for offset in range(5)]
    for moment in moments:
        make_event(received_at=moment)
    assert received(Window(start=moments[1], end=moments[3])) == moments[1:3]
    assert received(Window(start=moments[3])) == moments[3:]
    assert received(Window(end=moments[2])) == moments[:2]
    assert received(Window()) == moments


def test_a_window_finds_rows_in_whatever_order_they_were_written(db: None) -> None:
    late, early = NOW + 4 * MINUTE, NOW
    for moment in (NOW + 600 * MINUTE, late, NOW - 60 * MINUTE, early, NOW - 600 * MINUTE):
        make_event(received_at=moment)
    assert received(Window(start=early, end=early + MINUTE)) == [early]
    assert received(Window(start=late, end=late + MINUTE)) == [late]


def test_a_row_whose_clock_was_wrong_hides_no_other(db: None) -> None:
    for moment in (NOW, NOW + MINUTE, NOW - 600 * MINUTE, NOW + 2 * MINUTE):
        make_event(received_at=moment)
    assert received(Window(start=NOW)) == [NOW, NOW + MINUTE, NOW + 2 * MINUTE]
    assert received(Window(end=NOW)) == [NOW - 600 * MINUTE]


def test_a_window_without_rows_before_or_after_it(db: None) -> None:
    make_event(received_at=NOW)
    assert received(Window(start=NOW - MINUTE, end=NOW + MINUTE)) == [NOW]
    assert received(Window(start=NOW + MINUTE)) == []
    assert received(Window(end=NOW - MINUTE)) == []


def test_deliveries_are_found_whatever_time_their_ids_tell(db: None) -> None:
    moments = [NOW + offset * timedelta(hours=1) for offset in range(4)]
    for moment in moments:
        make_delivery(id=first_id_at(moments[-1] - (moment - NOW)), received_at=moment)
    within = Delivery.objects.filter(received_in(Window(start=moments[1], end=moments[3])))
    assert [row.received_at for row in within.order_by(*OLDEST_FIRST)] == moments[1:3]


def test_the_first_id_of_a_moment() -> None:
    """The 48 bits of milliseconds of 2026-03-02 12:30 UTC, then version 7 and the variant."""
    assert str(first_id_at(NOW)) == "019cae86-dd40-7000-8000-000000000000"


def received(window: Window) -> list[datetime]:
    """When the events of a window were received, in order."""
    rows = Event.objects.filter(received_in(window)).order_by("received_at")
    return list(rows.values_list("received_at", flat=True))
