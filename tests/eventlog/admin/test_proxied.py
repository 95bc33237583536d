"""Logins by the identity-aware proxy: its real signature, on the pages of the admin."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from pytest_django import Settings
from pytest_django.fixtures import DjangoAssertNumQueries

from eventlog.management.people import by
from tests.proxy import AUDIENCE, Proxy, running
from tests.rows import make_event
from visn_whatsapp.logs import JsonFormatter

ANN, BOB = "ann@visn.example", "bob@visn.example"
PASSWORD = "correct horse battery staple"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def proxy(settings: Settings) -> Iterator[Proxy]:
    """The proxy before this admin, which lets two people in."""
    with running(Proxy()) as proxy:
        settings.IAP_AUDIENCE = AUDIENCE
        settings.IAP_KEYS_URL = proxy.keys_url
        settings.IAP_GROUPS = (f"{ANN}=On-call", f"{BOB}=Support")
        yield proxy


def groups(email: str) -> set[str]:
    return set(User.objects.get(username=email).groups.values_list("name", flat=True))


def test_the_first_request_makes_an_account_that_no_password_opens(proxy: Proxy) -> None:
    page = Client().get("/admin/", headers=proxy.headers(ANN))
    user = User.objects.get()
    assert (page.status_code, page.context["user"]) == (200, user)
    assert (user.username, user.email, user.is_staff, user.is_superuser) == (ANN, ANN, True, False)
    assert not user.has_usable_password()
    assert groups(ANN) == {"On-call"}
    assert "Change password" not in page.content.decode()


def test_the_next_request_writes_nothing(
    proxy: Proxy, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = Client()
    browser.get("/admin/login/", headers=proxy.headers(ANN))
    with django_assert_num_queries(3):  # the session, the account, its groups
        answer = browser.get("/admin/login/", headers=proxy.headers(ANN))
    assert answer.status_code == 302


def test_rights_are_those_of_the_group(proxy: Proxy) -> None:
    event = make_event()
    reveal = f"/admin/reveal/event/{event.pk}/"
    told = {
        email: Client().post(reveal, headers=proxy.headers(email)).status_code
        for email in (ANN, BOB)
    }
    assert told == {ANN: 303, BOB: 403}


def test_whoever_changes_groups_has_the_new_one_at_once(proxy: Proxy, settings: Settings) -> None:
    browser = Client()
    browser.get("/admin/", headers=proxy.headers(ANN))
    settings.IAP_GROUPS = (f"{ANN}=Support",)
    page = browser.get("/admin/", headers=proxy.headers(ANN))
    assert groups(ANN) == {"Support"}
    assert not page.context["user"].has_perm("webhooks.reveal_personal_data")


def test_whoever_leaves_all_groups_is_out_at_once(proxy: Proxy, settings: Settings) -> None:
    browser = Client()
    browser.get("/admin/", headers=proxy.headers(ANN))
    settings.IAP_GROUPS = (f"{BOB}=Support",)
    page = browser.get("/admin/", headers=proxy.headers(ANN))
    assert (page.status_code, "no group" in page.content.decode()) == (403, True)
    assert 'href="/admin/?gcp-iap-mode=CLEAR_LOGIN_COOKIE"' in page.content.decode()


def test_who_has_no_group_gets_no_account(proxy: Proxy) -> None:
    page = Client().get("/admin/", headers=proxy.headers("eve@visn.example"))
    assert page.status_code == 403
    assert not User.objects.exists()


def test_a_group_that_is_not_there_lets_nobody_in(proxy: Proxy, settings: Settings) -> None:
    settings.IAP_GROUPS = (f"{ANN}=On-call", f"{ANN}=Oncall")
    page = Client().get("/admin/", headers=proxy.headers(ANN))
    assert (page.status_code, "IAP_GROUPS" in page.content.decode()) == (403, True)
    assert groups(ANN) == set()


def test_who_was_only_named_by_a_command_gets_in(proxy: Proxy) -> None:
    named = by({"by": ANN})
    assert (named.is_active, named.is_staff) == (False, False)
    page = Client().get("/admin/", headers=proxy.headers(ANN))
    assert (page.status_code, page.context["user"]) == (200, named)
    assert groups(ANN) == {"On-call"}


def test_an_account_that_was_closed_before_its_first_visit_stays_out(proxy: Proxy) -> None:
    User.objects.create_user(ANN, ANN, PASSWORD, is_active=False, is_staff=False)
    page = Client().get("/admin/", headers=proxy.headers(ANN))
    assert (page.status_code, "closed" in page.content.decode()) == (403, True)


@pytest.mark.parametrize("fields", [["is_active"], ["is_staff"], ["is_active", "is_staff"]])
def test_a_closed_account_stays_out(proxy: Proxy, fields: list[str]) -> None:
    browser = Client()
    browser.get("/admin/", headers=proxy.headers(ANN))
    User.objects.update(**dict.fromkeys(fields, False))
    page = browser.get("/admin/", headers=proxy.headers(ANN))
    assert (page.status_code, "closed" in page.content.decode()) == (403, True)


def test_a_superuser_is_one_by_hand(proxy: Proxy) -> None:
    User.objects.create_superuser(ANN, ANN)
    page = Client().get("/admin/", headers=proxy.headers(ANN))
    assert page.context["user"].is_superuser
    assert User.objects.count() == 1


def test_what_somebody_revealed_is_not_shown_to_who_comes_next(proxy: Proxy) -> None:
    event, browser = make_event(), Client()
    browser.post(f"/admin/reveal/event/{event.pk}/", headers=proxy.headers(ANN))
    before = dict(browser.session)
    browser.get("/admin/", headers=proxy.headers(BOB))
    after = dict(browser.session)
    assert "revealed" in before
    assert "revealed" not in after
    assert after["proxied"] == f"accounts.google.com:{BOB}"


def test_the_same_address_of_somebody_else_is_somebody_else(proxy: Proxy) -> None:
    """And sees nothing of what the one before has revealed, though it is one account here."""
    event, browser = make_event(), Client()
    one, two = (proxy.headers(ANN, sub=f"accounts.google.com:{which}") for which in (1, 2))
    browser.post(f"/admin/reveal/event/{event.pk}/", headers=one)
    first = browser.session.session_key
    assert "revealed" in dict(browser.session)
    browser.get("/admin/", headers=two)
    assert browser.session.session_key != first
    assert "revealed" not in dict(browser.session)
    assert not type(browser.session)(first).exists(first or "")


def test_a_session_of_a_password_is_not_the_proxys(proxy: Proxy) -> None:
    root = User.objects.create_superuser("root", password=PASSWORD)
    browser = Client()
    browser.force_login(root)
    page = browser.get("/admin/", headers=proxy.headers(BOB))
    assert page.context["user"].username == BOB


def test_without_the_header_nobody_gets_in(proxy: Proxy, caplog: pytest.LogCaptureFixture) -> None:
    User.objects.create_superuser("root", password=PASSWORD)
    browser = Client()
    login = {"username": "root", "password": PASSWORD}
    answers = [browser.get("/admin/"), browser.post("/admin/login/", login), browser.get("/")]
    assert {answer.status_code for answer in answers} == {403}
    browser.get("/admin/", headers=proxy.headers(ANN))
    assert browser.get("/admin/").status_code == 403
    assert {vars(record).get("reason", "missing") for record in caplog.records} == {"missing"}


def test_a_password_opens_where_the_settings_say_so(proxy: Proxy, settings: Settings) -> None:
    settings.IAP_REQUIRED = False
    User.objects.create_superuser("root", password=PASSWORD)
    browser = Client()
    login = {"username": "root", "password": PASSWORD, "next": "/admin/"}
    assert browser.post("/admin/login/", login).status_code == 302
    assert browser.get("/admin/").context["user"].username == "root"
    assert browser.get("/admin/", headers={"X-Goog-IAP-JWT-Assertion": "x"}).status_code == 403


@pytest.mark.parametrize("audience", ["", AUDIENCE])
def test_a_session_of_the_proxys_ends_without_it(
    proxy: Proxy, settings: Settings, audience: str
) -> None:
    browser = Client()
    browser.get("/admin/", headers=proxy.headers(ANN))
    settings.IAP_AUDIENCE, settings.IAP_REQUIRED = audience, False
    answer = browser.get("/admin/")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/admin/")
    assert not dict(browser.session)


def test_without_an_audience_the_header_is_nothing(proxy: Proxy, settings: Settings) -> None:
    settings.IAP_AUDIENCE = ""
    answer = Client().get("/admin/", headers=proxy.headers(ANN))
    assert answer.status_code == 302
    assert not User.objects.exists()


def test_keys_that_cannot_be_had_are_no_error_of_ours(proxy: Proxy) -> None:
    proxy.status = 503
    page = Client().get("/admin/", headers=proxy.headers(ANN))
    assert (page.status_code, page["Retry-After"]) == (503, "10")
    assert "cannot be had from Google" in page.content.decode()


def test_logging_out_says_that_the_proxy_knows_them_still(proxy: Proxy) -> None:
    browser = Client()
    browser.get("/admin/", headers=proxy.headers(ANN))
    page = browser.post("/admin/logout/", headers=proxy.headers(ANN))
    assert 'href="/admin/?gcp-iap-mode=CLEAR_LOGIN_COOKIE"' in page.content.decode()
    assert not dict(browser.session)


def test_a_form_from_before_the_login_is_offered_again(proxy: Proxy) -> None:
    """A session that ended is begun anew in the same request, and the form's token is not its."""
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post(
        "/admin/find/",
        {"q": "447700900123"},
        headers=proxy.headers(ANN) | {"Origin": "http://testserver"},
    )
    assert (answer.status_code, "447700900123" in answer.content.decode()) == (403, True)


def test_no_line_of_the_log_holds_who_it_was(
    proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    header = proxy.headers("unlisted@visn.example")
    Client().get("/admin/", headers=header)
    lines = " ".join(JsonFormatter().format(record) for record in caplog.records)
    assert '"reason": "no_group"' in lines
    assert [word for word in ("unlisted", *header.values()) if word in lines] == []


@pytest.mark.django_db(transaction=True)
def test_of_first_requests_at_once_none_fails(proxy: Proxy) -> None:
    def ask(_: int) -> int:
        try:
            return Client().get("/admin/login/", headers=proxy.headers(ANN)).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(4))) == {302}
    assert User.objects.filter(username=ANN).count() == 1
    assert groups(ANN) == {"On-call"}
