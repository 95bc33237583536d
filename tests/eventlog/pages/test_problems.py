"""The pages of problems: whoever looks sees them, and only On-call changes anything."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from eventlog.models import Problem, ProblemChange
from eventlog.problems.rounds import look_round
from tests.eventlog.admin.staff import PART, member_of, on_call, signed_in, support
from tests.eventlog.figures.ledger import MINUTE, NOON, make_event
from tests.eventlog.problems.looking import notice, only, rounds
from webhooks.clock import now
from webhooks.outcomes import Reason

pytestmark = pytest.mark.django_db


def html(client: Client, path: str) -> str:
    response = client.get(path, headers=PART if path == "/admin/attention/" else {})
    assert response.status_code == 200
    return response.content.decode()


def press(client: Client, **fields: str) -> int:
    return client.post(f"/admin/problems/{only().pk}/handle/", fields).status_code


@pytest.mark.parametrize("path", ["/admin/", "/admin/attention/"])
def test_the_front_page_begins_with_what_is_open(path: str) -> None:
    client = support()
    page = html(client, path)
    assert "Nobody has looked for problems yet." in page
    look_round(now=now())
    page = html(client, path)
    assert "No problem is open." in page
    assert "Needs attention</h2>" not in page
    make_event(Reason.NONE, at=NOON)
    look_round(now=now())
    page = html(client, path)
    assert "Needs attention</h2>" in page
    assert "The queue takes nothing: 1 event should have had a task since" in page
    assert f"/admin/problems/{only().pk}/" in page
    front = html(client, "/admin/")
    assert front.index("Needs attention</h2>") < front.index("Where is the message?")


def test_a_lease_number_is_set_off_from_a_count() -> None:
    rounds(notice("1 event", lease_number="15550000001"))
    for path in ("/admin/attention/", f"/admin/problems/{only().pk}/"):
        assert '<bdi class="mono">15550000001</bdi>: It is 1 event.' in html(support(), path)


def test_it_says_when_nobody_has_looked_of_late() -> None:
    look_round(now=now() - 6 * MINUTE)
    page = html(support(), "/admin/attention/")
    assert "Nobody has looked for problems since" in page
    assert "No problem is open" not in page


def test_a_page_tells_all_and_leads_to_the_events_and_to_a_replay() -> None:
    rounds(notice("refused", lease_number="15550000001"))
    rounds(now=NOON + 6 * MINUTE)
    rounds(notice("refused"), now=NOON + 10 * MINUTE)
    Problem.objects.update(
        kind="failed",
        page="admin:webhooks_event_changelist",
        query="state=failed&reason=refused",
        link="Show these events",
    )
    page = html(on_call(), f"/admin/problems/{only().pk}/")
    assert "Seen before: it has opened 2 times" in page
    assert "/admin/webhooks/event/?state=failed&amp;reason=refused" in page
    assert "/admin/replays/new/?state=failed&amp;reason=refused" in page
    assert (
        "at 1: events that fail for one reason, of a lease number or of all within 15 min" in page
    )
    assert "Try these again" not in html(support(), f"/admin/problems/{only().pk}/")


def test_the_list_has_what_is_open_and_what_is_over() -> None:
    rounds(notice(lease_number="15550000001"))
    client = support()
    page = html(client, "/admin/problems/")
    assert "It is a." in page
    assert "15550000001" in page
    rounds(now=NOON + 6 * MINUTE)
    assert "No problem is open</h2>" in html(client, "/admin/problems/")
    assert "It is a." in html(client, "/admin/problems/?show=resolved")
    assert "It is a." in html(client, "/admin/problems/?show=all")
    assert 'href="/admin/problems/"' in html(client, "/admin/")


def test_on_call_takes_it_up_and_keeps_a_note() -> None:
    rounds(notice())
    client = on_call()
    assert press(client, do="acknowledge") == 303
    assert press(client, do="note", note="Meta is down. ") == 303
    assert (only().state, only().owner_name, only().note) == (
        "acknowledged",
        "On-call",
        "Meta is down.",
    )
    page = html(support(), f"/admin/problems/{only().pk}/")
    assert press(client, do="note", note="x" * 2001) == 303
    assert only().note == "x" * 2000
    assert "Meta is down." in page
    assert "by <bdi>On-call</bdi>" in page
    assert "Acknowledged by <bdi>On-call</bdi>" in html(support(), "/admin/attention/")
    assert press(client, do="ignore", rest="8h") == 303
    assert only().state == "ignored"
    assert press(client, do="resolve") == 303
    assert only().state == "resolved"


def test_who_may_only_look_changes_nothing() -> None:
    rounds(notice())
    client = support()
    for do in ("acknowledge", "resolve", "ignore", "note"):
        assert press(client, do=do, note="x") == 403
    assert only().state == "open"
    assert ProblemChange.objects.count() == 1
    assert 'name="do"' not in html(client, f"/admin/problems/{only().pk}/")


def test_nobody_else_may_look() -> None:
    rounds(notice())
    grace = User.objects.create_user("grace", is_staff=True)
    grace.user_permissions.add(Permission.objects.get(codename="view_event"))
    client = signed_in(grace)
    for path in ("/admin/problems/", f"/admin/problems/{only().pk}/", "/admin/channels/"):
        assert client.get(path).status_code == 403
    assert "attention" not in client.get("/admin/").content.decode()
    assert "needs attention is named above" in html(support(), "/admin/")


@pytest.mark.parametrize("key", ["0", "9" * 30, "x"])
def test_there_may_be_no_such_problem(key: str) -> None:
    client = signed_in(member_of("On-call"))
    assert client.get(f"/admin/problems/{key}/").status_code == 404
    assert client.post(f"/admin/problems/{key}/handle/", {"do": "resolve"}).status_code == 404


def test_a_link_changes_nothing_and_a_button_that_is_none_neither() -> None:
    rounds(notice())
    client = on_call()
    assert client.get(f"/admin/problems/{only().pk}/handle/").status_code == 405
    assert press(client, do="delete") == 404
    assert only().state == "open"
