"""Figures that are added up once and are right all the same, however late an outcome comes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from eventlog import marks
from eventlog.figures import changed, spans
from eventlog.figures.counting import ALL, count_minutes
from eventlog.figures.histogram import bucket
from eventlog.figures.rollups import STEP, RollUpReport, roll_up
from eventlog.figures.tally import Tally, decode
from eventlog.models import Figure, LeaseNumber, ReplayedEvent, ReplayJob, RollUp
from sandbox.samples import LEASE_NUMBER
from tests.eventlog.figures.ledger import (
    MINUTE,
    NOON,
    SECOND,
    make_alias,
    make_delivery,
    make_event,
    make_run,
    settle,
)
from webhooks import transitions
from webhooks.looking_back import look_back
from webhooks.models import Event
from webhooks.outcomes import Reason

HOUR = timedelta(hours=1)
OTHER_NUMBER = "447700900111"
pytestmark = pytest.mark.django_db


def at(now: datetime) -> Callable[[], datetime]:
    return lambda: now


def rolled(now: datetime) -> RollUpReport:
    return roll_up(clock=at(now), until=now + SECOND)


def everything() -> dict[tuple[int, datetime, str], Tally]:
    return {
        (row.span, row.start, row.lease_number): decode(bytes(row.tally))
        for row in Figure.objects.all()
    }


def figure(span: Figure.Span, start: datetime, lease_number: str = ALL) -> Tally:
    row = Figure.objects.get(span=span, start=start, lease_number=lease_number)
    assert row.events == decode(bytes(row.tally)).events
    return decode(bytes(row.tally))


def test_an_event_is_counted_in_its_minute_its_quarter_and_its_hour() -> None:
    make_event(at=NOON + 20 * MINUTE + 30 * SECOND)
    rolled(NOON + HOUR)
    for span, start in (
        (Figure.Span.MINUTE, NOON + 20 * MINUTE),
        (Figure.Span.QUARTER, NOON + 15 * MINUTE),
        (Figure.Span.HOUR, NOON),
    ):
        assert figure(span, start).states == {"processed": 1}
        assert figure(span, start, LEASE_NUMBER).states == {"processed": 1}


def test_the_stages_of_the_way_are_measured() -> None:
    make_event()
    rolled(NOON + HOUR)
    assert figure(Figure.Span.HOUR, NOON).latencies == {
        "arrival": {bucket(2 * SECOND): 1},
        "queueing": {bucket(SECOND): 1},
        "pickup": {bucket(SECOND): 1},
        "applying": {bucket(3 * SECOND): 1},
        "whole": {bucket(5 * SECOND): 1},
    }


def test_an_event_that_is_settled_before_its_task_was_noted_counts_as_the_others_do() -> None:
    event = make_event(queued_at=None)
    transitions.queue_deliveries([event.delivery_id], now=NOON + SECOND)
    rolled(NOON + HOUR)
    assert figure(Figure.Span.HOUR, NOON).latencies["queueing"] == {bucket(SECOND): 1}


def test_the_wait_for_a_message_is_not_the_queue_s_fault() -> None:
    make_event(waits=2)
    rolled(NOON + HOUR)
    tally = figure(Figure.Span.HOUR, NOON)
    assert tally.waited == 1
    assert "pickup" not in tally.latencies


def test_numbers_are_counted_apart_and_together() -> None:
    make_event()
    make_event(lease_number=OTHER_NUMBER)
    make_event(lease_number="")
    rolled(NOON + HOUR)
    counts = Figure.objects.filter(span=Figure.Span.HOUR).values_list("lease_number", "events")
    assert dict(counts) == {ALL: 3, LEASE_NUMBER: 1, OTHER_NUMBER: 1, "": 1}


def test_what_no_customer_saw_stands_beside_the_tally_until_it_is_seen() -> None:
    event = make_event(Reason.NO_ACTIVE_TRACKING)
    make_event(Reason.UNSUPPORTED_TYPE, kind="message", name="image")
    make_event(kind="status", name="failed", error_code=131049)
    rolled(NOON + HOUR)
    rows = Figure.objects.filter(lease_number=LEASE_NUMBER)
    assert set(rows.values_list("span", "unseen")) == {(span, 2) for span in Figure.Span}
    settle(event, Reason.APPLIED, at=NOON + HOUR)
    rolled(NOON + 2 * HOUR)
    assert set(rows.values_list("span", "unseen")) == {(span, 1) for span in Figure.Span}
    tally = figure(Figure.Span.HOUR, NOON, LEASE_NUMBER)
    assert (tally.unseen, tally.codes) == (1, {"131049": 1})


def test_deliveries_repeats_items_and_retries_are_counted() -> None:
    delivery = make_delivery(items=2)
    for position in range(2):
        make_event(Reason.UNSUPPORTED_TYPE, delivery=delivery, position=position, name="image")
    make_delivery(NOON + SECOND, items=0, repeat_of=delivery)
    make_run(delivery, NOON + 2 * SECOND)
    make_run(delivery, NOON + 9 * SECOND, retry_count=1)
    rolled(NOON + HOUR)
    tally = figure(Figure.Span.MINUTE, NOON)
    assert (tally.deliveries, tally.repeats, tally.items, tally.events) == (2, 1, 2, 2)
    assert tally.retries == figure(Figure.Span.MINUTE, NOON, LEASE_NUMBER).retries == 1
    assert tally.ignored == {"unsupported_type image": 2}
    assert tally.kinds == {"text": 2}


def test_a_retry_with_both_spellings_of_a_lease_number_is_one() -> None:
    delivery = make_delivery(items=3)
    for position, number in enumerate(("5541999990001", "554199990001", OTHER_NUMBER)):
        make_event(delivery=delivery, position=position, lease_number=number)
    make_run(delivery, NOON + 9 * SECOND, retry_count=1)
    rolled(NOON + HOUR)
    retries = {
        row.lease_number: decode(bytes(row.tally)).retries
        for row in Figure.objects.filter(span=Figure.Span.HOUR)
    }
    assert retries == {ALL: 1, OTHER_NUMBER: 1, "554199990001": 1, "5541999990001": 0}


def test_the_minute_that_is_not_over_is_not_counted() -> None:
    make_event(at=NOON)
    assert rolled(NOON + 30 * SECOND).rolled_up_to == NOON
    assert not Figure.objects.exists()
    assert rolled(NOON + MINUTE).rolled_up_to == NOON + MINUTE
    assert figure(Figure.Span.MINUTE, NOON).events == 1


def test_a_row_that_is_committed_a_little_late_is_counted() -> None:
    make_event(at=NOON)
    rolled(NOON + MINUTE)
    make_event(at=NOON + 59 * SECOND)
    rolled(NOON + 2 * MINUTE)
    assert figure(Figure.Span.MINUTE, NOON).events == 2
    assert figure(Figure.Span.HOUR, NOON).events == 2


def test_a_late_outcome_changes_the_minute_in_which_the_event_came() -> None:
    event = make_event(Reason.WAITING_FOR_MESSAGE)
    rolled(NOON + HOUR)
    assert figure(Figure.Span.HOUR, NOON).open == 1
    settle(event, Reason.MESSAGE_NOT_FOUND, at=NOON + 3 * HOUR)
    report = rolled(NOON + 3 * HOUR + MINUTE)
    assert report.up_to_date
    for span in Figure.Span:
        assert figure(span, NOON).reasons == {"message_not_found": 1}
        assert figure(span, NOON).open == 0


def test_a_replay_changes_the_figures_but_not_the_latencies() -> None:
    event = make_event(Reason.NO_ACTIVE_TRACKING)
    rolled(NOON + HOUR)
    later = NOON + 5 * HOUR
    job = ReplayJob.objects.create(name="x", asked_at=later)
    ReplayedEvent.objects.create(job=job, event=event, reopened_at=later)
    transitions.reopen([event.pk], check_at=later + MINUTE, now=later)
    transitions.queue([event.pk], now=later)
    rolled(later + MINUTE)
    assert figure(Figure.Span.MINUTE, NOON).states == {"queued": 1}
    event.refresh_from_db()
    settle(event, Reason.APPLIED, at=later + 2 * MINUTE)
    rolled(later + 3 * MINUTE)
    tally = figure(Figure.Span.HOUR, NOON)
    assert tally.states == {"processed": 1}
    assert set(tally.latencies) == {"arrival"}


def test_what_an_alias_opens_again_is_open_in_the_figures_and_no_latency() -> None:
    name: dict[str, Any] = {"person_number": "16505555678", "person_user_id": ""}
    event = make_event(Reason.NO_ACTIVE_TRACKING, **name)
    rolled(NOON + HOUR)
    assert figure(Figure.Span.MINUTE, NOON).states == {"skipped": 1}
    later = NOON + 5 * HOUR
    make_alias(event, noted_at=later)
    look_back(now=later)
    rolled(later + MINUTE)
    for span in Figure.Span:
        assert figure(span, NOON).states == {"received": 1}
        assert figure(span, NOON, LEASE_NUMBER).states == {"received": 1}
    event.refresh_from_db()
    settle(event, Reason.APPLIED, at=later + 2 * MINUTE)
    rolled(later + 3 * MINUTE)
    tally = figure(Figure.Span.HOUR, NOON)
    assert tally.states == {"processed": 1}
    assert set(tally.latencies) == {"arrival"}


def test_an_open_event_that_is_decided_anew_is_measured_as_the_others_are() -> None:
    """It was never settled before, and its driver has waited for just as long."""
    name: dict[str, Any] = {"person_number": "16505555678", "person_user_id": ""}
    event = make_event(Reason.NONE, state="queued", **name)
    make_alias(event, noted_at=NOON + 3 * SECOND)
    look_back(now=NOON + 3 * SECOND)
    event.refresh_from_db()
    assert event.reopenings == 1
    settle(event, Reason.APPLIED, at=NOON + 5 * SECOND)
    Event.objects.update(started_at=NOON + 2 * SECOND)
    rolled(NOON + HOUR)
    assert figure(Figure.Span.HOUR, NOON).latencies == {
        "arrival": {bucket(2 * SECOND): 1},
        "queueing": {bucket(SECOND): 1},
        "pickup": {bucket(SECOND): 1},
        "applying": {bucket(3 * SECOND): 1},
        "whole": {bucket(5 * SECOND): 1},
    }


def test_a_late_retry_is_counted_where_it_started() -> None:
    event = make_event()
    rolled(NOON + 10 * MINUTE)
    make_run(event.delivery, NOON + 7 * MINUTE, retry_count=1, took=5 * MINUTE)
    rolled(NOON + 12 * MINUTE)
    assert figure(Figure.Span.MINUTE, NOON + 7 * MINUTE).retries == 1


def test_rolling_up_again_changes_nothing() -> None:
    for number in range(5):
        make_event(at=NOON + number * 17 * MINUTE)
    rolled(NOON + 3 * HOUR)
    before = everything()
    rolled(NOON + 3 * HOUR + SECOND)
    rolled(NOON + 3 * HOUR + MINUTE)
    assert everything() == before


def test_the_hours_hold_what_the_minutes_hold() -> None:
    reasons = [Reason.APPLIED, Reason.GROUP, Reason.NO_PERSON, Reason.REFUSED, Reason.NONE]
    for number in range(60):
        make_event(reasons[number % 5], at=NOON + number * 4 * MINUTE)
    rolled(NOON + 5 * HOUR)
    exact = Tally()
    for (_, lease_number), tally in count_minutes(NOON, NOON + 5 * HOUR).items():
        if lease_number == ALL:
            exact.add(tally)
    for span in Figure.Span:
        total = Tally()
        for row in Figure.objects.filter(span=span, lease_number=ALL):
            total.add(decode(bytes(row.tally)))
        assert total == exact
    assert exact.events == 60


def test_a_long_ledger_is_counted_in_steps_and_goes_on_where_the_time_was_up() -> None:
    make_event(at=NOON)
    make_event(at=NOON + 15 * HOUR)
    now = NOON + 16 * HOUR
    first = roll_up(clock=at(now), until=now)
    assert (first.rolled_up_to, first.up_to_date) == (NOON + STEP, False)
    assert rolled(now).up_to_date
    assert figure(Figure.Span.HOUR, NOON + 15 * HOUR).events == 1


def test_lease_numbers_are_known_from_their_first_event_to_their_last() -> None:
    first = make_event(at=NOON)
    rolled(NOON + HOUR)
    make_event(at=NOON + 2 * HOUR, lease_number="")
    last = make_event(at=NOON + 2 * HOUR)
    rolled(NOON + 3 * HOUR)
    number = LeaseNumber.objects.get()
    assert (number.number, number.first_event_at) == (LEASE_NUMBER, first.received_at)
    assert (number.last_event_at, number.last_event) == (last.received_at, last.pk)


def test_old_figures_are_forgotten() -> None:
    make_event(at=NOON)
    rolled(NOON + HOUR)
    rolled(NOON + timedelta(days=36))
    assert set(Figure.objects.values_list("span", flat=True)) == {Figure.Span.HOUR}


def test_an_empty_ledger_has_no_figures() -> None:
    assert rolled(NOON).up_to_date
    assert Figure.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_several_at_once_take_turns() -> None:
    for number in range(10):
        make_event(at=NOON + number * 30 * MINUTE)

    def run(_: int) -> bool:
        try:
            return rolled(NOON + 6 * HOUR).up_to_date
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(run, range(3))) == [True] * 3
    total = sum(
        row.events for row in Figure.objects.filter(span=Figure.Span.HOUR, lease_number=ALL)
    )
    assert total == 10


def test_where_much_came_in_a_step_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute at least, however much came in it."""
    monkeypatch.setattr(marks, "ROWS_AT_A_TIME", 3)
    for minute in (0, 0, 0, 0, 0, 1, 2, 2, 30, 31):
        make_event(at=NOON + minute * MINUTE)
    now = NOON + HOUR
    steps: list[datetime] = []
    while not steps or steps[-1] < now:
        steps.append(roll_up(clock=at(now), until=now).rolled_up_to)
    assert steps == [NOON + minute * MINUTE for minute in (1, 30, 60)]
    assert figure(Figure.Span.HOUR, NOON).events == 10


def test_what_changed_long_since_is_counted_a_part_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By as many minutes as changed, and by as many events; each part stays counted."""
    events = [make_event(Reason.WAITING_FOR_MESSAGE, at=NOON + n * MINUTE) for n in range(10)]
    rolled(NOON + HOUR)
    for number, event in enumerate(events):
        settle(event, Reason.MESSAGE_NOT_FOUND, at=NOON + 2 * HOUR + number * SECOND)
    monkeypatch.setattr(changed, "MINUTES_AT_A_TIME", 3)
    monkeypatch.setattr(marks, "ROWS_AT_A_TIME", 8)
    now = NOON + 5 * HOUR
    left = []
    for _ in range(3):
        roll_up(clock=at(now), until=now)
        left.append(sum(tally.open for _, _, tally in minutes_of_all()))
    assert left == [7, 3, 0]
    assert figure(Figure.Span.HOUR, NOON).reasons == {"message_not_found": 10}
    while not rolled(now).up_to_date:
        pass
    assert everything() == everything_anew(now)


def minutes_of_all() -> list[tuple[int, datetime, Tally]]:
    rows = everything().items()
    return [
        (span, start, tally)
        for (span, start, number), tally in rows
        if span == Figure.Span.MINUTE and number == ALL
    ]


def everything_anew(now: datetime) -> dict[tuple[int, datetime, str], Tally]:
    """What figures say that are counted from the beginning."""
    Figure.objects.all().delete()
    RollUp.objects.all().delete()
    while not rolled(now).up_to_date:
        pass
    return everything()


def counted_while_they_wait(count: int) -> list[Event]:
    """Events of as many minutes."""
    every = range(count)
    events = [make_event(Reason.WAITING_FOR_MESSAGE, at=NOON + n * MINUTE) for n in every]
    rolled(NOON + HOUR)
    return events


def settle_each(events: list[Event], *, first_at: datetime) -> None:
    for number, event in enumerate(events):
        settle(event, Reason.MESSAGE_NOT_FOUND, at=first_at + number * SECOND)


def test_a_replay_of_many_minutes_is_counted_in_a_few_rounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While it has just happened, too: what is written late is looked for in each round."""
    now = NOON + 2 * HOUR
    settle_each(counted_while_they_wait(10), first_at=now - 10 * SECOND)
    monkeypatch.setattr(changed, "MINUTES_AT_A_TIME", 4)
    rounds = [rolled(now + number * MINUTE).up_to_date for number in range(4)]
    assert rounds == [False, False, True, True]
    assert figure(Figure.Span.HOUR, NOON).reasons == {"message_not_found": 10}


def test_no_part_counts_more_than_its_minutes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though all of them may still change, and however often a round begins meanwhile."""
    now = NOON + 2 * HOUR
    settle_each(counted_while_they_wait(10), first_at=now - 10 * SECOND)
    monkeypatch.setattr(changed, "MINUTES_AT_A_TIME", 4)
    rolled(now)
    moments = [now + number * 20 * SECOND for number in range(1, 20)]
    again = [roll_up(clock=at(moment), until=moment).minutes for moment in moments]
    assert max(again) <= 4 + 3  # and those that are new, two of which had been counted already
    assert figure(Figure.Span.HOUR, NOON).reasons == {"message_not_found": 10}


def test_what_is_written_late_is_found_behind_a_part_that_was_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late, *events = counted_while_they_wait(6)
    now = NOON + 2 * HOUR
    monkeypatch.setattr(changed, "MINUTES_AT_A_TIME", 2)
    settle_each(events, first_at=now - 90 * SECOND)
    rolled(now)
    settle(late, Reason.MESSAGE_NOT_FOUND, at=now - 100 * SECOND)
    for number in range(1, 12):
        rolled(now + number * 20 * SECOND)
    assert figure(Figure.Span.HOUR, NOON).reasons == {"message_not_found": 6}


def test_old_figures_are_forgotten_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for minute in range(5):
        make_event(at=NOON + minute * MINUTE)
    rolled(NOON + HOUR)
    monkeypatch.setattr(spans, "FORGOTTEN_AT_ONCE", 4)
    now = NOON + timedelta(days=60)
    minutes = Figure.objects.filter(span=Figure.Span.MINUTE, start__lt=NOON + HOUR)
    there = minutes.count()
    spans.forget(clock=at(now), until=now)
    assert minutes.count() == there - 4
    spans.forget(clock=at(now), until=now + SECOND)
    assert minutes.count() == 0
