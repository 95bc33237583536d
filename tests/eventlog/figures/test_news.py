"""What ends badly is news once, whenever it came and however often it is counted."""

from datetime import timedelta
from typing import Any

import pytest

from eventlog.figures.marks import go_back
from eventlog.figures.rollups import roll_up
from eventlog.models import Sign
from sandbox.samples import LEASE_NUMBER
from tests.eventlog.figures.ledger import MINUTE, NOON, make_event, settle
from webhooks.models import Event
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Kind

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def seen(*, minutes: float) -> dict[str, int]:
    """What is noted in all, after figures were brought up to date so many minutes after noon."""
    now = NOON + minutes * MINUTE
    roll_up(clock=lambda: now, until=now + HOUR)
    signs: dict[str, int] = {}
    for sign in Sign.objects.all():
        name = f"{sign.kind} {sign.subject}"
        signs[name] = signs.get(name, 0) + sign.count
    return signs


def test_each_end_counts_by_what_tells_it_from_others() -> None:
    make_event(lease_number="15550000001")
    make_event(Reason.REFUSED, lease_number="15550000001")
    make_event(Reason.REFUSED, lease_number="15550000002")
    make_event(Reason.NO_PERSON, lease_number="15550000001")
    make_event(error_code=131026, lease_number="15550000001", kind=Kind.STATUS.value, name="failed")
    field: dict[str, Any] = {"kind": Kind.CHANGE.value, "lease_number": ""}
    make_event(Reason.UNSUPPORTED_FIELD, name="account_update", **field)
    make_event(Reason.UNSUPPORTED_FIELD, name="calls", **field)
    assert seen(minutes=2) == {
        "failed refused 15550000001": 1,
        "failed refused 15550000002": 1,
        "skipped no_person 15550000001": 1,
        "code 131026 15550000001": 1,
        "taken_over account_update": 1,
    }


def test_a_number_is_one_in_all_spellings() -> None:
    for number in ("5511999990001", "551199990001"):
        make_event(Reason.NO_PERSON, lease_number=number)
    assert list(seen(minutes=2).values()) == [2]


def test_it_counts_once_however_often_it_is_counted_again() -> None:
    make_event(Reason.REFUSED)
    for minutes in (2, 3, 4, 90):
        assert seen(minutes=minutes) == {f"failed refused {LEASE_NUMBER}": 1}
    go_back(NOON, now=NOON + 2 * HOUR)
    assert seen(minutes=121) == {f"failed refused {LEASE_NUMBER}": 1}


def test_what_ends_hours_later_is_news_then() -> None:
    event = make_event(Reason.NONE)
    assert seen(minutes=2) == {}
    settle(event, Reason.GAVE_UP, at=NOON + 20 * HOUR)
    assert seen(minutes=20 * 60 + 1) == {f"failed gave_up {LEASE_NUMBER}": 1}
    [sign] = Sign.objects.all()
    assert sign.start == NOON + 20 * HOUR


def test_what_is_tried_again_and_fails_again_is_news_again() -> None:
    event = make_event(Reason.REFUSED)
    assert seen(minutes=2) == {f"failed refused {LEASE_NUMBER}": 1}
    Event.objects.filter(pk=event.pk).update(
        state="queued", reason="", settled_at=None, check_at=NOON + 4 * MINUTE
    )
    assert seen(minutes=2.5) == {f"failed refused {LEASE_NUMBER}": 1}
    settle(event, Reason.REFUSED, at=NOON + 3 * MINUTE)
    assert seen(minutes=4) == {f"failed refused {LEASE_NUMBER}": 2}


def test_history_that_is_filled_in_is_none() -> None:
    make_event(Reason.REFUSED, at=NOON - 3 * DAY)
    make_event(Reason.TOO_LARGE, at=NOON - HOUR)
    assert seen(minutes=2) == {f"failed too_large {LEASE_NUMBER}": 1}


def test_what_retention_takes_makes_no_news() -> None:
    event = make_event(Reason.REFUSED)
    other = make_event(Reason.TOO_LARGE)
    assert seen(minutes=2) == {
        f"failed refused {LEASE_NUMBER}": 1,
        f"failed too_large {LEASE_NUMBER}": 1,
    }
    Event.objects.filter(pk=other.pk).delete()
    Event.objects.filter(pk=event.pk).update(reason=Reason.RULE_RAISED.value)
    assert seen(minutes=2.5) == {
        f"failed refused {LEASE_NUMBER}": 1,
        f"failed too_large {LEASE_NUMBER}": 1,
    }
