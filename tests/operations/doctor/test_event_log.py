"""The doctor before the event log, and before addresses where it is not."""

from types import SimpleNamespace

import pytest

from operations.doctor import event_log
from operations.doctor.seen import Asked, Health, Seen
from tests.operations.doctor.test_webhook import answering


def seen(url: str) -> Seen:
    [found] = event_log.look(Asked(admin_url=url))
    return found


@pytest.mark.parametrize("end", ["/admin/", "/admin"])
def test_the_login_page_is_there(live_server: SimpleNamespace, end: str) -> None:
    found = seen(f"{live_server.url}{end}")
    assert (found.health, found.words) == (
        Health.WELL,
        f"{live_server.url}/admin/login/ has the login page.",
    )


def test_another_page_of_ours_is_not_it(live_server: SimpleNamespace) -> None:
    found = seen(f"{live_server.url}/health")
    assert found.health == Health.WRONG
    assert found.words.endswith("/health/login/ answers 404 without the login page.")


@pytest.mark.parametrize(
    ("status", "body", "location", "health"),
    [
        (200, b"<html>Welcome</html>", "", Health.WRONG),
        (302, b"", "https://accounts.google.com/o/oauth2/v2/auth?client_id=x", Health.WELL),
        (302, b"", "https://elsewhere.example/accounts.google.com", Health.WRONG),
        (400, b"", "", Health.WRONG),
        (503, b"", "", Health.WRONG),
    ],
)
def test_what_else_answers(status: int, body: bytes, location: str, health: Health) -> None:
    headers = {"Location": location} if location else {}
    with answering(status, body, **headers) as address:
        found = seen(f"{address}/admin/")
    assert found.health == health
    assert bool(found.remedy) == (health == Health.WRONG)


def test_nobody_there_is_told() -> None:
    found = seen("http://127.0.0.1:1/admin/")
    assert found.health == Health.CANNOT_TELL
    assert "(ConnectionError)" in found.words


def test_it_is_looked_at_where_it_is_named() -> None:
    assert seen("").health == Health.NOT_LOOKED
