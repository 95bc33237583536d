"""A window that is typed in one's own time, and the address that it becomes."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client

from tests.eventlog.admin.staff import staff_in
from tests.rows import make_event
from webhooks.outcomes import Reason, State

LIST, NEW = "/admin/webhooks/event/", "/admin/replays/new/"


def typed(
    staff: Client, page: str, start: str, end: str, **more: str
) -> tuple[dict[str, str], str]:
    """What the address says that a form leads to, and what the page says of it."""
    fields = {"zone": "Europe/Amsterdam", "from": start, "to": end, **more}
    answer = staff.get(page, fields, follow=True)
    [(address, status)] = answer.redirect_chain
    assert status == 302
    said = " ".join(str(message) for message in answer.context["messages"])
    return dict(parse_qsl(urlsplit(address).query)), said


@pytest.mark.parametrize("page", [LIST, NEW])
def test_an_address_has_moments_whoever_opens_it(db: None, page: str) -> None:
    event = make_event(
        received_at=datetime(2026, 6, 1, 8, 14, tzinfo=UTC),
        state=State.SKIPPED,
        reason=Reason.NO_PERSON,
    )
    staff = staff_in("Europe/Amsterdam", group="On-call")
    address, said = typed(staff, page, "2026-06-01T10:14", "2026-06-01T10:15:00", state="skipped")
    assert (address["from"], address["to"]) == (
        "2026-06-01T08:14:00+00:00",
        "2026-06-01T08:15:00+00:00",
    )
    assert (address["state"], said) == ("skipped", "")
    here, there = (each.get(LIST, address).context for each in (staff, staff_in("Asia/Kolkata")))
    for shown in (here, there):
        assert [row.pk for row in shown["cl"].result_list] == [event.pk]
    assert [each["bar"].start for each in (here, there)] == [
        "2026-06-01T10:14:00",
        "2026-06-01T13:44:00",
    ]
    [state, window] = there["bar"].tags
    assert state.value == "skipped"
    assert "01 Jun 2026 13:44:00" in window.value


def test_an_hour_that_never_comes_is_explained(db: None) -> None:
    address, said = typed(staff_in("Europe/Amsterdam"), LIST, "2026-03-29T02:30", "")
    assert address == {"from": "2026-03-29T01:00:00+00:00"}
    assert said == (
        "02:30 of 29 Mar 2026 is no time in Europe/Amsterdam: clocks were set forward. "
        "The window begins when they were, at 03:00:00."
    )


def test_an_hour_that_comes_twice_is_within_the_window_twice(db: None) -> None:
    night = "2026-10-25T02:30"
    address, said = typed(staff_in("Europe/Amsterdam"), LIST, night, night)
    assert (address["from"], address["to"]) == (
        "2026-10-25T00:30:00+00:00",
        "2026-10-25T01:30:00+00:00",
    )
    assert "came twice in Europe/Amsterdam. The window begins with 02:30:00 CEST." in said
    assert "came twice in Europe/Amsterdam. The window ends with 02:30:00 CET." in said


@pytest.mark.parametrize(
    "query",
    ["from=2026-06-01T10:14", "from=soon&zone=Europe/Amsterdam", "from=2026-06-01T10:14&zone=Moon"],
)
def test_what_no_form_sends_is_read_as_it_is(db: None, query: str) -> None:
    assert staff_in("Europe/Amsterdam").get(f"{LIST}?{query}").status_code == 200


def test_a_colleagues_day_is_theirs_and_said_to_be(db: None) -> None:
    staff = staff_in("Asia/Kolkata")
    bar = staff.get(f"{LIST}?span=today&zone=Europe/Amsterdam").context["bar"]
    assert [choice.label for choice in bar.spans if choice.chosen] == []
    [tag] = bar.tags
    assert (tag.title, tag.value, tag.url) == ("received", "today in Europe/Amsterdam", "?")
    [own] = [choice.url for choice in bar.spans if choice.label == "Today"]
    assert own == "?span=today&zone=Asia%2FKolkata"
    [chosen] = [each for each in staff.get(LIST + own).context["bar"].spans if each.chosen]
    assert chosen.label == "Today"


def test_the_days_of_deliveries_are_of_a_zone_as_well(db: None) -> None:
    staff, deliveries = staff_in("Asia/Kolkata"), "/admin/webhooks/delivery/"
    page = staff.get(f"{deliveries}?span=today&zone=Europe/Amsterdam").content.decode()
    assert "Today in Europe/Amsterdam" in page
    assert "span=today&amp;zone=Asia%2FKolkata" in page
    assert 'span=1h"' in page
    assert (
        "Today in" not in staff.get(f"{deliveries}?span=today&zone=Asia/Kolkata").content.decode()
    )


def test_what_lies_before_all_time_is_told_in_words(db: None) -> None:
    """It is 1970 in Tokyo while it is 1969 in UTC."""
    typed_there = {"zone": "Asia/Tokyo", "from": "1970-01-01T00:00", "to": "2026-06-01T10:14"}
    page = staff_in("Asia/Tokyo").get(LIST, typed_there, follow=True)
    [(address, _)] = page.redirect_chain
    assert dict(parse_qsl(urlsplit(address).query)) == {
        **typed_there,
        "to": "2026-06-01T01:14:00+00:00",
    }
    [words] = [str(each) for each in page.context["messages"]]
    assert words.startswith("“1970-01-01T00:00” is no moment such as 2026-06-01T10:14, of the ")
    [window] = page.context["bar"].tags
    assert window.value == "\N{HORIZONTAL ELLIPSIS} \N{EN DASH} 01 Jun 2026 10:14:00"
