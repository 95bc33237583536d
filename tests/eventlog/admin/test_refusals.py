"""What the admin answers where it has nothing to show, and what other routes answer."""

import re

import pytest
from django.test import Client
from django.urls import URLResolver

from eventlog.admin.site import site
from tests.eventlog.admin.staff import support
from tests.rows import make_event


@pytest.mark.parametrize(
    "path", ["nothing/", "webhooks/event/999/change/", "webhooks/delivery/x/change/", "chat/999/"]
)
def test_what_is_not_there_is_said_on_a_page_of_the_admin(db: None, path: str) -> None:
    answer = support().get(f"/admin/{path}", follow=True)
    assert "Nothing is here" in answer.content.decode()
    assert '<a href="/admin/">To the front page</a>' in answer.content.decode()
    assert answer.status_code == 404


ODD = ("x", "-1", "0", "9" * 30, "%00", "1/2", "\N{SNOWMAN}", "_3D", "a" * 5000)


def addresses(odd: str) -> list[str]:
    """Every address of the admin, with something odd wherever it takes a value."""
    found = []
    for each in site.get_urls():
        inner = each.url_patterns if isinstance(each, URLResolver) else [each]
        prefix = str(each.pattern) if isinstance(each, URLResolver) else ""
        found += [f"{prefix}{one.pattern}" for one in inner]
    plain = (re.sub(r"<[^>]*>", odd, path).strip("^$") for path in found)
    return [path for path in plain if not re.search(r"[\\(\[]|logout", path)]


@pytest.mark.parametrize("odd", ODD)
def test_no_address_of_the_admin_ends_in_an_error_of_ours(admin_client: Client, odd: str) -> None:
    make_event()
    answers = {path: admin_client.get(f"/admin/{path}").status_code for path in addresses(odd)}
    assert len(answers) > 30
    assert {path: status for path, status in answers.items() if status >= 500} == {}


@pytest.mark.parametrize("path", ["r/1/1/", "r/1/x/", "r/x/1/", f"r/{'9' * 30}/1/"])
def test_there_is_no_way_to_a_page_on_another_site(admin_client: Client, path: str) -> None:
    answer = admin_client.get(f"/admin/{path}", follow=True)
    assert answer.status_code == 404
    assert "Nothing is here" in answer.content.decode()


@pytest.mark.parametrize("path", ["replays/new/", "auth/user/"])
def test_what_is_not_for_somebody_is_said_on_a_page_of_the_admin(db: None, path: str) -> None:
    answer = support().get(f"/admin/{path}")
    assert "This is not for you" in answer.content.decode()
    assert '<a href="/admin/">To the front page</a>' in answer.content.decode()
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "webhooks/delivery/?verdict=%00",
        "webhooks/refusalcount/?cause=x%00y",
        "webhooks/event/?%00=1",
        "auth/group/?q=%00",
        "auth/user/?_to_field=password",
        "auth/user/?password__startswith=p",
        "listeners/unknowndelivery/?standing=%00",
    ],
)
def test_what_no_page_would_ask_for_is_said_on_a_page_of_the_admin(
    admin_client: Client, path: str
) -> None:
    answer = admin_client.get(f"/admin/{path}")
    assert "no page of the log would write there" in answer.content.decode()
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["find/", "replays/new/", "auth/user/add/", "auth/group/add/"])
def test_a_form_with_what_is_no_text_is_not_taken(admin_client: Client, path: str) -> None:
    sent = {"job": "00000000-0000-0000-0000-000000000000", "name": "a\0b", "words": "\0"}
    assert admin_client.post(f"/admin/{path}", sent).status_code == 400


@pytest.mark.parametrize("path", ["webhooks/event/", "listeners/unknowndelivery/", "auth/group/"])
@pytest.mark.parametrize("row", ["x", "", "-1", "9" * 30, "1.5", "\N{FULLWIDTH DIGIT ONE}"])
def test_an_action_on_what_is_no_row_is_not_taken(
    admin_client: Client, path: str, row: str
) -> None:
    make_event()
    chosen = {"action": "delete_selected", "index": "0", "_selected_action": row}
    assert admin_client.post(f"/admin/{path}", chosen).status_code == 400
    with_a_row = {**chosen, "_selected_action": "1"}
    assert admin_client.post(f"/admin/{path}", with_a_row).status_code in {200, 302}


def test_what_a_link_cannot_do_is_said_on_a_page_of_the_admin(db: None) -> None:
    answer = support().get("/admin/logout/")
    assert "A link does nothing." in answer.content.decode()
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST, OPTIONS")


@pytest.mark.parametrize("path", ["/nothing", "/v1/nothing", "/callable/nothing"])
def test_other_routes_answer_plainly(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "admin" not in answer.content.decode()
    assert "stylesheet" not in answer.content.decode()
