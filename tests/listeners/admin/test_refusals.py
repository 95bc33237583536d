"""What the admin answers where it has nothing to show, and what other routes answer."""

import pytest
from django.test import Client

from tests.listeners.admin.staff import support


@pytest.mark.parametrize(
    "path", ["nothing/", "webhooks/event/999/change/", "webhooks/delivery/x/change/", "chat/999/"]
)
def test_what_is_not_there_is_said_on_a_page_of_the_admin(db: None, path: str) -> None:
    answer = support().get(f"/admin/{path}", follow=True)
    assert "Nothing is here" in answer.content.decode()
    assert '<a href="/admin/">To the front page</a>' in answer.content.decode()
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["replays/new/", "auth/user/"])
def test_what_is_not_for_somebody_is_said_on_a_page_of_the_admin(db: None, path: str) -> None:
    answer = support().get(f"/admin/{path}")
    assert "This is not for you" in answer.content.decode()
    assert '<a href="/admin/">To the front page</a>' in answer.content.decode()
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/", "/nothing", "/v1/nothing", "/callable/nothing"])
def test_other_routes_answer_plainly(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "admin" not in answer.content.decode()
    assert "stylesheet" not in answer.content.decode()
