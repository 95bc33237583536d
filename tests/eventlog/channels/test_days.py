"""What a digest says of a day."""

from datetime import date, datetime, timedelta

import pytest
from pytest_django import Settings

from eventlog.channels.days import LISTED_AT_MOST, digest
from eventlog.channels.letters import Letter
from eventlog.figures.rollups import roll_up
from eventlog.models import Channel, Notification, Problem
from eventlog.problems.handling import By, resolve
from sandbox import samples
from tests.eventlog.figures.ledger import MINUTE, NOON, make_delivery, make_event
from tests.eventlog.problems.looking import notice, rounds
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Kind

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def hour(settings: Settings) -> None:
    """At noon in London; the moments of these tests are of the winter."""
    settings.CHANNELS_DIGEST = "12:00 Europe/London"


def told(
    until: datetime = NOON, *, now: datetime = NOON + 3 * MINUTE, counted: bool = True
) -> Letter:
    if counted:
        roll_up(clock=lambda: now, until=now + MINUTE)
    channel, _ = Channel.objects.get_or_create(name="ops", scheme="signed")
    row = Notification.objects.create(
        channel=channel, digest_on=until.date(), digest_until=until, created_at=now, due_at=now
    )
    return digest(row, now=now)


def lines(letter: Letter) -> list[str]:
    return letter.body.splitlines()


def test_a_day_is_summed_up() -> None:
    first = make_delivery(NOON - HOUR)
    make_delivery(NOON - HOUR, repeat_of=first)
    make_event(delivery=first, at=NOON - HOUR)
    make_event(Reason.NO_ACTIVE_TRACKING, NOON - 2 * HOUR)
    make_event(at=NOON - 3 * HOUR, kind=Kind.STATUS, name="failed", message_id="wamid.of-nobody")
    make_event(Reason.NONE, NOON - 10 * MINUTE, state="queued")
    make_event(at=NOON - DAY - MINUTE)  # of the day before
    make_event(at=NOON + MINUTE)  # of the next
    letter = told()
    assert letter.title == "Mon 02 Mar: no problem is open"
    assert letter.digest == date(2026, 3, 2)
    assert lines(letter) == [
        "From Sun 01 Mar 12:00 to Mon 02 Mar 12:00 (Europe/London).",
        "",
        "Deliveries: 5 (1 of them had come before). Events: 4: 1 queued, 2 processed, 1 skipped.",
        "Messages that never reached the driver: 1.",
        "Of drivers, in no chat: 1.",
        "",
        "Events on their way now: 1, the oldest since Mon 02 Mar 11:50.",
        "Problems that opened: 0. Resolved: 0. Open now: 0.",
        "Nobody has looked for problems of late, so there may be others.",
        "",
        "https://admin.test/admin/",
    ]


def test_problems_are_told_without_anybodys_data(admin_user: object) -> None:
    by_hand = By(user=admin_user, now=NOON - HOUR)  # type: ignore[arg-type] # pytest-django's
    rounds(notice("old"), now=NOON - 2 * DAY)
    rounds(notice("new", lease_number="15550000123"), notice("old"), now=NOON - 2 * HOUR)
    resolve(Problem.objects.get(subject="old").pk, by=by_hand)
    letter = told()
    new = Problem.objects.get(subject="new")
    assert letter.title == "Mon 02 Mar: 1 problem open"
    assert "Problems that opened: 1. Resolved: 1. Open now: 1." in lines(letter)
    assert (
        "- Overdue events (urgent). Lease number ••••••••123. It is new. "
        f"https://admin.test/admin/problems/{new.pk}/"
    ) in lines(letter)
    assert not letter.is_bad


def test_many_problems_are_told_in_part() -> None:
    found = [notice(f"number {place}") for place in range(LISTED_AT_MOST + 2)]
    rounds(*found)
    letter = told()
    assert sum(line.startswith("- ") for line in lines(letter)) == LISTED_AT_MOST
    assert "And 2 more." in lines(letter)
    assert "Nobody has looked" not in letter.body


def test_the_next_begins_where_the_last_that_went_has_ended() -> None:
    for hours in (1, 30, 60):
        make_event(at=NOON - hours * HOUR)
    told(NOON - 3 * DAY, now=NOON - 3 * DAY)
    Notification.objects.update(sent_at=NOON - 3 * DAY)
    told(NOON - DAY, now=NOON - DAY)  # which nobody took
    letter = told()
    assert lines(letter)[0] == "From Fri 27 Feb 12:00 to Mon 02 Mar 12:00 (Europe/London)."
    assert "Events: 3: 3 processed." in letter.body


def test_what_is_late_and_what_is_not_counted_is_said() -> None:
    letter = told(now=NOON + 6 * HOUR, counted=False)
    assert lines(letter)[1:3] == [
        "This is late: it was due at Mon 02 Mar 12:00, and goes at Mon 02 Mar 18:00.",
        "Nothing has been counted yet, so the next line says nothing.",
    ]
    roll_up(clock=lambda: NOON - HOUR, until=NOON)
    assert (
        "What came is counted up to Mon 02 Mar 11:00 only." in told(NOON + DAY, counted=False).body
    )


def test_nothing_of_an_event_is_in_it() -> None:
    make_event(
        Reason.NO_ACTIVE_TRACKING,
        NOON - HOUR,
        person_number=samples.DRIVER_NUMBER,
        message_id=samples.TEXT_ID,
        lease_number=samples.LEASE_NUMBER,
    )
    body = told().body
    for each in (samples.DRIVER_NUMBER, samples.TEXT_ID, samples.LEASE_NUMBER):
        assert each not in body
