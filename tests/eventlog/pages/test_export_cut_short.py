"""What arrives of an export over a real socket while the database fails under it."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest

from eventlog.pages.export import BROKEN_OFF, COMPLETE, ROWS_AT_A_TIME
from sandbox import stack
from sandbox.stack import Server, Spec, Stack

EVENTS = 3 * ROWS_AT_A_TIME
ADMIN = Server(name="admin", services=("admin",), threads=2)
MAKE_USER = """
from django.contrib.auth.models import User
User.objects.create_superuser("ada", password="ada's password")
"""
MAKE_EVENTS = f"""
from datetime import UTC, datetime
from webhooks.models import Delivery, Event
now = datetime.now(UTC)
delivery = Delivery.objects.create(
    received_at=now, digest="d", body=b"x", size=1, verdict="readable", item_count={EVENTS}
)
Event.objects.bulk_create(
    Event(delivery=delivery, position=at, kind="text", name="text", state="processed",
          reason="applied", received_at=now)
    for at in range({EVENTS})
)
"""


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An admin with a superuser."""
    with stack.start(Spec(folder=tmp_path_factory.mktemp("admin"), servers=(ADMIN,))) as running:
        running.manage("shell", "--verbosity", "0", "--command", MAKE_USER)
        running.manage("shell", "--verbosity", "0", "--command", MAKE_EVENTS)
        yield running


@pytest.fixture
def ada(admin: Stack) -> OpenerDirector:
    """A browser that has logged in."""
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    login = f"{admin.address('admin')}/admin/login/"
    page = browser.open(login, timeout=20).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = {"username": "ada", "password": "ada's password", "csrfmiddlewaretoken": token[1]}
    browser.open(login, urlencode(form).encode(), timeout=20).close()
    return browser


def _export(admin: Stack, ada: OpenerDirector) -> list[str]:
    with ada.open(f"{admin.address('admin')}/admin/export/events.csv", timeout=60) as answer:
        assert answer.status == 200
        words: str = answer.read().decode("utf-8-sig")
    return words.splitlines()


def _spoil(admin: Stack, *, after: int) -> None:
    """Leaves what SQLite cannot read: that fails as a broken database does, as it is fetched."""
    path = admin.spec.folder / "ledger.sqlite3"
    with closing(sqlite3.connect(path, timeout=20)) as connection, connection:
        connection.execute(
            "UPDATE webhooks_event SET detail = CAST(x'ff' AS TEXT) "
            "WHERE id = (SELECT max(id) - ? FROM webhooks_event)",
            [after],
        )


def test_a_file_that_is_whole_says_so_and_one_that_is_not_says_so_too(
    admin: Stack, ada: OpenerDirector
) -> None:
    whole = _export(admin, ada)
    assert len(whole) == 1 + EVENTS + 1
    assert whole[-1].startswith(f"{COMPLETE.format(EVENTS)},")
    _spoil(admin, after=ROWS_AT_A_TIME + 5)
    cut = _export(admin, ada)
    assert len(cut) == 1 + ROWS_AT_A_TIME + 1
    assert cut[-1].startswith(f'"{BROKEN_OFF.format(ROWS_AT_A_TIME)}",')
    assert "An export broke off." in admin.logs()["admin"]
