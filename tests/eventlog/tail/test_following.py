"""Nothing is left out and nothing said twice, whenever rows become visible and whatever breaks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import Error, OperationalError, connection

from eventlog.tail import streams
from eventlog.tail.following import BY_ALL_EVERY, CHANGES_AT_A_TIME, REMEMBERED, Following
from tests.rows import NOON, add_events, make_delivery, make_event
from webhooks.clock import LATE
from webhooks.models import Event
from webhooks.outcomes import Reason

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
Told = list[tuple[int, str, str]]


class Reader:
    """Somebody who looks at the log at moments of their own choice."""

    def __init__(self, wanted: Any = None, *, since: datetime = NOON) -> None:
        events = Event.objects.all() if wanted is None else wanted
        self.following = Following(events, since=since)

    def look(self, *, at: datetime) -> Told:
        """What is told at this moment."""
        return told([event for part in self.following.look(now=at) for event in part])


def told(events: Sequence[Event]) -> Told:
    return [(event.pk, event.state, event.reason) for event in events]


def received(key: int, *, at: datetime, **fields: Any) -> None:
    """A new event, in a delivery of its own."""
    usual = {"state": "received", "reason": "", "check_at": at + LATE}
    make_event(make_delivery(received_at=at), pk=key, **(usual | fields))


def change(key: int, **columns: Any) -> None:
    Event.objects.filter(pk=key).update(**columns)


def queued(key: int, *, at: datetime) -> None:
    change(key, state="queued", queued_at=at)


def waits(key: int, *, at: datetime) -> None:
    change(key, state="waiting", reason="waiting_for_message", started_at=at)


def settled(key: int, *, at: datetime, reason: Reason = Reason.APPLIED) -> None:
    change(key, state=reason.state, reason=reason, settled_at=at)


def reopened(key: int, *, at: datetime) -> None:
    nothing = {"settled_at": None, "queued_at": None, "started_at": None}
    change(key, state="received", reason="", reopened_at=at, **nothing)


def at(seconds: float) -> datetime:
    return NOON + seconds * SECOND


def test_each_state_is_told_once_as_it_comes() -> None:
    reader = Reader()
    received(1, at=at(1))
    assert reader.look(at=at(2)) == [(1, "received", "")]
    assert reader.look(at=at(3)) == []
    queued(1, at=at(4))
    assert reader.look(at=at(5)) == [(1, "queued", "")]
    waits(1, at=at(6))
    assert reader.look(at=at(7)) == [(1, "waiting", "waiting_for_message")]
    assert reader.look(at=at(200)) == []
    settled(1, at=at(201))
    assert reader.look(at=at(202)) == [(1, "processed", "applied")]
    assert [reader.look(at=at(seconds)) for seconds in range(203, 700, 7)] == [[]] * 71


def test_what_waits_long_is_told_of_at_each_step() -> None:
    reader = Reader()
    received(1, at=at(1))
    waits(1, at=at(2))
    assert len(reader.look(at=at(3))) == 1
    hour = 3600.0
    assert reader.look(at=at(hour)) == []
    queued(1, at=at(4))  # the sweeper leaves the moment of its first task
    assert reader.look(at=at(hour + 1)) == [(1, "queued", "waiting_for_message")]
    waits(1, at=at(hour + 2))
    assert reader.look(at=at(hour + 3)) == [(1, "waiting", "waiting_for_message")]
    settled(1, at=at(hour + 4), reason=Reason.MESSAGE_NOT_FOUND)
    assert reader.look(at=at(hour + 5)) == [(1, "skipped", "message_not_found")]


def test_a_row_that_is_committed_late_is_told_whatever_its_key() -> None:
    """Its key and its moment are lower than those of what was told long before."""
    reader = Reader()
    received(9, at=at(5))
    assert told_at_each_second(reader, 6, 120) == [(9, "received", "")]
    received(1, at=at(1))
    received(2, at=at(1))
    settled(2, at=at(1))
    found = told_at_each_second(reader, 120, 120 + int(BY_ALL_EVERY / SECOND))
    assert sorted(found) == [(1, "received", ""), (2, "processed", "applied")]


def test_what_is_a_little_late_is_told_by_the_next_look() -> None:
    reader = Reader()
    assert reader.look(at=at(20)) == []
    received(1, at=at(12))
    settled(1, at=at(13))
    assert reader.look(at=at(21)) == [(1, "processed", "applied")]


def test_a_change_that_is_committed_late_is_told() -> None:
    reader = Reader()
    received(1, at=at(1))
    assert told_at_each_second(reader, 2, 120) == [(1, "received", "")]
    settled(1, at=at(3))
    assert told_at_each_second(reader, 120, 150) == [(1, "processed", "applied")]


def told_at_each_second(reader: Reader, first: int, last: int) -> Told:
    return [each for seconds in range(first, last) for each in reader.look(at=at(seconds))]


def test_what_ended_as_before_after_it_was_opened_again_is_told_again() -> None:
    reader = Reader()
    received(1, at=at(-DAY / SECOND))
    settled(1, at=at(-DAY / SECOND), reason=Reason.NO_ACTIVE_TRACKING)
    assert reader.look(at=at(1)) == []
    reopened(1, at=at(2))
    assert reader.look(at=at(3)) == [(1, "received", "")]
    for seconds in (4, 6):
        reopened(1, at=at(seconds))
        settled(1, at=at(seconds + 1), reason=Reason.NO_ACTIVE_TRACKING)
        assert reader.look(at=at(seconds + 1)) == [(1, "skipped", "no_active_tracking")]


def test_what_lay_there_before_is_not_told() -> None:
    for key, seconds in enumerate((-200, -3, -2, -1), start=1):
        received(key, at=at(seconds))
    settled(3, at=at(-1))
    reader = Reader(since=NOON - LATE)
    reader.following.pass_over(now=NOON)
    assert reader.look(at=at(1)) == []
    for key in range(1, 4):
        settled(key, at=at(2), reason=Reason.LATE_STATUS)
    assert [key for key, *_ in reader.look(at=at(3))] == [1, 2, 3]


def test_the_last_are_in_order_and_not_told_again() -> None:
    for key in range(1, 6):
        received(key, at=at(-key))
    settled(3, at=at(0))
    reader = Reader(since=NOON - LATE)
    reader.following.pass_over(now=NOON)
    assert [key for key, *_ in told(reader.following.last(3))] == [2, 1, 3]
    assert reader.look(at=at(1)) == []
    assert reader.following.last(0) == []


def test_many_of_one_moment_are_told_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "ROWS_AT_A_TIME", 7)
    reader = Reader()
    count = CHANGES_AT_A_TIME + 7
    for _ in range(2):
        add_events(make_delivery(received_at=at(1)), count=count, settled_at=at(1))
    found = reader.look(at=at(1))
    assert len(set(found)) == len(found) == 2 * count
    assert reader.look(at=at(2)) == []


def test_a_look_that_breaks_off_is_gone_on_with() -> None:
    """After an hour, of which more is told than is remembered."""
    for minute in range(60):
        delivery = make_delivery(received_at=at(60 * minute))
        add_events(delivery, count=20, settled_at=at(60 * minute + 1))
    reader = Reader()
    news = reader.following.look(now=at(3600))
    found = told(next(news))
    assert len(found) == CHANGES_AT_A_TIME
    with pytest.raises(Error), connection.execute_wrapper(out_of_reach):
        next(news)
    found += reader.look(at=at(3601))
    assert len(set(found)) == len(found) == 1200


def test_a_clock_that_is_set_back_hides_nothing_and_has_nothing_told_twice() -> None:
    """By twenty minutes."""
    reader = Reader(since=NOON - DAY)
    received(1, at=at(1300))
    assert reader.look(at=at(1301)) == [(1, "received", "")]
    received(2, at=at(1302))  # by the clock of before, committed just before it is set back
    received(3, at=at(100))
    settled(3, at=at(100))
    assert reader.look(at=at(101)) == [(3, "processed", "applied"), (2, "received", "")]
    assert told_at_each_second(reader, 102, 200) == []


def test_what_is_wanted_is_told_when_it_becomes_so_alone() -> None:
    reader = Reader(Event.objects.filter(state="processed"))
    received(1, at=at(1))
    assert reader.look(at=at(2)) == []
    settled(1, at=at(3))
    assert reader.look(at=at(4)) == [(1, "processed", "applied")]
    assert reader.look(at=at(5)) == []


def test_little_is_remembered_however_much_there_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "OPEN_AT_MOST", 10)
    for minute in range(120):
        delivery = make_delivery(received_at=at(60 * minute))
        add_events(delivery, count=10, settled_at=at(60 * minute))
        add_events(make_delivery(received_at=at(60 * minute)), count=2, state="queued", reason="")
    reader = Reader()
    seen, most = 0, 0
    for part in reader.following.look(now=at(7200)):
        seen += len(part)
        most = max(most, len(reader.following._said._said))
    assert seen == 120 * 12
    minutes = (REMEMBERED + LATE) / timedelta(minutes=1)
    assert most <= 12 * (minutes + 1) + CHANGES_AT_A_TIME
    assert reader.look(at=at(7201)) == []
    assert len(reader.following._said._said) <= 12 * (REMEMBERED / timedelta(minutes=1) + 1) + 10


def test_the_end_is_told_of_what_is_not_among_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "OPEN_AT_MOST", 2)
    for key in range(1, 6):
        received(key, at=at(-3600 + key))
    reader = Reader()
    assert reader.look(at=at(1)) == []
    queued(1, at=at(2))
    queued(5, at=at(2))
    assert reader.look(at=at(3)) == [(5, "queued", "")]
    settled(1, at=at(4))
    assert reader.look(at=at(5)) == [(1, "processed", "applied")]


def out_of_reach(*_: Any) -> None:
    """Instead of any statement."""
    raise OperationalError


def test_whatever_it_asks_the_database_would_refuse_to_write() -> None:
    received(1, at=at(1))
    asked: list[bool] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "webhooks_event" in sql:
            asked.append(is_read_only())
        return execute(sql, params, many, context)

    reader = Reader()
    with connection.execute_wrapper(note):
        assert len(reader.look(at=at(2))) == len(reader.following.last(1)) == 1
    assert len(asked) >= 5
    assert all(asked)


def is_read_only() -> bool:
    """What the session says of itself, past Django."""
    sqlite = connection.vendor == "sqlite"
    statement = "PRAGMA query_only" if sqlite else "SHOW transaction_read_only"
    [(value,)] = connection.connection.execute(statement).fetchall()
    return value in {1, "on"}
