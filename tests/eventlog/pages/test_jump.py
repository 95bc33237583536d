"""To a time in the list of events: what is typed, and where the list is then."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from eventlog.admin.log_list import ABOVE
from listeners.models import TaskRun
from tests.eventlog.admin.staff import staff_in, support
from tests.rows import make_delivery, make_event
from webhooks.models import Event
from webhooks.outcomes import Reason, State

pytestmark = pytest.mark.django_db
LIST, JUMP = "/admin/webhooks/event/", "/admin/jump/"
MINUTE = timedelta(minutes=1)


def jump(staff: Client, words: str, listed: str = "") -> tuple[str, Any, list[str]]:
    """The address that one is led to, its context, and what it says."""
    answer = staff.post(JUMP, {"to": words, "list": listed}, follow=True)
    [(address, status)] = answer.redirect_chain
    assert status == 303
    return address, answer.context, [str(each) for each in answer.context["messages"]]


def every_minute(start: datetime, count: int) -> list[int]:
    """Events, the newest first."""
    delivery = make_delivery()
    rows = [
        make_event(delivery, position=place, received_at=start + place * MINUTE).pk
        for place in range(count)
    ]
    return rows[::-1]


def test_the_list_is_at_the_time_with_what_came_after_above() -> None:
    rows = every_minute(datetime(2026, 6, 1, 7, 0, tzinfo=UTC), 120)
    address, context, said = jump(staff_in("Europe/Amsterdam"), "2026-06-01 10:14")
    assert address == f"{LIST}?moment=2026-06-01T08%3A14%3A00%2B00%3A00#here"
    at = next(place for place, pk in enumerate(rows) if pk == context["cl"].place)
    assert Event.objects.get(pk=rows[at]).received_at == datetime(2026, 6, 1, 8, 14, tzinfo=UTC)
    assert [row.pk for row in context["cl"].result_list] == rows[at - ABOVE : at - ABOVE + 50]
    assert said == []
    cl = context["cl"]
    newer, older = (
        support().get(LIST + query).context["cl"] for query in (cl.newer_query, cl.older_query)
    )
    seen = [row.pk for page in (newer, cl, older) for row in page.result_list]
    assert seen == rows[: len(seen)]
    assert "moment" not in cl.newer_query + cl.older_query


def test_the_place_is_marked_once_wherever_it_is() -> None:
    every_minute(datetime(2026, 6, 1, 8, 0, tzinfo=UTC), 3)
    staff = staff_in("Europe/Amsterdam")
    for day, before in (("2026-06-02", 0), ("2026-06-01 10:01:30", 1), ("2026-05-31", 3)):
        address, context, _ = jump(staff, day)
        page = staff.get(address).content.decode()
        assert page.count('id="here"') == 1
        assert page[: page.index('id="here"')].count('class="what"') == before
        assert len(context["cl"].result_list) == 3


def test_of_an_hour_that_comes_twice_both_are_offered() -> None:
    rows = every_minute(datetime(2026, 10, 25, 0, 0, tzinfo=UTC), 120)
    staff = staff_in("Europe/Amsterdam")
    address, context, _ = jump(staff, "25 Oct 2026 02:30")
    assert context["cl"].place == rows[-31]
    page = staff.get(address).content.decode()
    assert "02:30:00 CEST" in page
    assert "Clocks showed that twice" in page
    second = staff.get(LIST + context["cl"].twin_query).context["cl"]
    assert (second.place, second.twin) == (rows[-91], datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    _, said_which, _ = jump(staff, "25 Oct 2026 02:30 CET")
    assert said_which["cl"].place == rows[-91]


def test_an_hour_that_never_comes_is_explained() -> None:
    address, _, said = jump(staff_in("Europe/Amsterdam"), "2026-03-29 02:30")
    assert "moment=2026-03-29T01%3A00%3A00%2B00%3A00" in address
    assert said == [
        "No clock showed that: they were set forward then. This is when they were, "
        "29 Mar 2026 03:00:00."
    ]


def test_filters_stay_and_a_window_that_does_not_hold_it_goes() -> None:
    at = datetime(2026, 6, 1, 8, 14, tzinfo=UTC)
    lost = make_event(received_at=at, state=State.SKIPPED, reason=Reason.NO_PERSON)
    make_event(received_at=at)
    window = "from=2026-06-01T08:00:00%2B00:00&to=2026-06-01T09:00:00%2B00:00"
    address, context, said = jump(support(), "2026-06-01 08:14", f"state=skipped&{window}")
    assert ([row.pk for row in context["cl"].result_list], said) == ([lost.pk], [])
    assert "from=" in address
    address, context, said = jump(support(), "2026-06-01 08:14", "state=skipped&span=1h")
    assert [row.pk for row in context["cl"].result_list] == [lost.pk]
    assert address.startswith(f"{LIST}?state=skipped&moment=")
    assert said == ["That is not within the window that was chosen, so the window was taken away."]


@pytest.mark.parametrize("words", ["", "soon", "447700900102", "25:00"])
def test_what_is_no_time_is_said_and_repeated_nowhere(words: str) -> None:
    address, _, said = jump(support(), words, "state=skipped")
    assert address == f"{LIST}?state=skipped"
    assert said[0].startswith("That is no time such as 10:14")
    assert not words or words not in said[0]


DAY = datetime(2026, 6, 1, tzinfo=UTC)


def go(staff: Client, page: str, words: str, listed: str = "") -> tuple[str, Any, list[str]]:
    """The same of another list: the address, the list, and what it says."""
    answer = staff.post(JUMP, {"page": page, "to": words, "list": listed}, follow=True)
    [(address, _)] = answer.redirect_chain
    return address, answer.context["cl"], [str(each) for each in answer.context["messages"]]


def marked(staff: Client, address: str) -> int:
    """How many rows of a list stand above its mark."""
    page = staff.get(address).content.decode()
    assert page.count('id="here"') == 1
    return page[page.index("<tbody>") : page.index('id="here"')].count("</tr>")


def test_the_list_of_deliveries_is_at_the_time() -> None:
    """What came after it stands above, and the list goes on in both directions."""
    rows = [make_delivery(received_at=DAY + place * MINUTE).pk for place in range(100)][::-1]
    staff = support()
    address, shown, said = go(staff, "webhooks_delivery", "2026-06-01 00:30", "before=x_1")
    assert address == "/admin/webhooks/delivery/?moment=2026-06-01T00%3A30%3A00%2B00%3A00#here"
    at = len(rows) - 1 - 30
    assert [row.pk for row in shown.result_list] == rows[at - ABOVE : at - ABOVE + 41]
    assert (shown.place, shown.above, said) == (rows[at], ABOVE, [])
    assert marked(staff, address) == ABOVE
    assert len(staff.get(f"/admin/webhooks/delivery/{shown.newer_query}").context["cl"].result_list)


def test_filters_of_deliveries_stay_and_a_span_that_does_not_hold_it_goes() -> None:
    odd = make_delivery(received_at=DAY, verdict="malformed")
    make_delivery(received_at=DAY)
    listed = "verdict=odd&span=today&zone=Asia/Tokyo"
    address, shown, said = go(support(), "webhooks_delivery", "2026-06-01 00:30", listed)
    assert address.startswith("/admin/webhooks/delivery/?verdict=odd&moment=")
    assert [row.pk for row in shown.result_list] == [odd.pk]
    assert said == ["That is not within the window that was chosen, so the window was taken away."]


def test_the_list_of_runs_is_at_the_time_at_which_they_began() -> None:
    delivery = make_delivery()
    rows = [
        TaskRun.objects.create(
            delivery=delivery,
            started_at=DAY + place * MINUTE,
            finished_at=DAY + place * MINUTE,
            result="try_again" if place % 2 else "done",
        ).pk
        for place in range(40)
    ][::-1]
    staff = support()
    address, shown, _ = go(staff, "listeners_taskrun", "2026-06-01 00:30:30")
    assert (shown.place, shown.above, marked(staff, address)) == (rows[9], 9, 9)
    address, shown, _ = go(staff, "listeners_taskrun", "00:30 UTC", "result__exact=try_again")
    assert {row.result for row in shown.result_list} == {"try_again"}
    address, shown, _ = go(
        staff, "listeners_taskrun", "2026-06-01 00:30", "result__exact=try_again"
    )
    assert (shown.place, marked(staff, address)) == (rows[10], 5)
    for words, above in (("2026-05-01", ABOVE), ("2026-07-01", 0)):
        address, _, _ = go(staff, "listeners_taskrun", words)
        assert marked(staff, address) == above


@pytest.mark.parametrize("page", ["", "x", "auth_user"])
def test_another_list_is_the_list_of_events(page: str) -> None:
    answer = support().post(JUMP, {"page": page, "to": "2026-06-01"})
    assert answer.headers["Location"].startswith(f"{LIST}?moment=")


def test_each_list_that_has_moments_offers_it() -> None:
    make_event()
    offered = {
        path: 'action="/admin/jump/"' in support().get(f"/admin/{path}/").content.decode()
        for path in ("webhooks/event", "webhooks/delivery", "listeners/taskrun", "webhooks/alias")
    }
    assert offered == {
        "webhooks/event": True,
        "webhooks/delivery": True,
        "listeners/taskrun": True,
        "webhooks/alias": False,
    }


def test_who_opens_its_address_finds_the_list() -> None:
    assert support().get(JUMP).headers["Location"] == f"{LIST}?"


@pytest.mark.parametrize("moment", ["x", "0001-01-01T00:00", "9999-12-31T23:59:59%2B00:00", ""])
def test_an_odd_moment_is_passed_over(moment: str) -> None:
    row = make_event()
    context = support().get(f"{LIST}?moment={moment}").context
    assert [each.pk for each in context["cl"].result_list] == [row.pk]
    assert context["cl"].moment is None
