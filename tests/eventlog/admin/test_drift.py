"""The page of contract drift: path, shape, count, times, and a delivery to look at."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from eventlog.drift.counting import look_over
from eventlog.retention import prune
from tests.eventlog.admin.staff import member_of, signed_in, support
from tests.webhooks.whatsapp.payloads import load
from webhooks.models import Delivery
from webhooks.receiving import receive

MINUTE = timedelta(minutes=1)
PATH = "/admin/eventlog/driftcount/"


def drifts(*names: str) -> None:
    """Deliveries that came ten minutes ago and have been looked over."""
    now = timezone.now()
    for name in names:
        receive(body=load(name), headers={}, source=Delivery.Source.META, now=now - 10 * MINUTE)
    look_over(clock=lambda: now, until=now + MINUTE)


def html(client: Client, query: str = "") -> str:
    return client.get(f"{PATH}{query}").content.decode()


def test_it_shows_where_and_what_and_leads_to_a_delivery(db: None) -> None:
    drifts("user_id_not_of_the_form")
    page = html(support())
    assert "entry[]<wbr>.changes[]<wbr>.value<wbr>.messages[]<wbr>.from_user_id" in page
    assert "Other form: letters_letters" in page
    assert "The string is not written as is documented." in page
    assert f"/admin/webhooks/delivery/{Delivery.objects.get().pk}/change/" in page
    assert "has been looked over" in page
    assert "foo_bar" not in page


def test_it_can_be_filtered_by_what_departs(db: None) -> None:
    drifts("user_id_not_of_the_form", "user_actions_only")
    page = html(support(), "?departure=unknown_key")
    assert ".user_actions</code>" in page
    assert "from_user_id" not in page
    assert "from_user_id" in html(support(), "?departure=none")


def test_a_delivery_whose_bytes_are_gone_is_said_to_be(db: None) -> None:
    drifts("user_actions_only")
    prune(before=timezone.now())
    page = html(support())
    assert "Its bytes are deleted." in page
    assert "/admin/webhooks/delivery/" not in page.partition('id="changelist"')[2]


def test_it_says_when_nothing_departs_and_when_nobody_has_looked(db: None) -> None:
    assert "Nothing has been looked over yet" in html(support())
    drifts("text")
    page = html(support())
    assert "All that came in was as Meta documents it." in page
    assert "has been looked over" in page


@pytest.mark.parametrize("group", ["Support", "On-call"])
def test_all_staff_may_look(db: None, group: str) -> None:
    client = signed_in(member_of(group))
    assert client.get(PATH).status_code == 200
    assert PATH in client.get("/admin/").content.decode()


def test_nobody_else_may(db: None) -> None:
    client = signed_in(User.objects.create_user("grace", is_staff=True))
    assert client.get(PATH).status_code == 403
