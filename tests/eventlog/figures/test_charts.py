"""Charts: that what is drawn is what was counted."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from eventlog.figures.board import Bar, Board, Stretch
from eventlog.figures.charts import HEIGHT, Chart, bar_chart, latencies, nice_ceiling, rate
from eventlog.figures.tally import Tally
from eventlog.figures.week_before import WeekBefore
from eventlog.questions.filters import EventFilter
from webhooks.stages import Stage

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def drawn(
    *tallies: Tally,
    stretch: Stretch = Stretch.HOUR,
    before: Sequence[int | None] = (),
    end: datetime = NOON,
) -> Chart:
    """A chart whose last bars have these tallies, and came after these counts of a week before."""
    count = stretch.length // stretch.bar_length
    padded = [*(Tally() for _ in range(count - len(tallies))), *tallies]
    start = end - stretch.length
    bars = tuple(
        Bar(start=start + stretch.bar_length * number, tally=tally)
        for number, tally in enumerate(padded)
    )
    board = Board(
        stretch=stretch,
        start=start,
        now=end,
        bars=bars,
        total=Tally(),
        unseen={},
        gap=None,
        until=end,
        counted_to=end,
    )
    counts = [*[None] * (count - len(before)), *before]
    return bar_chart(board, before=WeekBefore(counts=counts), shown=EventFilter())


@pytest.mark.parametrize(
    ("value", "ceiling"),
    [(0, 1), (0.03, 0.05), (0.2, 0.2), (1, 1), (1.1, 2), (4, 5), (7, 10), (1300, 2000)],
)
def test_the_scale_ends_at_a_number_that_is_easy_to_read(value: float, ceiling: float) -> None:
    assert nice_ceiling(value) == pytest.approx(ceiling)


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.05, "0.05"), (2.5, "2.5"), (120, "120"), (500, "500"), (2000, "2,000"), (1e6, "1,000,000")],
)
def test_a_rate_is_written_as_people_write_it(value: float, words: str) -> None:
    assert rate(value) == words


def test_blocks_stand_on_each_other_in_their_proportions() -> None:
    states = {"processed": 6, "skipped": 2, "failed": 1, "waiting": 1}
    column = drawn(Tally(states=states)).columns[-1]
    assert [block.layer for block in column.blocks] == ["processed", "skipped", "failed", "open"]
    assert [block.height for block in column.blocks] == pytest.approx([60, 20, 10, 10])
    edges = [block.y + block.height for block in column.blocks]
    assert edges == pytest.approx([100, 40, 20, 10])
    assert column.blocks[-1].y == pytest.approx(0)


def test_the_scale_is_in_events_per_minute_however_long_a_bar_is() -> None:
    chart = drawn(Tally(states={"processed": 150}), stretch=Stretch.DAY)
    assert (chart.top, chart.middle) == ("10", "5")
    assert chart.columns[-1].blocks[0].height == pytest.approx(HEIGHT)


def test_a_bar_says_what_is_in_it() -> None:
    words = [column.words for column in drawn(Tally(), Tally(states={"failed": 2})).columns[-2:]]
    assert words == ["11:58: nothing", "11:59: 2 failed"]
    assert drawn(Tally(states={"failed": 12345})).columns[-1].words == "11:59: 12,345 failed"


def test_a_line_has_a_step_for_each_bar_that_is_known_of_a_week_before() -> None:
    chart = drawn(Tally(states={"processed": 5}), before=[10, None, 5, 0])
    assert chart.line == "M560 0H570M580 50H590V100H600"
    assert [column.before for column in chart.columns[-4:]] == [10, None, 5, 0]
    assert [column.words for column in chart.columns[-2:]] == [
        "11:58: nothing; a week before 5",
        "11:59: 5 processed; a week before 0",
    ]
    assert chart.columns[-1].blocks[0].height == pytest.approx(50)


def test_of_a_week_before_nothing_is_drawn_where_nobody_can_say() -> None:
    assert drawn(Tally(states={"processed": 5})).line == ""


@pytest.mark.parametrize(
    ("stretch", "words"),
    [
        (Stretch.HOUR, "11:10 11:20 11:30 11:40 11:50"),
        (Stretch.DAY, "16:00 20:00 00:00 04:00 08:00"),
        (Stretch.WEEK, "Tue 24,Wed 25,Thu 26,Fri 27,Sat 28,Sun 1"),
    ],
)
def test_labels_stand_at_whole_times_below_their_bars(stretch: Stretch, words: str) -> None:
    chart = drawn(stretch=stretch)
    shown = [label.words for label in chart.labels]
    assert shown == words.split("," if "," in words else " ")
    bars = [round(label.x * len(chart.columns) / 100) for label in chart.labels]
    assert len({after - before for before, after in pairwise(bars)}) == 1
    starts = [chart.columns[bar].start for bar in bars]
    assert [start.minute % 10 for start in starts] == [0] * len(starts)


def test_days_begin_at_the_midnight_of_the_pages() -> None:
    with timezone.override("Europe/Berlin"):
        chart = drawn(stretch=Stretch.WEEK)
    bars = [round(label.x * len(chart.columns) / 100) for label in chart.labels]
    assert {chart.columns[bar].start.hour for bar in bars} == {23}  # in UTC


def test_a_bar_of_an_hour_that_comes_twice_says_which_it_is() -> None:
    night = datetime(2026, 10, 25, 2, tzinfo=UTC)
    with timezone.override("Europe/Amsterdam"):
        words = [column.words for column in drawn(stretch=Stretch.DAY, end=night).columns]
    assert [each.split(": ")[0] for each in words[-8::4]] == ["02:00 CEST", "02:00 CET"]


def test_a_bar_of_an_hour_begins_at_half_past_in_a_zone_of_half_hours() -> None:
    with timezone.override("Asia/Kolkata"):
        chart = drawn(stretch=Stretch.WEEK)
    assert {column.words.split(": ")[0][-2:] for column in chart.columns} == {"30"}


def test_an_empty_ledger_can_be_drawn() -> None:
    chart = drawn()
    assert (len(chart.columns), chart.top) == (60, "1")
    assert all(column.blocks == [] for column in chart.columns)


def test_the_table_has_every_layer() -> None:
    chart = drawn(Tally(states={"duplicate": 3, "queued": 1}))
    assert dict(zip(chart.layers, chart.columns[-1].counts, strict=True)) == {
        "processed": 0,
        "duplicate": 3,
        "ignored": 0,
        "skipped": 0,
        "failed": 0,
        "open": 1,
    }


def test_latencies_lie_on_a_scale_from_a_millisecond_to_an_hour() -> None:
    tally = Tally()
    for seconds in (0.001, 2, 3600, 7200):
        tally.measure(Stage.QUEUEING, timedelta(seconds=seconds))
    (latency,) = latencies(tally)
    assert (latency.stage, latency.events) == (Stage.QUEUEING, 4)
    assert latency.x50 == pytest.approx(50.3, abs=1.5)
    assert latency.x99 == 100
    assert latency.p50 <= latency.p95 <= latency.p99


def test_a_stage_that_nothing_passed_is_left_out() -> None:
    assert latencies(Tally()) == []
