"""What is to be told is one sender's at a time, is tried ever more seldom, and kept for a while."""

from datetime import timedelta

import pytest

from eventlog.channels.configured import Configured
from eventlog.channels.outbox import (
    CLAIM,
    KEPT,
    hand_over,
    note_channels,
    note_failed,
    note_sent,
    take,
)
from eventlog.models import Channel, Notification
from tests.eventlog.figures.ledger import MINUTE, NOON
from tests.eventlog.problems.looking import notice, rounds

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    """A channel that is to tell of one problem."""
    rounds(notice())
    rows = note_channels([Configured(name="ops", address="signed://secret@ops.test/")])
    hand_over(rows, now=NOON)
    return rows[0]


def taken(channel: Channel, minutes: float = 0) -> list[int]:
    found = take(channel, quiet=False, now=NOON + minutes * MINUTE)
    return [each.pk for each in found]


def test_what_somebody_took_is_nobody_elses_for_a_while(channel: Channel) -> None:
    """Another process asks at the same moment; whoever took it may have died since."""
    [key] = taken(channel)
    assert taken(channel) == taken(channel, CLAIM / MINUTE - 0.1) == []
    assert taken(channel, CLAIM / MINUTE) == [key]


def test_what_fails_is_tried_ever_more_seldom(channel: Channel) -> None:
    now, pauses = NOON, []
    for _ in range(8):
        [row] = take(channel, quiet=False, now=now)
        note_failed(channel, [row.pk], "it answers 500", now=now)
        row.refresh_from_db()
        pauses.append((row.due_at - now) / MINUTE)
        now = row.due_at
    assert pauses == [1, 2, 4, 8, 15, 30, 30, 30]
    [key] = [each.pk for each in take(channel, quiet=False, now=now)]
    note_sent(channel, [key], now=now)
    channel.refresh_from_db()
    assert (channel.failures, channel.failing_since, channel.error) == (0, None, "")


def test_what_was_told_is_forgotten_and_what_was_not_is_kept(channel: Channel) -> None:
    later = NOON + KEPT + timedelta(seconds=1)
    hand_over([channel], now=later)
    assert Notification.objects.count() == 1
    note_sent(channel, taken(channel), now=NOON)
    hand_over([channel], now=NOON + KEPT)
    assert Notification.objects.count() == 1
    hand_over([channel], now=later)
    assert not Notification.objects.exists()


def test_a_channel_that_the_settings_name_no_more_says_so(channel: Channel) -> None:
    note_channels([Configured(name="chat", address="slack://a/b/c")])
    told = Channel.objects.values_list("name", "scheme", "is_configured").order_by("name")
    assert list(told) == [("chat", "slack", True), ("ops", "signed", False)]
    note_channels([Configured(name="ops", address="mailtos://log@ops.test")])
    assert list(told.all()) == [("chat", "slack", False), ("ops", "mailtos", True)]
