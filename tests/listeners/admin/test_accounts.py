"""Users of the admin: what somebody did is kept, also when he leaves."""

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client

from tests.listeners.rows import make_event

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
