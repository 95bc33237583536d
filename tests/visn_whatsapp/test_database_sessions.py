"""Which sessions of the database are kept for the next request."""

from collections.abc import Iterator
from time import monotonic

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from tests.webhooks.databases import execute
from visn_whatsapp.database_sessions import NewSessionAfterErrorsMiddleware

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="sessions of PostgreSQL"),
]


@pytest.fixture(autouse=True)
def _a_session_of_its_own() -> Iterator[None]:
    connection.close()
    connection.ensure_connection()
    connection.close_at = None  # kept until something else is said
    yield
    connection.close()


def is_kept(*, status: int = 200) -> bool:
    """Whether it is, after a request that read something."""

    def answer(_: HttpRequest) -> HttpResponse:
        assert execute("SELECT 1") == [(1,)]
        return HttpResponse(status=status)

    NewSessionAfterErrorsMiddleware(answer)(RequestFactory().get("/"))
    return connection.close_at is None or connection.close_at > monotonic()


def test_one_that_served_is_kept() -> None:
    assert is_kept()


def test_one_of_a_request_that_failed_is_not() -> None:
    assert not is_kept(status=503)


def test_one_that_refuses_writes_is_not_though_it_answers() -> None:
    """As after ALTER ROLE or ALTER DATABASE, which later sessions may be free of again."""
    execute("SET default_transaction_read_only = on")
    assert not is_kept()


def test_one_that_was_cut_off_harms_nobody() -> None:
    def answer(_: HttpRequest) -> HttpResponse:
        assert connection.connection is None or connection.connection.close() is None
        return HttpResponse()

    execute("SELECT 1")
    assert NewSessionAfterErrorsMiddleware(answer)(RequestFactory().get("/")).status_code == 200
