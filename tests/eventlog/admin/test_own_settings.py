"""The page on which somebody chooses their time zone, and the offer of the browser's."""

import pytest
from django.test import Client

from eventlog.models import Preferences
from tests.eventlog.admin.staff import member_of, support

SETTINGS = "/admin/settings/"


def test_a_zone_is_kept_for_one_person(db: None) -> None:
    staff = support()
    answer = staff.post(SETTINGS, {"zone": "Asia/Kolkata"}, follow=True)
    assert "Now, in Asia/Kolkata" in answer.content.decode()
    staff.post(SETTINGS, {"zone": "Europe/Amsterdam"})
    [kept] = Preferences.objects.all()
    assert (kept.user, kept.time_zone) == (member_of("Support"), "Europe/Amsterdam")


def test_it_is_one_click_from_every_page(db: None) -> None:
    page = support().get("/admin/webhooks/event/").content.decode()
    assert f'Times are <a href="{SETTINGS}"' in page


def test_whoever_has_not_chosen_is_asked_and_nothing_is_chosen_for_them(db: None) -> None:
    staff = support()
    asked = 'action="/admin/settings/" data-zone-offer="UTC"'
    assert asked in staff.get("/admin/").content.decode()
    assert not Preferences.objects.exists()
    back = "/admin/webhooks/event/?state=failed"
    answer = staff.post(SETTINGS, {"zone": "UTC", "back": back})
    assert (answer.status_code, answer.headers["Location"]) == (303, back)
    assert asked not in staff.get("/admin/").content.decode()


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "", "localtime", "x" * 5000])
def test_what_is_no_zone_is_refused_and_said(db: None, zone: str) -> None:
    page = support().post(SETTINGS, {"zone": zone})
    assert "There is no time zone of this name" in page.content.decode()
    assert not Preferences.objects.exists()


def test_nobody_is_led_elsewhere(db: None) -> None:
    answer = support().post(SETTINGS, {"zone": "UTC", "back": "https://elsewhere.example/"})
    assert answer.headers["Location"] == SETTINGS


def test_it_is_for_everybody_on_the_staff_and_nobody_else(db: None) -> None:
    assert Client().get(SETTINGS).status_code == 302
    assert support().get(SETTINGS).status_code == 200
