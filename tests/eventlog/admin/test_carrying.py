"""What somebody sent after their login had expired, or from a page older than it, is not lost."""

import json
import re
from html import unescape

import pytest
from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from eventlog.admin.carrying import LONGEST, Carried
from sandbox import samples
from tests.eventlog.admin.staff import member_of
from tests.rows import make_event

PASSWORD = "correct horse battery staple"
TYPED = "+1 650 555 1234"
HERE = "http://testserver"


@pytest.fixture
def ada(db: None) -> User:
    """Somebody on call."""
    user = member_of("On-call")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def browser() -> Client:
    """A browser whose forms have no token of the session."""
    return Client(enforce_csrf_checks=True, headers={"Origin": HERE})


def fields(page: str) -> dict[str, str]:
    """The fields that a page has hidden in its forms."""
    found = re.findall(r'<input type="hidden" name="([^"]+)"[^>]*? value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


def log_in(browser: Client, page: str, *, password: str = PASSWORD) -> str:
    form = {"username": "On-call", "password": password, **fields(page)}
    return browser.post("/admin/login/", form).content.decode()


def token(browser: Client) -> str:
    return fields(browser.get("/admin/login/").content.decode())["csrfmiddlewaretoken"]


def test_a_search_after_the_login_expired_is_made_after_the_next(
    ada: User, browser: Client
) -> None:
    event = make_event()
    form = {"words": TYPED, "csrfmiddlewaretoken": token(browser)}
    asked = browser.post("/admin/find/", form)
    assert asked.status_code == 200
    assert "What you sent is kept in this page" in asked.content.decode()
    on = log_in(browser, asked.content.decode())
    assert 'action="/admin/find/" data-send-at-once' in on
    assert fields(on)["words"] == TYPED
    answer = browser.post("/admin/find/", fields(on))
    assert answer.headers["Location"] == f"/admin/webhooks/event/?driver_of={event.pk}"


def test_a_wrong_password_loses_nothing_and_nothing_is_kept(ada: User, browser: Client) -> None:
    form = {"words": TYPED, "csrfmiddlewaretoken": token(browser)}
    asked = browser.post("/admin/find/", form).content.decode()
    again = log_in(browser, asked, password="wrong")
    assert json.loads(fields(again)["carried"])["fields"] == [["words", TYPED]]
    kept = AccessAttempt.objects.values_list("post_data", "get_data", "path_info")
    assert "650" not in str(list(kept))
    log_in(browser, again)
    assert "words" not in str([session.get_decoded() for session in Session.objects.all()])


def test_a_reveal_is_asked_for_again_and_only_then_made(ada: User, browser: Client) -> None:
    event = make_event()
    path = f"/admin/reveal/event/{event.pk}/"
    asked = browser.post(path, {"csrfmiddlewaretoken": token(browser)}).content.decode()
    on = log_in(browser, asked)
    assert f'action="{path}">' in on
    assert LogEntry.objects.count() == 0
    assert browser.post(path, fields(on)).status_code == 303
    assert LogEntry.objects.count() == 1


def test_a_form_older_than_the_login_can_be_sent_again(ada: User, browser: Client) -> None:
    make_event()
    old = token(browser)
    browser.force_login(ada)  # in another window, which changes the token
    browser.cookies["csrftoken"] = "a" * 32
    refused = browser.post("/admin/find/", {"words": TYPED, "csrfmiddlewaretoken": old})
    assert refused.status_code == 403
    assert "The page was older than your login" in refused.content.decode()
    assert browser.post("/admin/find/", fields(refused.content.decode())).status_code == 302


def test_a_form_of_another_site_is_never_offered_again(ada: User, browser: Client) -> None:
    browser.force_login(ada)
    for origin in ("https://evil.example", "null", ""):
        headers = {"Origin": origin} if origin else {"Origin": "", "Referer": ""}
        answer = browser.post("/admin/find/", {"words": TYPED}, headers=headers)
        assert answer.status_code == 403
        assert "Your browser does not say" in answer.content.decode()
        assert TYPED not in answer.content.decode()


def test_a_login_form_that_is_too_old_is_shown_anew(ada: User, browser: Client) -> None:
    answer = browser.post("/admin/login/", {"username": "x", "password": "y"})
    assert 'id="login-form"' in answer.content.decode()
    browser.force_login(ada)
    assert browser.post("/admin/login/", {"username": "x"}).headers["Location"] == "/admin/"


@pytest.mark.parametrize(
    ("path", "form", "told"),
    [
        ("/admin/password_change/", {"old_password": "geheim", "new_password1": "x"}, True),
        ("/admin/replays/new/?state=skipped", {"name": "Mine"}, False),
    ],
)
def test_who_typed_a_password_is_told_that_it_is_asked_for_again(
    ada: User, browser: Client, path: str, form: dict[str, str], told: bool
) -> None:
    asked = browser.post(path, {**form, "csrfmiddlewaretoken": token(browser)}).content.decode()
    on = log_in(browser, asked)
    assert "It is still here." in on
    assert ("Only passwords are not kept" in on, "geheim" in asked + on) == (told, False)


def test_passwords_are_not_carried(ada: User, browser: Client) -> None:
    form = {"username": "new", "password1": "geheim", "password2": "geheim"}
    asked = browser.post(
        "/admin/auth/user/add/", form | {"csrfmiddlewaretoken": token(browser)}
    ).content.decode()
    assert ("geheim" in asked, "new" in fields(asked)["carried"]) == (False, True)


def test_too_much_is_not_carried_and_that_is_said(ada: User, browser: Client) -> None:
    form = {"words": "x" * LONGEST, "csrfmiddlewaretoken": token(browser)}
    asked = browser.post("/admin/find/", form).content.decode()
    assert "Log in and send it again." in asked
    assert "xxx" not in asked


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/admin/",
        "//evil.example/admin/",
        "/admin/../v1/webhooks/whatsapp/webhook",
        "/callable/whatsapp/events",
        "/admin/%2e%2E/v1/webhooks/whatsapp/webhook",
        "/admin/find/..\\../v1/webhooks/whatsapp/webhook",
        "/administration/",
        "javascript:alert(1)",
        "",
    ],
)
def test_what_is_carried_leads_to_the_admin_alone(db: None, path: str) -> None:
    assert Carried.unpack(Carried(path=path, fields=()).packed) is None


@pytest.mark.parametrize(
    "packed",
    [
        "",
        "x",
        "[]",
        "{}",
        '{"fields": 1}',
        '{"path": "/admin/", "fields": 1}',
        "[" * 9999,
        r'{"path": "/admin/find/", "fields": [["words", "\ud800"]]}',
        r'{"path": "/admin/\udfff", "fields": []}',
    ],
)
def test_anything_else_is_carried_nowhere(db: None, packed: str) -> None:
    assert Carried.unpack(packed) is None


def test_a_number_stands_in_no_address(ada: User, browser: Client) -> None:
    form = {"words": samples.DRIVER_NUMBER, "csrfmiddlewaretoken": token(browser)}
    asked = browser.post("/admin/find/", form).content.decode()
    assert fields(asked)["next"] == "/admin/find/"
    addresses = re.findall(r'(?:href|action|src)="([^"]*)"', asked)
    assert [address for address in addresses if samples.DRIVER_NUMBER in address] == []
