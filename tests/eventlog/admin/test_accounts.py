"""Users of the admin: what somebody did is kept, also when they leave."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.eventlog.admin.staff import signed_in
from tests.rows import make_event
from tests.webhooks.test_sequences import on_postgresql

USERS = "/admin/auth/user/"


def test_who_has_a_history_cannot_be_deleted(admin_client: Client) -> None:
    event = make_event()
    leaving, unused = (User.objects.create_user(name) for name in ("ada", "bob"))
    LogEntry.objects.log_actions(
        user_id=leaving.pk, queryset=[event], action_flag=2, change_message="Revealed"
    )
    answers = {
        user.username: admin_client.post(f"{USERS}{user.pk}/delete/", {"post": "yes"}).status_code
        for user in (leaving, unused)
    }
    assert answers == {"ada": 403, "bob": 302}
    assert set(User.objects.values_list("username", flat=True)) == {"admin", "ada"}
    assert LogEntry.objects.filter(user=leaving).count() == 1


@pytest.mark.parametrize("table", ["user", "group"])
def test_who_may_change_users_gives_nobody_a_right(db: None, table: str) -> None:
    keeper, boss = User.objects.create_user("ada", is_staff=True), User.objects.create_user("bob")
    keeper.user_permissions.set(Permission.objects.filter(content_type__app_label="auth"))
    group = Group.objects.get(name="On-call")
    row = {"user": keeper, "group": group}[table]
    lists, client = f"/admin/auth/{table}/", signed_in(keeper)
    everything = {"username": "ada", "name": "On-call", "is_superuser": "on", "groups": [group.pk]}
    tried = [
        client.post(f"{lists}{path}", everything).status_code
        for path in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/")
    ]
    assert tried == [403, 403, 403]
    assert client.post(f"{USERS}{boss.pk}/password/", {}).status_code == 403
    assert client.get(lists).status_code == 200
    keeper.refresh_from_db()
    assert (keeper.is_superuser, keeper.groups.count()) == (False, 0)


def test_the_history_of_an_account_has_the_newest_first(admin_client: Client) -> None:
    user = User.objects.create_user("ada")
    for words in ("First", "Second"):
        LogEntry.objects.log_actions(
            user_id=user.pk, queryset=[user], action_flag=2, change_message=words
        )
    page = admin_client.get(f"{USERS}{user.pk}/history/").content.decode()
    assert page.index("Second") < page.index("First")
    assert [
        name for name in ("ada", "admin") if name not in admin_client.get(USERS).content.decode()
    ] == []


def test_the_list_of_users_says_what_each_may(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    bob = User.objects.create_user("bob", is_staff=True, first_name="Bob", last_name="Wu")
    User.objects.create_user("cid", is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(codename="view_user"))
    bob.groups.set(Group.objects.filter(name__in=("Support", "On-call")))
    User.objects.create_user("dan", is_staff=True, is_active=False).groups.set(bob.groups.all())
    User.objects.create_user("eve", is_superuser=True)  # without is_staff, which logs in
    with django_assert_max_num_queries(9):
        page = admin_client.get(USERS).content.decode()
    assert re.search(r'data-label="Name"[^>]*>\s*(?:<[^>]+>)?Bob Wu<', page)
    told = re.findall(r'class="field-may"[^>]*>(.*?)</td>', page)
    assert [re.sub("<[^>]+>", "", words).strip() for words in told] == [
        "everything",
        "On-call, Support, rights of their own",
        "nothing: in no group",
        "may not log in",
        "may not log in",
    ]


def test_users_are_not_deleted_many_at_once(admin_client: Client) -> None:
    user = User.objects.create_user("ada")
    action = {"action": "delete_selected", "_selected_action": [user.pk], "post": "yes"}
    admin_client.post(USERS, action)
    assert User.objects.filter(pk=user.pk).exists()


def test_whoever_is_added_can_log_in_and_look(admin_client: Client) -> None:
    page = admin_client.get(f"{USERS}add/")
    fields = page.context["adminform"].form
    assert {name: fields[name].value() for name in ("is_staff", "groups")} == {
        "is_staff": True,
        "groups": None,
    }
    form = {
        "username": "ada",
        "usable_password": "true",
        "password1": "correct horse battery staple",
        "password2": "correct horse battery staple",
        "is_staff": "on",
        "groups": [Group.objects.get(name="Support").pk],
    }
    assert admin_client.post(f"{USERS}add/", form).status_code == 302
    ada = Client()
    login = {"username": "ada", "password": form["password1"], "next": "/admin/waiting/"}
    assert ada.post("/admin/login/", login, follow=True).redirect_chain == [
        ("/admin/waiting/", 302)
    ]
    assert "Nothing waits" in ada.get("/admin/waiting/").content.decode()


def test_each_group_says_what_it_may(admin_client: Client) -> None:
    """By the rights that it has now, whoever gave them."""
    Group.objects.create(name="Empty")
    erasers = Group.objects.create(name="Erasers")
    erasers.permissions.set(
        Permission.objects.filter(codename__in=["view_event", "erase_person", "view_logentry"])
    )
    html = admin_client.get(f"{USERS}add/").content.decode()
    said = dict(re.findall(r"<strong>([^<]+)</strong> <span>([^<]+)</span>", html))
    sees = "Sees the event log, with numbers, names and texts masked."
    assert said["Support"] == f"{sees} Changes nothing."
    assert said["Erasers"] == f"{sees} May also erase a person and see who saw what."
    assert said["Empty"] == "Does not see the event log."
    assert "May also change thresholds, close unknown deliveries" in said["On-call"]
    assert "replay events" in said["On-call"]
    assert "reveal personal data" in said["On-call"]


def test_who_is_added_without_a_group_is_warned_of(admin_client: Client) -> None:
    password = "correct horse battery staple"
    form = {
        "username": "ada",
        "usable_password": "true",
        "password1": password,
        "password2": password,
        "is_staff": "on",
    }
    warned = "No group was chosen for ada. Who is in no group can log in and sees nothing."
    assert warned in admin_client.post(f"{USERS}add/", form, follow=True).content.decode()
    bob = form | {"username": "bob", "groups": [Group.objects.get(name="Support").pk]}
    page = admin_client.post(f"{USERS}add/", bob, follow=True).content.decode()
    assert "No group was chosen" not in page


@on_postgresql
def test_a_right_that_the_database_passes_over_is_not_lost_in_silence(admin_client: Client) -> None:
    """As after a restore: nothing of the form is saved, and the page says so."""
    support = Group.objects.get(name="Support")
    ada, bob = (User.objects.create_user(name) for name in ("ada", "bob"))
    ada.groups.add(support)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval('auth_user_groups_id_seq', min(id), false) FROM auth_user_groups"
        )
    admin_client.raise_request_exception = False
    page = f"{USERS}{bob.pk}/change/"
    form = {"username": "bobby", "groups": [support.pk], "is_staff": "on"}
    joined = {"date_joined_0": "2026-03-02", "date_joined_1": "12:00:00"}
    answer = admin_client.post(page, form | joined)
    assert (answer.status_code, "mend_sequences" in answer.content.decode()) == (500, True)
    bob.refresh_from_db()
    assert (bob.username, bob.groups.count()) == ("bob", 0)
    assert admin_client.post(page, form | joined).status_code == 302
    assert bob.groups.get() == support
