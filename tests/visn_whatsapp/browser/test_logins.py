"""Logging in, and how often it may go wrong."""

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from visn_whatsapp.browser.logins import ACCOUNTS_ALTOGETHER, FAILURES_OF_ONE_ACCOUNT

LOGIN = "/admin/login/"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def clerk(db: None) -> User:
    """Somebody with a password."""
    return User.objects.create_user("clerk", password=PASSWORD, is_staff=True)


def attempt(
    password: str,
    *,
    address: str = "192.0.2.1",
    username: str = "clerk",
    browser: Client | None = None,
) -> int:
    form = {"username": username, "password": password}
    return (browser or Client()).post(LOGIN, form, REMOTE_ADDR=address).status_code


def fail_too_often() -> list[int]:
    return [attempt("wrong") for _ in range(settings.AXES_FAILURE_LIMIT)]


def test_the_right_password_opens(clerk: User) -> None:
    assert attempt(PASSWORD) == HTTPStatus.FOUND


def test_after_too_many_wrong_ones_the_right_one_opens_no_more(clerk: User) -> None:
    assert fail_too_often() == [HTTPStatus.OK] * 4 + [HTTPStatus.TOO_MANY_REQUESTS]
    assert attempt(PASSWORD) == HTTPStatus.TOO_MANY_REQUESTS


def test_the_owner_elsewhere_and_others_here_are_not_shut_out(clerk: User) -> None:
    User.objects.create_user("other", password=PASSWORD, is_staff=True)
    fail_too_often()
    assert attempt(PASSWORD, address="192.0.2.2") == HTTPStatus.FOUND
    assert attempt(PASSWORD, username="other") == HTTPStatus.FOUND


def test_after_a_while_one_may_try_again(clerk: User) -> None:
    fail_too_often()
    past = timezone.now() - settings.AXES_COOLOFF_TIME - timedelta(seconds=1)
    AccessAttempt.objects.update(attempt_time=past)
    assert attempt(PASSWORD) == HTTPStatus.FOUND


def test_a_success_forgets_the_failures(clerk: User) -> None:
    for _ in range(3):
        assert [attempt("wrong") for _ in range(4)] == [HTTPStatus.OK] * 4
        assert attempt(PASSWORD) == HTTPStatus.FOUND


def test_who_is_shut_out_is_told_so_and_no_password_is_kept(clerk: User) -> None:
    fail_too_often()
    answer = Client(REMOTE_ADDR="192.0.2.1").post(LOGIN, {"username": "clerk", "password": "x"})
    assert "Too many wrong passwords" in answer.content.decode()
    [kept] = AccessAttempt.objects.values_list("post_data", flat=True)
    assert "wrong" not in kept


def addresses() -> Iterator[str]:
    """As many addresses as somebody can make up."""
    return (f"198.51.{high}.{low}" for high in range(256) for low in range(256))


def guess(addresses: Iterator[str], *, times: int, username: str = "clerk") -> list[int]:
    return [attempt("wrong", address=next(addresses), username=username) for _ in range(times)]


def test_a_stranger_of_many_addresses_has_few_guesses(clerk: User) -> None:
    made_up = addresses()
    assert set(guess(made_up, times=FAILURES_OF_ONE_ACCOUNT - 1)) == {HTTPStatus.OK}
    assert set(guess(made_up, times=5)) == {HTTPStatus.TOO_MANY_REQUESTS}
    assert attempt(PASSWORD, address=next(made_up)) == HTTPStatus.TOO_MANY_REQUESTS


def test_no_stranger_shuts_out_a_browser_that_was_here_before(clerk: User) -> None:
    User.objects.create_user("other", password=PASSWORD, is_staff=True)
    own = Client()
    assert attempt(PASSWORD, browser=own) == HTTPStatus.FOUND
    guess(addresses(), times=FAILURES_OF_ONE_ACCOUNT)
    assert attempt(PASSWORD) == HTTPStatus.TOO_MANY_REQUESTS
    assert attempt(PASSWORD, browser=own) == HTTPStatus.FOUND
    guess(addresses(), times=FAILURES_OF_ONE_ACCOUNT, username="other")
    assert attempt(PASSWORD, browser=own, username="other") == HTTPStatus.TOO_MANY_REQUESTS


def test_a_browser_that_was_here_before_has_five_guesses_like_any(clerk: User) -> None:
    own = Client()
    attempt(PASSWORD, browser=own)
    answers = [attempt("wrong", browser=own) for _ in range(5)]
    assert answers == [HTTPStatus.OK] * 4 + [HTTPStatus.TOO_MANY_REQUESTS]


def test_a_browser_is_known_by_what_only_we_can_write(clerk: User) -> None:
    forged = Client()
    forged.cookies[settings.KNOWN_BROWSER_COOKIE_NAME] = f"{clerk.pk}:1:x"
    guess(addresses(), times=FAILURES_OF_ONE_ACCOUNT)
    assert attempt(PASSWORD, browser=forged) == HTTPStatus.TOO_MANY_REQUESTS
    own = Client()
    attempt(PASSWORD, address="192.0.2.9", browser=own)
    assert settings.KNOWN_BROWSER_COOKIE_NAME not in own.cookies


def test_one_address_tries_few_accounts(clerk: User) -> None:
    tried = [attempt("wrong", username=f"name-{number}") for number in range(30)]
    assert tried == [HTTPStatus.OK] * 19 + [HTTPStatus.TOO_MANY_REQUESTS] * 11
    assert attempt(PASSWORD) == HTTPStatus.TOO_MANY_REQUESTS
    assert attempt(PASSWORD, address="192.0.2.2") == HTTPStatus.FOUND


def test_one_subscriber_is_one_address(clerk: User) -> None:
    tried = [attempt("wrong", address=f"2001:db8:1:2::{number}") for number in range(6)]
    assert tried == [HTTPStatus.OK] * 4 + [HTTPStatus.TOO_MANY_REQUESTS] * 2
    assert attempt(PASSWORD, address="2001:db8:1:3::1") == HTTPStatus.FOUND


def test_many_addresses_together_try_a_bounded_number_of_accounts(clerk: User) -> None:
    own, made_up = Client(), addresses()
    attempt(PASSWORD, browser=own)
    for number in range(ACCOUNTS_ALTOGETHER):
        AccessAttempt.objects.create(
            username=f"name-{number}", ip_address=next(made_up), failures_since_start=1
        )
    assert attempt(PASSWORD, address=next(made_up)) == HTTPStatus.TOO_MANY_REQUESTS
    assert attempt(PASSWORD, address=next(made_up), browser=own) == HTTPStatus.FOUND


def test_who_is_shut_out_fills_no_table_and_waits_no_longer(clerk: User) -> None:
    fail_too_often()
    before = AccessAttempt.objects.values_list("attempt_time", "post_data").get()
    for _ in range(3):
        attempt("wrong")
    assert AccessAttempt.objects.values_list("attempt_time", "post_data").get() == before


def test_a_caller_without_an_address_may_log_in(clerk: User) -> None:
    assert attempt("wrong", address="") == HTTPStatus.OK
    assert attempt(PASSWORD, address="") == HTTPStatus.FOUND


def test_a_session_ends_with_the_browser_and_the_working_day() -> None:
    assert settings.SESSION_EXPIRE_AT_BROWSER_CLOSE is True
    assert timedelta(hours=12) >= timedelta(seconds=settings.SESSION_COOKIE_AGE)
    assert (settings.SESSION_COOKIE_HTTPONLY, settings.SESSION_COOKIE_SAMESITE) == (True, "Lax")


@pytest.mark.parametrize(
    ("wanted", "address"),
    [
        ("/admin/waiting/", "/admin/waiting/"),
        ("", "/admin/"),
        ("https://evil.example/", "/admin/"),
        ("//evil.example/", "/admin/"),
        ("/\\evil.example", "/admin/"),
        ("javascript:alert(1)", "/admin/"),
    ],
)
def test_a_login_leads_on_to_our_own_pages_only(clerk: User, wanted: str, address: str) -> None:
    form = {"username": "clerk", "password": PASSWORD, "next": wanted}
    assert Client().post(LOGIN, form).headers["Location"] == address


@pytest.mark.parametrize("path", ["/admin/", LOGIN, "/admin/find/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("key", ['"\\000aaaaaaaaaa"', '"\\377aaaaaaaaaa"', "a" * 5000, "A" * 32])
def test_a_session_that_nobody_made_is_none(db: None, path: str, method: str, key: str) -> None:
    asked = Client(headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={key}"})
    assert asked.generic(method, path).status_code < HTTPStatus.INTERNAL_SERVER_ERROR


@pytest.mark.parametrize("wanted", ["x", "waiting/", "?next=x", "/nothing", "/health/live"])
def test_a_login_never_leads_to_a_page_that_is_not_of_the_log(clerk: User, wanted: str) -> None:
    form = {"username": "clerk", "password": PASSWORD, "next": wanted}
    assert Client().post(LOGIN, form).headers["Location"] == "/admin/"
