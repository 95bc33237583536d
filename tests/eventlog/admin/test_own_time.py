"""Pages in the time zone of whoever looks."""

from datetime import UTC, datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.eventlog.admin.staff import staff_in, support
from tests.rows import make_event

LIST = "/admin/webhooks/event/"


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Europe/Amsterdam", "01 Jun</span> 10:14:05<"),
        ("Asia/Kolkata", "01 Jun</span> 13:44:05<"),
        ("Pacific/Auckland", "01 Jun</span> 20:14:05<"),
        ("America/Los_Angeles", "01 Jun</span> 01:14:05<"),
        ("Nowhere/Any More", "01 Jun</span> 08:14:05<"),  # as another database of zones may have it
    ],
)
def test_times_are_the_readers_and_utc_beside_them(db: None, zone: str, shown: str) -> None:
    year = datetime.now(UTC).year
    event = make_event(received_at=datetime(year, 6, 1, 8, 14, 5, tzinfo=UTC))
    staff = staff_in(zone)
    of_list, of_event = (
        staff.get(each).content.decode() for each in (LIST, f"{LIST}{event.pk}/change/")
    )
    pointed_at = f'datetime="{year}-06-01T08:14:05+00:00" title="01 Jun {year} 08:14:05 UTC"'
    assert all(shown in page and pointed_at in page for page in (of_list, of_event))
    assert (f"01 Jun {year} 08:14:05 UTC</span>" in of_event) == ("Nowhere" not in zone)


def test_an_hour_that_comes_twice_says_which_it_is(db: None) -> None:
    for hour in (0, 1):
        make_event(received_at=datetime(2025, 10, 26, hour, 30, tzinfo=UTC))
    page = staff_in("Europe/Amsterdam").get(LIST).content.decode()
    assert page.index("02:30:00 CET<") < page.index("02:30:00 CEST<")


def test_who_has_chosen_nothing_has_utc(db: None) -> None:
    make_event(received_at=datetime(2025, 6, 1, 8, 14, 5, tzinfo=UTC))
    assert "2025</span> 08:14:05<" in support().get(LIST).content.decode()


def test_a_zone_costs_one_look_by_its_key(
    db: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    staff = staff_in("Europe/Amsterdam")
    with django_assert_max_num_queries(99) as queries:
        staff.get("/admin/settings/")
    assert sum("eventlog_preferences" in each["sql"] for each in queries.captured_queries) == 1
