"""What browsers may do with our pages, and where their requests come from."""

import pytest
from django.test import Client, RequestFactory
from pytest_django import Settings

from visn_whatsapp.browser.security import client_address, network_address
from visn_whatsapp.settings.base import (
    BROWSER_CHECKS,
    BROWSER_MIDDLEWARE,
    MACHINE_MIDDLEWARE,
    silenced,
)

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/static/eventlog/log.css", "/no"])
def test_every_answer_has_the_policy(client: Client, db: None, path: str) -> None:
    answer = client.get(path)
    answer.close()
    assert answer.headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "", "192.0.2.1"),
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (2, "203.0.113.9, 198.51.100.7", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "10.0.0.1, ", "192.0.2.1"),
        (1, "unknown", "192.0.2.1"),
        (1, "203.0.113.9, _hidden", "192.0.2.1"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::"),
        (2, "2001:db8:1:2:3::4, 10.0.0.1:80", "2001:db8:1:2::"),
    ],
)
def test_only_what_our_proxies_add_counts(
    settings: Settings, proxies: int, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR="192.0.2.1")
    assert client_address(request) == address


@pytest.mark.parametrize(
    ("written", "counts_as"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1 ", "192.0.2.1"),
        ("192.0.2.1:", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:c000:201]:1", "192.0.2.1"),
        ("2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::"),
        ("2001:db8:1:2::", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ('"[2001:db8:1:2::1]"', "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("::1", "::"),
    ],
)
def test_an_address_counts_as_its_subscriber(written: str, counts_as: str) -> None:
    assert network_address(written) == counts_as


@pytest.mark.parametrize(
    "written",
    ["", " ", "unknown", "_a1", "1", "192.0.2", "192.0.2.256", "[]", "[192.0.2.1", "::g", "٣.1.1.1",
     "192.0.2.1/24", "\0", "a" * 10_000, "1.1.1.1:1:1"],
)  # fmt: skip
def test_what_is_no_address_counts_as_none(written: str) -> None:
    assert network_address(written) is None


def test_only_a_process_that_serves_people_counts_logins() -> None:
    counts = "axes.middleware.AxesMiddleware"
    assert (counts in BROWSER_MIDDLEWARE, counts in MACHINE_MIDDLEWARE) == (True, False)
    assert (silenced(("admin",)), silenced(("queue-services",))) == ([], BROWSER_CHECKS)
