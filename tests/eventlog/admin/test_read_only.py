"""Nobody rewrites the log, and no list counts it whole."""

import re
from datetime import UTC, timedelta
from uuid import UUID

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models import Model
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from eventlog.admin.site import site
from eventlog.models import DriftCount
from listeners.models import Placement, TaskRun, UnknownDelivery
from tests.eventlog.admin.staff import member_of, signed_in, support
from tests.rows import NOON, add_events, make_delivery, make_event
from webhooks.alias import Alias
from webhooks.clock import now
from webhooks.models import Delivery, Event, RefusalCount

OWN_PAGES = (Event, Delivery)
LISTS = (
    "webhooks/event",
    "webhooks/delivery",
    "webhooks/alias",
    "webhooks/refusalcount",
    "eventlog/driftcount",
    "listeners/taskrun",
    "listeners/placement",
)


def rows() -> dict[str, Model]:
    """One row of each list, by the list's path."""
    event = make_event()
    return {
        "webhooks/event": event,
        "webhooks/delivery": event.delivery,
        "webhooks/alias": Alias.objects.create(
            lease_number=event.lease_number,
            previous_number=event.person_number,
            number="16505555678",
            changed_at=NOON,
            noted_at=NOON,
            delivery=event.delivery,
            position=0,
        ),
        "webhooks/refusalcount": RefusalCount.objects.create(day=NOON, cause="mismatch"),
        "eventlog/driftcount": DriftCount.objects.create(
            path="x", first_at=NOON, last_at=NOON, delivery_id=event.delivery_id
        ),
        "listeners/taskrun": TaskRun.objects.create(
            delivery=event.delivery, started_at=NOON, finished_at=NOON, result="done"
        ),
        "listeners/placement": Placement.objects.create(message_id="wamid.1", event=event),
    }


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("action", ["add", "{}/delete", "{}/change"])
def test_nobody_adds_changes_or_deletes(admin_client: Client, path: str, action: str) -> None:
    row = rows()[path]
    before = list(type(row)._default_manager.values())
    address = f"/admin/{path}/{action.format(row.pk)}/"
    answer = admin_client.post(address, {"post": "yes", "state": "failed", "cause": "x"})
    # The pages of our own making show the row whatever the method is.
    assert answer.status_code == (200 if isinstance(row, OWN_PAGES) and "change" in action else 403)
    assert list(type(row)._default_manager.values()) == before


@pytest.mark.parametrize("path", LISTS)
def test_nobody_deletes_from_a_list(admin_client: Client, path: str) -> None:
    row = rows()[path]
    chosen = {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"}
    admin_client.post(f"/admin/{path}/", chosen)
    assert type(row)._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("app", ["webhooks", "listeners", "eventlog", "auth"])
def test_the_pages_of_an_app_that_breadcrumbs_lead_to(admin_client: Client, app: str) -> None:
    answer = admin_client.get(f"/admin/{app}/")
    assert answer.status_code == 200
    assert f"/admin/{app}/" in answer.content.decode()


@pytest.mark.parametrize("path", LISTS)
def test_lists_open_for_support(db: None, path: str) -> None:
    assert support().get(f"/admin/{path}/").status_code == 200


def test_an_empty_list_says_when_something_appears(admin_client: Client) -> None:
    silent = []
    for model in site._registry:
        if model in (User, Group):
            continue
        path = f"/admin/{model._meta.label_lower.replace('.', '/')}/"
        page = admin_client.get(path).content.decode()
        if not re.search(r"<h2>Nothing is here yet</h2>\s*<p>[A-Z][^<]+\.</p>", page):
            silent.append(path)
    assert silent == []
    assert len(site._registry) >= 7


@pytest.mark.parametrize(
    "path",
    [
        "webhooks/delivery/?verdict=odd",
        "listeners/taskrun/?result__exact=done",
        "webhooks/refusalcount/?days=7",
    ],
)
def test_a_list_that_is_narrowed_too_far_leads_back(admin_client: Client, path: str) -> None:
    page = admin_client.get(f"/admin/{path}").content.decode()
    assert re.search(r"<h2>Nothing matches</h2>\s*<p>No [a-z][^<]+\. <a href=\"\?\">", page)


@pytest.mark.parametrize("path", [*LISTS, "waiting", "webhooks/event/1/change", "chat/1"])
def test_pages_are_closed_to_other_staff(db: None, path: str) -> None:
    clerk = signed_in(User.objects.create_user("clerk", is_staff=True))
    assert clerk.get(f"/admin/{path}/").status_code == 403
    assert clerk.get("/admin/").status_code == 200


@pytest.mark.parametrize("path", ["", *LISTS, "waiting", "waiting/rows", "webhooks/event/1/change"])
def test_strangers_are_asked_to_log_in(client: Client, db: None, path: str) -> None:
    address = f"/admin/{path}/".replace("//", "/")
    assert client.get(address).headers["Location"].startswith("/admin/login/")


def test_groups_may_do_what_their_names_say(db: None) -> None:
    people = (member_of("Support"), member_of("On-call"))
    actions = ("webhooks.replay_event", "webhooks.reveal_personal_data")
    assert [[each.has_perm(action) for action in actions] for each in people] == [
        [False, False],
        [True, True],
    ]


def test_a_list_reads_one_page_and_counts_to_a_thousand(
    admin_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    add_events(make_delivery(), count=120)
    the_time = 1 if connection.vendor == "postgresql" else 0
    with django_assert_num_queries(6 + the_time) as queries:
        admin_client.get("/admin/webhooks/event/")
    [count] = [each["sql"] for each in queries.captured_queries if "COUNT(" in each["sql"]]
    assert "LIMIT 1001" in count


def test_pages_turn_both_ways_over_every_row(admin_client: Client) -> None:
    add_events(make_delivery(), count=120)
    newest = admin_client.get("/admin/webhooks/event/").context["cl"]
    middle = admin_client.get(f"/admin/webhooks/event/{newest.older_query}").context["cl"]
    oldest = admin_client.get(f"/admin/webhooks/event/{middle.older_query}").context["cl"]
    seen = [event.pk for page in (newest, middle, oldest) for event in page.result_list]
    assert seen == list(Event.objects.values_list("pk", flat=True))
    assert (newest.newer_query, oldest.older_query) == ("", "")
    back = admin_client.get(f"/admin/webhooks/event/{oldest.newer_query}").context["cl"]
    assert [event.pk for event in back.result_list] == [event.pk for event in middle.result_list]


@pytest.mark.parametrize(
    "query",
    ["before=x", "after=-1", "before=" + "9" * 30, "p=7", "all=1", "o=2", "q=x", "_facets=1"],
)
def test_words_of_other_lists_do_no_harm(admin_client: Client, query: str) -> None:
    make_event()
    for path in LISTS:
        assert admin_client.get(f"/admin/{path}/?{query}").status_code in {200, 302}


def test_a_page_of_a_row_leads_back_and_closes_nothing(db: None) -> None:
    """Django calls the way back "Close", which is what is done to a row that is open."""
    row = UnknownDelivery.objects.create(
        delivery=UUID(int=0xABCD), seen=4801, first_seen_at=NOON, last_seen_at=NOON
    )
    support_staff = support()
    page = support_staff.get(f"/admin/listeners/unknowndelivery/{row.pk}/change/").content.decode()
    assert '<a href="/admin/listeners/unknowndelivery/" class="closelink">Back to the list' in page
    assert ">Close<" not in page
    assert "4,801" in page
    assert "Task handler" not in page  # of the menu's groups, none has this name
    shown = support_staff.get("/admin/listeners/unknowndelivery/").content.decode()
    assert "<bdi>0000abcd</bdi>" in shown
    assert "Task handler" not in shown


def test_counts_are_easy_to_read(db: None) -> None:
    RefusalCount.objects.create(day=NOON, cause="mismatch", count=12345)
    make_delivery(item_count=1000)
    assert "12,345" in support().get("/admin/webhooks/refusalcount/").content.decode()
    assert ">1,000<" in support().get("/admin/webhooks/delivery/").content.decode()


def test_refusals_are_narrowed_to_the_last_days(db: None) -> None:
    today = now().astimezone(UTC).date()
    for days in (6, 7, 29, 30):
        RefusalCount.objects.create(day=today - timedelta(days=days), cause="mismatch")
    RefusalCount.objects.create(day=today, cause="missing")
    counts = [
        len(support().get(f"/admin/webhooks/refusalcount/?{query}").context["cl"].result_list)
        for query in ("", "days=7", "days=30", "days=7&cause=missing", "days=8", "cause=mismatch")
    ]
    assert counts == [5, 2, 4, 1, 5, 4]


@pytest.mark.parametrize("path", LISTS)
def test_no_address_asks_for_what_a_list_masks(db: None, path: str) -> None:
    """Which rows begin with a digit would tell a number, digit by digit."""
    row = rows()[path]
    none = {
        f"{field.name}__isnull": int(field.value_from_object(row) is not None)
        for field in row._meta.concrete_fields
    }
    page = support().get(f"/admin/{path}/", none | {"pk__lt": 0})
    assert list(page.context["cl"].result_list) == [row]
