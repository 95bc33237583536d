"""Nobody rewrites the log, and no list counts it."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.listeners.rows import add_events, make_delivery
from webhooks.models import Event

LISTS = (
    "webhooks/event",
    "webhooks/delivery",
    "webhooks/refusalcount",
    "listeners/taskrun",
    "listeners/placement",
)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("action", ["add", "1/delete"])
def test_nobody_adds_or_deletes(admin_client: Client, path: str, action: str) -> None:
    assert admin_client.post(f"/admin/{path}/{action}/", {"post": "yes"}).status_code in {302, 403}
    assert Event.objects.count() == 0


@pytest.mark.parametrize("path", LISTS)
def test_lists_open_for_support(client: Client, db: None, path: str) -> None:
    client.force_login(member_of("Support"))
    assert client.get(f"/admin/{path}/").status_code == 200


@pytest.mark.parametrize("path", LISTS)
def test_lists_are_closed_to_other_staff(client: Client, db: None, path: str) -> None:
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    assert client.get(f"/admin/{path}/").status_code == 403


def test_groups_may_do_what_their_names_say(db: None) -> None:
    support, on_call = member_of("Support"), member_of("On-call")
    actions = ("webhooks.replay_event", "webhooks.reveal_personal_data")
    assert [support.has_perm(action) for action in actions] == [False, False]
    assert [on_call.has_perm(action) for action in actions] == [True, True]


def test_a_list_reads_one_page_and_counts_nothing(
    admin_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    add_events(make_delivery(), count=120)
    with django_assert_num_queries(3) as queries:
        admin_client.get("/admin/webhooks/event/")
    assert [query for query in queries.captured_queries if "COUNT(" in query["sql"]] == []


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


def member_of(group: str) -> User:
    """Somebody on the staff whose only rights come from a group."""
    user = User.objects.create_user(group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user
