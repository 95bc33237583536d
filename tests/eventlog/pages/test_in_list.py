"""The page of an event leads on within the list that it was reached from, and back to it."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.eventlog.admin.staff import on_call, support
from tests.rows import NOON, add_events, make_delivery, make_event
from webhooks.models import Event
from webhooks.outcomes import Reason, State

pytestmark = pytest.mark.django_db

LIST = "/admin/webhooks/event/"


def links(client: Client, address: str) -> dict[str, str]:
    """Where the page leads within its list, by relation."""
    answer = client.get(address)
    assert answer.status_code == 200
    found = re.findall(
        r'<a (?:class="page-link" )?rel="(up|prev|next)" href="([^"]*)"', answer.content.decode()
    )
    return {relation: address.replace("&amp;", "&") for relation, address in found}


def first_of(client: Client, address: str) -> str:
    """The first event of a list, as the list leads to it."""
    found = re.search(r'<a href="([^"]*/change/[^"]*)"', client.get(address).content.decode())
    assert found
    return found[1].replace("&amp;", "&")


def test_a_list_is_walked_to_its_end_and_back() -> None:
    add_events(make_delivery(), count=12, state=State.FAILED, reason=Reason.GAVE_UP)
    add_events(make_delivery(), count=3)
    client = support()
    address, seen = first_of(client, f"{LIST}?state=failed"), []
    assert "prev" not in links(client, address)
    while address:
        seen.append(int(re.findall(r"/event/(\d+)/", address)[0]))
        address = links(client, address).get("next", "")
    failed = Event.objects.filter(state=State.FAILED).values_list("pk", flat=True)
    assert seen == list(failed)
    assert links(client, f"{LIST}{seen[1]}/change/?list=state%3Dfailed")["prev"].startswith(
        f"{LIST}{seen[0]}/change/?list=state%3Dfailed%26before%3D"
    )


def test_the_way_back_leads_to_the_page_that_one_came_from_or_that_has_the_event() -> None:
    add_events(make_delivery(), count=120, state=State.FAILED, reason=Reason.GAVE_UP)
    client = support()
    page = client.get(f"{LIST}?state=failed").context["cl"].older_query
    event = first_of(client, f"{LIST}{page}")
    number = re.findall(r"/event/(\d+)/", event)[0]
    up = links(client, event)["up"]
    assert up.endswith(f"#event-{number}")
    assert f'id="event-{number}"' in client.get(up).content.decode()
    assert first_of(client, up) == event
    following = links(client, event)["next"]
    assert re.findall(r"/event/(\d+)/", first_of(client, links(client, following)["up"])) == (
        re.findall(r"/event/(\d+)/", following)
    )


def test_the_way_back_leads_to_the_moment_at_which_the_list_was_opened() -> None:
    event, client = make_event(), support()
    up = links(client, first_of(client, f"{LIST}?moment=2026-03-02T12:00:00%2B00:00"))["up"]
    assert up == f"{LIST}?moment=2026-03-02T12%3A00%3A00%2B00%3A00#event-{event.pk}"


def test_who_came_from_no_list_is_led_to_none() -> None:
    event = make_event()
    assert links(support(), f"{LIST}{event.pk}/change/") == {}
    assert links(support(), f"{LIST}{event.pk}/change/?list=") == {
        "up": f"{LIST}?#event-{event.pk}"
    }


def test_the_list_of_somebody_is_told_by_a_row() -> None:
    mine = make_event()
    make_event(person_number="447700900123", person_user_id="")
    older = make_event(received_at=NOON - timedelta(hours=1))
    word = urlencode({"list": f"driver_of={older.pk}"})
    assert links(support(), f"{LIST}{mine.pk}/change/?{word}")["next"].startswith(
        f"{LIST}{older.pk}/change/?list=driver_of"
    )


@pytest.mark.parametrize("word", ["x", "%00", "%2500", "state%3Dnone", "before%3Dx", "a%26" * 9])
def test_words_that_no_list_says_do_no_harm(word: str) -> None:
    event = make_event()
    assert support().get(f"{LIST}{event.pk}/change/?list={word}").status_code in {200, 400}


def test_who_reveals_an_event_stays_in_the_list() -> None:
    event, client = make_event(), on_call()
    word = urlencode({"list": "state=processed&span=7d"})
    page = client.get(f"{LIST}{event.pk}/change/?{word}").content.decode()
    assert '<input type="hidden" name="list" value="state=processed&amp;span=7d">' in page
    fields = {"list": "state=processed&span=7d"}
    answer = client.post(f"/admin/reveal/event/{event.pk}/", fields)
    assert answer.headers["Location"] == f"{LIST}{event.pk}/change/?{word}"
    answer = client.post(f"/admin/reveal/event/{event.pk}/", {"hide": "1"})
    assert answer.headers["Location"] == f"{LIST}{event.pk}/change/"


def test_the_way_on_costs_two_questions() -> None:
    event, client = make_event(), support()
    costs = []
    for query in ("", "?list=state%3Dprocessed%26span%3D7d"):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{LIST}{event.pk}/change/{query}")
        costs.append(len(queries))
    assert costs[1] <= costs[0] + 3  # and the database's time, once
