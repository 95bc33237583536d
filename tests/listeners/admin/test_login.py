"""Logging in, and how often it may go wrong."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

LOGIN = "/admin/login/"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def clerk(db: None) -> User:
    """Somebody with a password."""
    return User.objects.create_user("clerk", password=PASSWORD, is_staff=True)


def attempt(password: str, *, address: str = "192.0.2.1", username: str = "clerk") -> int:
    form = {"username": username, "password": password}
    return Client(REMOTE_ADDR=address).post(LOGIN, form).status_code


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


def test_a_session_ends_with_the_browser_and_the_working_day() -> None:
    assert settings.SESSION_EXPIRE_AT_BROWSER_CLOSE is True
    assert timedelta(hours=12) >= timedelta(seconds=settings.SESSION_COOKIE_AGE)
    assert (settings.SESSION_COOKIE_HTTPONLY, settings.SESSION_COOKIE_SAMESITE) == (True, "Lax")
