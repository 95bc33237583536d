"""Where a login comes from, as a real server hears it: headers exactly as they are written."""

import http.client
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from urllib.parse import urlencode, urlsplit

import pytest

from sandbox import stack
from sandbox.stack import Server, Spec, Stack
from visn_whatsapp.browser.logins import FAILURES_OF_ONE_ACCOUNT

LOGIN = "/admin/login/"
PROXIES = ("0", "1", "2")


@pytest.fixture(scope="module")
def admins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The admin behind no proxy, behind one and behind two."""
    servers = tuple(
        Server(name=count, services=("admin",), threads=2, variables={"TRUSTED_PROXIES": count})
        for count in PROXIES
    )
    with stack.start(Spec(folder=tmp_path_factory.mktemp("admins"), servers=servers)) as running:
        yield running


@pytest.fixture(autouse=True)
def _nobody_has_tried(admins: Stack) -> None:
    _ledger(admins, "DELETE FROM axes_accessattempt")


def _ledger(admins: Stack, statement: str) -> list[tuple[object, ...]]:
    path = admins.spec.folder / "ledger.sqlite3"
    with closing(sqlite3.connect(path, timeout=20)) as connection, connection:
        return connection.execute(statement).fetchall()


def addresses(admins: Stack) -> list[object]:
    """The addresses that failures were counted for."""
    rows = _ledger(admins, "SELECT DISTINCT ip_address FROM axes_accessattempt ORDER BY 1")
    return [address for (address,) in rows]


def fail(admins: Stack, proxies: str, *headers: str, username: str = "clerk") -> int:
    """Tries a wrong password; the headers are written last, in their order."""
    where = urlsplit(admins._ports[proxies].address).netloc
    with closing(http.client.HTTPConnection(where, timeout=20)) as connection:
        connection.request("GET", LOGIN)
        page = connection.getresponse()
        cookie = (page.headers["Set-Cookie"] or "").split(";")[0]
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())
        assert token
        form = {"username": username, "password": "wrong", "csrfmiddlewaretoken": token[1]}
        body = urlencode(form).encode()
        connection.putrequest("POST", LOGIN)
        connection.putheader("Content-Type", "application/x-www-form-urlencoded")
        connection.putheader("Content-Length", str(len(body)))
        connection.putheader("Cookie", cookie)
        for header in headers:
            name, _, value = header.partition(": ")
            connection.putheader(name, value.encode("latin-1"))
        connection.endheaders(body)
        return connection.getresponse().status


@pytest.mark.parametrize(
    ("proxies", "headers", "address"),
    [
        ("0", ("X-Forwarded-For: 203.0.113.9",), "127.0.0.1"),
        ("1", (), "127.0.0.1"),
        ("1", ("X-Forwarded-For: 203.0.113.9",), "203.0.113.9"),
        ("1", ("X-Forwarded-For: 10.0.0.1", "X-Forwarded-For: 203.0.113.9"), "203.0.113.9"),
        ("1", ("X-Forwarded-For: 10.0.0.1, 203.0.113.9:4711",), "203.0.113.9"),
        ("1", ("X-Forwarded-For: [2001:db8:1:2::3]:4711",), "2001:db8:1:2::"),
        ("1", ("X-Forwarded-For: ::ffff:203.0.113.9",), "203.0.113.9"),
        ("1", ("X-Forwarded-For: unknown",), "127.0.0.1"),
        ("1", ("X-Forwarded-For: 203.0.113.9, somebody",), "127.0.0.1"),
        ("1", ("X-Forwarded-For: \xff\xfe",), "127.0.0.1"),
        ("1", ("X-Forwarded-For: " + "9" * 5000,), "127.0.0.1"),
        ("2", ("X-Forwarded-For: 203.0.113.9, 198.51.100.7",), "203.0.113.9"),
        ("2", ("X-Forwarded-For: 203.0.113.9", "X-Forwarded-For: 198.51.100.7"), "203.0.113.9"),
        ("2", ("X-Forwarded-For: 203.0.113.9",), "127.0.0.1"),
    ],
)
def test_the_address_is_what_our_own_proxies_saw(
    admins: Stack, proxies: str, headers: Sequence[str], address: str
) -> None:
    assert fail(admins, proxies, *headers) == 200
    assert addresses(admins) == [address]


@pytest.mark.parametrize("spelled_otherwise", ["first", "last"])
def test_another_spelling_of_the_header_gains_nothing(
    admins: Stack, spelled_otherwise: str
) -> None:
    answers = []
    for number in range(FAILURES_OF_ONE_ACCOUNT + 2):
        headers = ["X-Forwarded-For: 203.0.113.9", f"X_Forwarded_For: 198.51.{number}.1"]
        ordered = headers[:: -1 if spelled_otherwise == "first" else 1]
        answers.append(fail(admins, "1", *ordered))
    assert answers.count(200) < FAILURES_OF_ONE_ACCOUNT
    assert answers[-2:] == [429] * 2


def test_one_subscriber_is_one_address(admins: Stack) -> None:
    answers = [
        fail(admins, "1", f"X-Forwarded-For: 2001:db8:1:2::{number:x}") for number in range(6)
    ]
    assert answers == [200] * 4 + [429] * 2
