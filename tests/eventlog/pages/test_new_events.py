"""What has come since a list was loaded."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.eventlog.admin.staff import PART, support
from tests.rows import add_events, make_delivery, make_event
from webhooks.outcomes import Reason, State

pytestmark = pytest.mark.django_db

LIST = "/admin/webhooks/event/"
SECOND = timedelta(seconds=1)
FAILED: dict[str, Any] = {"state": State.FAILED, "reason": Reason.MALFORMED}


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def part_of(query: str) -> str:
    """The address of the part that the list for a query asks for; empty where it asks for none."""
    html = support().get(f"{LIST}?{query}").content.decode()
    found = re.search(r'data-live="([^"]*)"', html)
    return found[1].replace("&amp;", "&") if found else ""


def told(address: str) -> tuple[str, str]:
    """What the part says, and where it leads."""
    html = support().get(address, headers=PART).content.decode()
    words = " ".join(re.sub(r"<[^>]*>", "", html).split())
    return words, "".join(re.findall(r'<a [^>]*href="([^"]*)"', html))


def test_what_has_come_of_the_kind_that_a_list_shows_is_told(now: datetime) -> None:
    make_event(**FAILED, received_at=now - 9 * SECOND)
    address = part_of("state=failed&state=skipped&took=1s")
    assert told(address) == ("", "")
    make_event(**FAILED, received_at=now, settled_at=now + SECOND)
    make_event(**FAILED, received_at=now, settled_at=now)
    make_event(received_at=now, settled_at=now + SECOND)
    leads_to = f"{LIST}?state=failed&amp;state=skipped&amp;took=1s"
    assert told(address) == ("1 new event", leads_to)
    make_event(**FAILED, received_at=now, settled_at=now + SECOND)
    assert told(address)[0] == "2 new events"


def test_a_page_that_is_loaded_again_knows_what_came_with_the_same_moment(now: datetime) -> None:
    make_event(received_at=now)
    address = part_of("")
    make_event(received_at=now)
    assert told(address) == ("1 new event", LIST)


def test_what_is_new_to_an_empty_list_is_told(now: datetime) -> None:
    address = part_of("state=failed")
    make_event(**FAILED, received_at=now - timedelta(minutes=1))
    assert told(address)[0] == "1 new event"


def test_no_more_than_a_hundred_are_counted(now: datetime) -> None:
    address = part_of("")
    add_events(make_delivery(received_at=now), count=101)
    assert told(address)[0] == "More than 100 new events"


def test_a_list_to_which_nothing_can_come_does_not_ask(now: datetime) -> None:
    events = [make_event(received_at=now - place * SECOND) for place in range(51)]
    assert part_of("span=yesterday") == ""
    assert part_of(f"delivery={events[0].delivery_id}") == ""
    assert part_of("to=2026-01-01T00:00") == ""
    older = f"before={events[0].received_at.isoformat().replace('+', '%2B')}_{events[0].pk}"
    assert part_of(older) == ""


def test_a_page_that_was_open_for_days_counts_the_last_one(now: datetime) -> None:
    for days in (1, 2):
        make_event(received_at=now - timedelta(days=days, hours=-1))
    since = (now - timedelta(days=9)).isoformat().replace("+", "%2B")
    assert told(f"/admin/events/new/?since={since}_7")[0] == "1 new event"


@pytest.mark.parametrize("since", ["", "since=", "since=7", "since=now_7", "since=2026-01-01_x"])
def test_a_place_that_is_none_has_nothing_after_it(now: datetime, since: str) -> None:
    make_event(received_at=now)
    assert told(f"/admin/events/new/?{since}") == ("", "")


def test_whoever_opens_the_part_alone_is_led_to_the_list() -> None:
    answer = support().get("/admin/events/new/?state=failed")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{LIST}?state=failed")
