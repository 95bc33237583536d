"""Each day is summed up once for each channel: whoever asks, whatever was away, however long."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from pytest_django import Settings

from eventlog.channels.configured import PAGERS
from eventlog.channels.outbox import ask_for_test
from eventlog.channels.rounds import tell_people
from eventlog.figures.rollups import roll_up
from eventlog.models import Channel, Notification
from tests.eventlog.channels.receivers import Received, web_server
from tests.eventlog.figures.ledger import MINUTE, NOON

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def hook(settings: Settings) -> Iterator[Received]:
    """A signed webhook is the only channel, and noon its hour."""
    with web_server() as received:
        settings.CHANNELS = (f"ops=signed://secret@127.0.0.1:{received.port}/hook",)
        settings.CHANNELS_DIGEST = "12:00"
        yield received


def days(received: Received) -> list[str]:
    return [json.loads(body)["digest"] for body in received.bodies]


def test_a_day_is_told_once_at_its_hour(hook: Received) -> None:
    tell_people(now=NOON - DAY + HOUR)
    assert days(hook) == ["2026-03-01"]  # so whoever has set it sees that it works
    tell_people(now=NOON - MINUTE)
    assert len(hook.bodies) == 1
    for minutes in range(10):
        tell_people(now=NOON + minutes * MINUTE)
    assert days(hook)[1:] == ["2026-03-02"]
    assert json.loads(hook.bodies[1])["title"] == "Mon 02 Mar: no problem is open"
    assert b"This is late" not in hook.bodies[1]


def test_it_goes_as_soon_as_the_figures_go_up_to_it(hook: Received) -> None:
    tell_people(now=NOON - DAY + HOUR)
    tell_people(now=NOON + MINUTE)
    assert len(hook.bodies) == 1
    roll_up(clock=lambda: NOON + 3 * MINUTE, until=NOON + 5 * MINUTE)
    tell_people(now=NOON + 3 * MINUTE)
    assert days(hook)[1:] == ["2026-03-02"]


def test_a_day_that_was_missed_is_told_late_and_those_before_are_in_it(hook: Received) -> None:
    tell_people(now=NOON - 3 * DAY + HOUR)
    tell_people(now=NOON + 6 * HOUR)
    tell_people(now=NOON + 7 * HOUR)
    assert days(hook) == ["2026-02-27", "2026-03-02"]
    body = json.loads(hook.bodies[1])["body"]
    assert "From Fri 27 Feb 12:00 to Mon 02 Mar 12:00 (UTC)." in body
    assert "This is late: it was due at Mon 02 Mar 12:00, and goes at Mon 02 Mar 18:00." in body


def test_what_a_channel_did_not_take_is_in_the_next(hook: Received) -> None:
    hook.status = 500
    tell_people(now=NOON - DAY + HOUR)
    hook.status = 200
    tell_people(now=NOON + HOUR)
    assert days(hook) == ["2026-03-02"]
    assert Notification.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_rounds_at_once_tell_it_once(hook: Received) -> None:
    begun = threading.Barrier(3)

    def work() -> None:
        begun.wait(10)
        try:
            tell_people(now=NOON + HOUR)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(work) for _ in range(3)]:
            done.result(timeout=30)
    tell_people(now=NOON + HOUR + MINUTE)
    assert days(hook) == ["2026-03-02"]


@pytest.mark.parametrize(
    ("start", "hours"),
    [
        (datetime(2026, 3, 29, tzinfo=UTC), 23),
        (datetime(2026, 10, 25, tzinfo=UTC), 25),
    ],
)
def test_a_day_of_another_length_is_told_once(
    hook: Received, settings: Settings, start: datetime, hours: int
) -> None:
    """By a round each hour from the evening before on, over two midnights."""
    settings.CHANNELS_DIGEST = "02:30 Europe/Amsterdam"
    for passed in range(-2, 28):
        tell_people(now=start + passed * HOUR + 40 * MINUTE)
    day = start.date()
    assert days(hook) == [f"{day + place * DAY}" for place in (-1, 0, 1)]
    found = Notification.objects.values_list("digest_until", flat=True)
    ends = sorted(end for end in found if end)
    assert [ends[1] - ends[0], ends[2] - ends[1]] == [DAY, hours * HOUR]


def test_quiet_hours_hold_it_back_and_a_test_goes(hook: Received, settings: Settings) -> None:
    settings.CHANNELS_QUIET = "11:00-14:00"
    tell_people(now=NOON + HOUR)
    assert hook.bodies == []
    ask_for_test(Channel.objects.get(), now=NOON + HOUR)
    tell_people(now=NOON + HOUR + MINUTE)
    tell_people(now=NOON + 2 * HOUR)
    assert days(hook) == [None, "2026-03-02"]


def test_another_hour_or_zone_tells_no_day_twice(hook: Received, settings: Settings) -> None:
    tell_people(now=NOON + HOUR)
    for words in ("13:00", "00:30 Pacific/Auckland", "23:00 America/Los_Angeles"):
        settings.CHANNELS_DIGEST = words
        tell_people(now=NOON + 3 * HOUR)
    assert days(hook) == ["2026-03-02", "2026-03-03"]  # which it is already in Auckland


def test_a_pager_is_not_told_and_nobody_without_an_hour(hook: Received, settings: Settings) -> None:
    assert {"pagerduty"} == PAGERS
    settings.CHANNELS = (f"pager=pagerduty://{'a' * 32}@{'b' * 20}",)
    tell_people(now=NOON + HOUR)
    settings.CHANNELS = (f"ops=signed://secret@127.0.0.1:{hook.port}/hook",)
    settings.CHANNELS_DIGEST = ""
    tell_people(now=NOON + HOUR)
    assert not Notification.objects.exists()
