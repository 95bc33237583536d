"""Saved views above the list of events: what they hold, who sees them, and what is refused."""

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from eventlog.models import SavedView
from eventlog.saved_views import keeping
from sandbox import samples
from tests.eventlog.admin.staff import member_of, on_call, signed_in, support
from tests.rows import NOON, make_event
from webhooks.models import Event

pytestmark = pytest.mark.django_db

LIST = "/admin/webhooks/event/"


def save(client: Client, query: str, name: str = "Failed today", **fields: str | int) -> str:
    """Saves what the list shows; returns what the page says then."""
    sent = {"save_view": "new", "view_name": name, **fields}
    answer = client.post(f"{LIST}?{query}", sent)
    if answer.status_code == 303:
        assert answer.headers["Location"] == f"{LIST}?{query}"
        answer = client.get(answer.headers["Location"])
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def links(client: Client, query: str = "") -> list[tuple[str, str, bool]]:
    """The views above the list: name, address, whether the list shows it."""
    views = client.get(f"{LIST}?{query}").context["views"]
    return [(line.view.name, line.url, line.active) for line in views.lines]


def group(name: str) -> int:
    return Group.objects.get(name=name).pk


def test_filters_are_kept_by_what_they_mean() -> None:
    client = support()
    assert "Saved as “Failed today”." in save(client, "state=failed&span=today&before=x&junk=1")
    address = f"{LIST}?state=failed&span=today"
    assert links(client) == [("Failed today", address, False)]
    assert links(client, "span=today&state=failed") == [("Failed today", address, True)]
    assert links(client, "state=failed") == [("Failed today", address, False)]
    assert links(client, "state=failed&span=today&code=131049")[0][2] is False


def test_a_lease_number_outlasts_the_event_that_named_it() -> None:
    old = make_event(lease_number="15550783881", lease_id="northfleet")
    client = support()
    save(client, f"state=failed&lease_number_of={old.pk}&company_of={old.pk}", "Germany")
    view = SavedView.objects.get()
    assert (view.query, view.lease_number, view.lease_id) == (
        "state=failed",
        "15550783881",
        "northfleet",
    )
    newer = make_event(
        lease_number="15550783881", lease_id="northfleet", received_at=NOON + timedelta(hours=1)
    )
    make_event(lease_number="16505551111", lease_id="southgate")
    query = f"state=failed&lease_number_of={newer.pk}&company_of={newer.pk}"
    assert links(client) == [("Germany", f"{LIST}?{query}", False)]
    old.delete()
    assert links(client, query) == [("Germany", f"{LIST}?{query}", True)]
    Event.objects.all().delete()
    [(_, address, _)] = links(client)
    assert "No event matches" in client.get(address).content.decode()


@pytest.mark.parametrize("named", ["driver_of", "message_of", "enquiry_of", "delivery"])
def test_what_leads_to_a_person_is_not_saved(named: str) -> None:
    event = make_event(enquiry_id="ENQ-7")
    value = event.delivery_id if named == "delivery" else event.pk
    page = save(support(), f"state=failed&{named}={value}")
    one = named.removesuffix("_of")
    assert f"leads to no single person, and this list is narrowed to one {one}." in page
    assert not SavedView.objects.exists()
    assert 'name="view_name"' not in page


@pytest.mark.parametrize("query", ["lease_number_of=1", "company_of=99", "driver_of=99"])
def test_what_is_gone_is_not_saved(query: str) -> None:
    save(support(), query)
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (" \u202e ", "A saved view needs a name."),
        ("x" * 41, "A name has 40 characters at most; this one has 41."),
        (f"Mr {samples.DRIVER_NUMBER}", "no number of seven or more digits"),
        ("+1 (650) 555-1234", "no number of seven or more digits"),
        (samples.DRIVER_USER_ID, "no number of seven or more digits"),
        (samples.TEXT_ID[:40], "no number of seven or more digits"),
    ],
)
def test_a_name_is_a_name(name: str, words: str) -> None:
    assert words in save(support(), "state=failed", name)
    assert not SavedView.objects.exists()


def test_a_name_is_taken_once_whatever_its_case() -> None:
    client = support()
    save(client, "state=failed")
    page = save(client, "state=skipped", " FAILED  today ")
    assert "There is a view “FAILED today” already: replace it, or choose another name." in page
    assert (
        'value=" FAILED  today "'
        in client.post(
            f"{LIST}?state=skipped", {"save_view": "new", "view_name": " FAILED  today "}
        ).content.decode()
    )
    assert SavedView.objects.get().query == "state=failed"
    assert "Saved as" in save(on_call(), "state=skipped")


def test_a_group_has_a_name_once_and_a_list_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    colleague = User.objects.create_user("grace", is_staff=True)
    colleague.groups.add(group("Support"))
    client, shared = support(), group("Support")
    save(client, "state=failed", view_group=shared)
    again = save(signed_in(colleague), "state=skipped", view_group=shared)
    assert "There is a view “Failed today” in this group already" in again
    monkeypatch.setattr(keeping, "VIEWS_AT_MOST", 1)
    full = save(signed_in(colleague), "state=skipped", "Skipped", view_group=shared)
    assert "There are 1 views in this group already: delete one first." in full
    assert "There are 1 views already: delete one first." in save(client, "unseen=1", "Unseen")
    assert SavedView.objects.count() == 1


def test_a_view_is_ones_own_or_a_groups() -> None:
    owner = support()
    save(owner, "state=failed", "Mine")
    save(owner, "state=skipped", "Ours", view_group=group("Support"))
    colleague = User.objects.create_user("grace", is_staff=True)
    colleague.groups.add(group("Support"))
    assert [name for name, _, _ in links(owner)] == ["Mine", "Ours"]
    assert [name for name, _, _ in links(signed_in(colleague))] == ["Ours"]
    assert links(on_call()) == []
    assert "You share views with groups that you are in." in save(
        owner, "state=failed", "Theirs", view_group=group("On-call")
    )
    Group.objects.get(name="Support").delete()
    assert SavedView.objects.filter(group=None).count() == 2


def test_other_filters_are_put_under_a_name() -> None:
    client = support()
    save(client, "state=failed")
    view = SavedView.objects.get()
    page = save(client, "state=skipped&span=7d", save_view="replace", view=view.pk)
    assert "“Failed today” shows this from now on." in page
    assert links(client, "state=skipped&span=7d") == [
        ("Failed today", f"{LIST}?state=skipped&span=7d", True)
    ]
    gone = save(on_call(), "unseen=1", save_view="replace", view=view.pk)
    assert "That view is not there any more, or not yours to change." in gone
    assert SavedView.objects.get().query == "state=skipped&span=7d"


def test_the_row_costs_the_same_however_many_there_are() -> None:
    event, client = make_event(lease_number="15550783881"), support()
    costs = []
    for names in (("a",), ("b", "c", "d")):
        for name in names:
            save(client, f"state=failed&lease_number_of={event.pk}&word={name}", name)
        with CaptureQueriesContext(connection) as queries:
            assert len(links(client)) > 0
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_nothing_filtered_and_nothing_saved_shows_nothing() -> None:
    page = support().get(LIST).content.decode()
    assert "Saved views" not in page
    assert "Save this view" in support().get(f"{LIST}?state=failed").content.decode()


def test_nobody_saves_unidentified_or_without_a_token(client: Client) -> None:
    fields = {"save_view": "new", "view_name": "x"}
    answer = client.post(f"{LIST}?state=failed", fields)
    assert "Log in" in answer.content.decode()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member_of("Support"))
    assert strict.post(f"{LIST}?state=failed", fields).status_code == 403
    clerk = signed_in(User.objects.create_user("clerk", is_staff=True))
    assert clerk.post(f"{LIST}?state=failed", fields).status_code == 403
    assert not SavedView.objects.exists()


def test_the_query_that_is_kept_can_be_read_again() -> None:
    query = "state=failed&reason=gave_up&word=image&word=failed&code=131049&code=7&unseen=1&span=1h"
    save(support(), query)
    assert parse_qsl(SavedView.objects.get().query) == parse_qsl(query)
    save(support(), "from=2026-03-02T10%3A14&to=2026-03-02T11%3A14", "That hour")
    kept = SavedView.objects.get(name="That hour").query
    assert kept == "from=2026-03-02T10%3A14%3A00%2B00%3A00&to=2026-03-02T11%3A14%3A00%2B00%3A00"


def test_other_lists_are_kept_by_the_choices_that_they_offer() -> None:
    client, deliveries = support(), "/admin/webhooks/delivery/"
    address = f"{deliveries}?span=7d&verdict=odd"
    answer = client.post(address, {"save_view": "new", "view_name": "Odd ones"})
    assert answer.headers["Location"] == address
    [line] = client.get(address).context["views"].lines
    assert (line.url, line.active) == (address, True)
    assert links(client) == []
    client.post(f"{deliveries}?span=447700900123", {"save_view": "new", "view_name": "Odd span"})
    assert SavedView.objects.get(name="Odd span").query == ""
    assert "Deliveries" in client.get("/admin/saved-views/").content.decode()
