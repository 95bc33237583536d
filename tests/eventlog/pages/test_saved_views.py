"""The page of saved views: whoever owns one changes it, and who manages what is shared."""

import re

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from eventlog.models import SavedView
from eventlog.saved_views.held import Held
from eventlog.saved_views.keeping import ViewRefused, change, overwrite
from tests.eventlog.admin.staff import member_of, on_call, signed_in, support
from tests.rows import NOON

pytestmark = pytest.mark.django_db

PAGE = "/admin/saved-views/"
EVENTS = "/admin/webhooks/event/"


def make_view(owner: User, name: str, *, shared_with: str = "") -> SavedView:
    group = Group.objects.filter(name=shared_with).first()
    return SavedView.objects.create(
        owner=owner,
        group=group,
        page="webhooks_event",
        name=name,
        query="state=failed",
        saved_at=NOON,
    )


def send(client: Client, view: SavedView, **fields: object) -> str:
    """Sends the form of a view; returns what the page says then."""
    answer = client.post(PAGE, {"view": view.pk, **fields})
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    return client.get(PAGE).content.decode()


def test_a_view_gets_another_name_and_other_readers() -> None:
    owner = member_of("Support")
    view, group = make_view(owner, "Mine"), Group.objects.get(name="Support")
    page = send(support(), view, do="change", name=" Ours  now ", group=group.pk)
    assert "“Ours now” is changed." in page
    assert "shared with <bdi>Support</bdi>" in page
    view.refresh_from_db()
    assert (view.name, view.group, view.query) == ("Ours now", group, "state=failed")
    owner.groups.clear()
    owner.user_permissions.set(group.permissions.all())
    send(signed_in(owner), view, do="change", name="Ours still", group=group.pk)
    view.refresh_from_db()
    assert (view.name, view.group) == ("Ours still", group)


def test_who_sees_it_is_said_as_above_the_list() -> None:
    make_view(member_of("Support"), "Ours", shared_with="Support")
    above = '<option value="">Only me</option><option value="{}">Support and me</option>'
    group = Group.objects.get(name="Support").pk
    assert above.format(group) in support().get(f"{EVENTS}?state=failed").content.decode()
    options = re.findall("<option.*?>(.*?)</option>", support().get(PAGE).content.decode())
    assert options == ["Only me", "Support and me"]
    options = re.findall("<option.*?>(.*?)</option>", on_call().get(PAGE).content.decode())
    assert options[0] == "Only Support"
    assert set(options[1:]) == {"Support and Support", "On-call and Support"}


def test_a_name_that_is_taken_is_refused() -> None:
    owner = member_of("Support")
    make_view(owner, "Failed")
    view = make_view(owner, "Skipped")
    assert "There is a view “failed” already" in send(support(), view, do="change", name="failed")
    view.refresh_from_db()
    assert view.name == "Skipped"
    assert "is changed." in send(support(), view, do="change", name="SKIPPED")


def test_a_view_is_deleted() -> None:
    view = make_view(member_of("Support"), "Mine")
    page = send(support(), view, do="delete")
    assert "“Mine” is deleted." in page
    assert "No view is saved yet" in page
    assert "not there any more" in send(support(), view, do="delete")


def test_what_goes_meanwhile_is_told_and_breaks_nothing() -> None:
    view, group = make_view(member_of("Support"), "Mine"), Group.objects.create(name="Passing")
    Group.objects.filter(pk=group.pk).delete()
    with pytest.raises(ViewRefused, match="group is not there any more"):
        change(view, name="Ours", group=group)
    SavedView.objects.all().delete()
    with pytest.raises(ViewRefused, match="view is not there any more"):
        change(view, name="Mine still", group=None)
    with pytest.raises(ViewRefused, match="view is not there any more"):
        overwrite(view, Held(query="state=skipped"), now=NOON)
    assert not SavedView.objects.exists()


def test_who_manages_changes_what_is_shared_and_nothing_else() -> None:
    owner = member_of("Support")
    shared, own = make_view(owner, "Ours", shared_with="Support"), make_view(owner, "Mine")
    page = on_call().get(PAGE).content.decode()
    assert ("Ours" in page, "Mine" in page) == (True, False)
    assert "not yours to change" in send(on_call(), own, do="delete")
    assert "“Ours” is deleted." in send(on_call(), shared, do="delete")
    assert list(SavedView.objects.all()) == [own]


def test_whose_group_it_is_may_not_change_it() -> None:
    view = make_view(member_of("On-call"), "Theirs", shared_with="Support")
    for do in ("delete", "change"):
        assert "not yours to change" in send(support(), view, do=do, name="x")
    assert SavedView.objects.get().name == "Theirs"


def test_whoever_sees_no_events_sees_no_views() -> None:
    clerk = signed_in(User.objects.create_user("clerk", is_staff=True))
    assert clerk.get(PAGE).status_code == 403


def test_a_list_that_a_later_release_had_is_left_out() -> None:
    view = make_view(member_of("Support"), "Later")
    SavedView.objects.update(page="webhooks_novelty")
    assert "Later" not in support().get(PAGE).content.decode()
    assert SavedView.objects.get() == view
