"""Pages that could not be made, in words. No test here may ask the database."""

import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from eventlog.admin.failures import answer

SECRET = "Key (username)=(447700900123) already exists."


def answered(error: Exception, *, method: str = "GET", path: str = "/admin/") -> HttpResponse:
    request = RequestFactory().generic(method, path)
    try:
        raise error
    except type(error):
        return answer(request)


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (OperationalError(SECRET), 503, "The database does not answer"),
        (InterfaceError(SECRET), 503, "The database does not answer"),
        (IntegrityError(SECRET), 500, "The database did not take it"),
        (DataError(SECRET), 500, "Something went wrong"),
        (RuntimeError(SECRET), 500, "Something went wrong"),
    ],
)
def test_it_says_what_happened_and_nothing_of_anybody(
    error: Exception, status: int, title: str
) -> None:
    response = answered(error)
    page = response.content.decode()
    assert response.status_code == status
    assert f"<h1>{title}</h1>" in page
    assert "447700900123" not in page
    assert response.has_header("Retry-After") == (status == 503)
    assert "no-store" in response.headers["Cache-Control"]


def test_who_sent_something_is_told_how_to_send_it_again() -> None:
    words = "Reload this page to send it again"
    assert words not in answered(RuntimeError()).content.decode()
    assert words in answered(RuntimeError(), method="POST").content.decode()


def test_machines_get_no_page() -> None:
    response = answered(OperationalError(), path="/v1/webhooks/whatsapp/webhook")
    assert (response.status_code, b"<h1>Server Error (500)</h1>" in response.content) == (500, True)
