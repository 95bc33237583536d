"""Messages that never reached the driver: which they are, how they are counted and listed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_django import DjangoAssertNumQueries

from eventlog.questions import never_arrived
from eventlog.questions.never_arrived import NO_CODE, SHOWN_AT_ONCE, Counts, Wanted, counts, page
from sandbox.samples import wamid
from tests.rows import make_delivery, make_event
from webhooks.models import Event
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Kind
from webhooks.whatsapp.wamids import short_key

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)
WEEK = Wanted(days=7)
HOUR = timedelta(hours=1)
DRIVER = "447700900123"


def told(
    serial: int,
    word: str = "failed",
    *,
    at: datetime = NOW - HOUR,
    reason: Reason = Reason.APPLIED,
    code: int | None = 131026,
    **fields: Any,
) -> Event:
    """A status of one of our messages."""
    message_id = fields.pop("message_id", wamid(DRIVER, serial, outbound=True))
    return make_event(
        make_delivery(received_at=at),
        kind=Kind.STATUS,
        name=word,
        message_id=message_id,
        message_key=short_key(message_id),
        state=reason.state,
        reason=reason,
        error_code=code if word == "failed" else None,
        **fields,
    )


def listed(wanted: Wanted = WEEK) -> list[Event]:
    shown, _ = page(wanted, after=None, now=NOW)
    return [failure.event for failure in shown]


def asked(wanted: Wanted = WEEK) -> Counts:
    return counts(wanted, now=NOW)


def test_what_failed_is_one_whether_a_chat_shows_it_or_not() -> None:
    applied = told(1, enquiry_id="ENQ-7", lease_id="northfleet")
    in_no_chat = told(2, reason=Reason.NO_ACTIVE_TRACKING)
    given_up = told(3, reason=Reason.GAVE_UP)
    assert listed() == [given_up, in_no_chat, applied]
    assert asked().total == 3


@pytest.mark.parametrize("arrived", ["delivered", "read", "played"])
@pytest.mark.parametrize("later", [HOUR / 2, -HOUR])
def test_a_message_that_arrived_before_or_since_is_none(arrived: str, later: timedelta) -> None:
    told(1, arrived, at=NOW - HOUR + later)
    told(1)
    told(2, "sent")
    lost = told(2)
    assert listed() == [lost]
    assert asked().total == 1


def test_each_message_counts_once_by_its_first_report() -> None:
    first = told(1, code=131049)
    told(1, reason=Reason.ALREADY_APPLIED)
    told(1, code=131026)
    told(1, message_id=wamid("GB1234567890", 1, outbound=True))
    without_key = told(2, message_id="wamid.OPAQUE")
    told(2, message_id="wamid.OPAQUE")
    told(3, message_id="wamid.ANOTHER")
    assert listed()[1:] == [without_key, first]
    assert asked().total == 3


@pytest.mark.parametrize("reason", [Reason.UNSUPPORTED_STATUS, Reason.MALFORMED])
@pytest.mark.parametrize("word", ["failed", "delivered"])
def test_what_says_nothing_of_the_message_hides_no_failure(word: str, reason: Reason) -> None:
    told(1, word, reason=reason)
    lost = told(1)
    assert listed() == [lost]


def test_what_was_erased_still_counts_once_each() -> None:
    every = [told(serial, message_id="", erased_at=NOW) for serial in (1, 2)]
    assert listed() == every[::-1]
    assert asked().total == len(every)


@pytest.mark.parametrize("reason", [Reason.UNSUPPORTED_STATUS, Reason.MALFORMED])
def test_a_payment_and_what_cannot_be_read_are_no_messages(reason: Reason) -> None:
    told(1, reason=reason)
    make_event(name="failed", received_at=NOW - HOUR)
    assert listed() == []
    assert asked() == Counts(
        total=0,
        codes=[],
        days=[(date(2026, 3, 30) - timedelta(days=back), 0) for back in range(7)],
        lease_numbers=[],
        cut_off=False,
    )


def test_each_of_three_things_is_counted_of_what_the_others_leave() -> None:
    told(1, code=131049, lease_number="15550783881")
    told(2, code=131049, lease_number="447700900111")
    told(3, code=131026, lease_number="447700900111", at=NOW - timedelta(days=1))
    told(4, code=None, lease_number="", at=NOW - timedelta(days=1))
    every = asked()
    assert every.codes == [(131049, 2), (NO_CODE, 1), (131026, 1)]
    assert every.days[:3] == [
        (date(2026, 3, 30), 2),
        (date(2026, 3, 29), 2),
        (date(2026, 3, 28), 0),
    ]
    assert every.lease_numbers == [("447700900111", 2), ("", 1), ("15550783881", 1)]
    chosen = asked(Wanted(days=7, code=131049))
    assert (chosen.total, chosen.codes) == (2, every.codes)
    assert chosen.days[:2] == [(date(2026, 3, 30), 2), (date(2026, 3, 29), 0)]
    assert chosen.lease_numbers == [("15550783881", 1), ("447700900111", 1)]


@pytest.mark.parametrize(
    ("wanted", "serials"),
    [
        ({"code": 131049}, [2, 1]),
        ({"code": NO_CODE}, [4]),
        ({"day": date(2026, 3, 29)}, [4, 3]),
        ({"lease_number": "5215550001111"}, [2, 1]),
        ({"lease_number": ""}, [4]),
        ({"code": 131049, "day": date(2026, 3, 29)}, []),
        ({"day": date(2026, 3, 1)}, []),
        ({"day": date.max}, []),
    ],
)
def test_the_list_is_what_the_counts_say(wanted: dict[str, Any], serials: list[int]) -> None:
    """Mexican numbers are told apart by more than their digits."""
    told(1, code=131049, lease_number="525550001111")
    told(2, code=131049, lease_number="5215550001111")
    told(3, code=131026, lease_number="447700900111", at=NOW - timedelta(days=1))
    told(4, code=None, lease_number="", at=NOW - timedelta(days=1))
    told(5, lease_number="447700900111", at=NOW - timedelta(days=9))
    wanted_now = Wanted(days=7, **wanted)
    found = [event.message_id for event in listed(wanted_now)]
    assert found == [wamid(DRIVER, serial, outbound=True) for serial in serials]
    assert asked(wanted_now).total == len(serials)


def test_a_day_is_one_of_the_time_zone() -> None:
    """In Auckland it is already the next day, and it has 25 hours when summer ends."""
    auckland = ZoneInfo("Pacific/Auckland")
    now = datetime(2026, 4, 5, 20, tzinfo=auckland)
    first = told(1, at=datetime(2026, 4, 4, 11, tzinfo=UTC))  # 00:00 there
    last = told(2, at=datetime(2026, 4, 5, 11, 59, tzinfo=UTC))  # 23:59, 25 hours later
    told(3, at=datetime(2026, 4, 4, 10, 59, tzinfo=UTC))
    day = Wanted(days=7, zone=auckland, day=date(2026, 4, 5))
    assert counts(day, now=now).days[0] == (date(2026, 4, 5), 2)
    shown, _ = page(day, after=None, now=now)
    assert [failure.event for failure in shown] == [last, first]


def test_the_pages_are_one_list(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    every = [told(serial) for serial in range(SHOWN_AT_ONCE + 3)][::-1]
    with django_assert_num_queries(1):
        first, more = page(WEEK, after=None, now=NOW)
    second, no_more = page(WEEK, after=first[-1].event, now=NOW)
    assert [each.event for each in (*first, *second)] == every
    assert (len(first), more, no_more) == (SHOWN_AT_ONCE, True, False)


def test_so_many_are_counted_and_no_more(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(never_arrived, "COUNTED_AT_MOST", 2)
    told(1, code=131026, at=NOW - timedelta(days=2))
    told(2, code=131049)
    assert (asked().total, asked().cut_off) == (2, False)
    told(3, code=131047)
    with django_assert_num_queries(1):
        found = asked()
    assert (found.total, found.cut_off) == (2, True)
    assert found.codes == [(131047, 1), (131049, 1)]
