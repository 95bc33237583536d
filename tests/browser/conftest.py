"""A real browser in front of a real server, for people of the groups that there are."""

import os
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.programs import find_chromium

# Playwright runs an event loop in this thread, which makes Django suspect that we are in one.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

# Chromium is kept from asking the world for anything.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMEOUT = 20_000  # milliseconds that a page may take to show what is waited for
expect.set_options(timeout=TIMEOUT)

Visit = Callable[..., Page]


def all_of(found: Locator) -> list[Locator]:
    """Each of what is found, once the page is there as a whole; `Locator.all()` waits for nothing.

    After a click, what a page lacks may only not have come yet.

    Raises:
        AssertionError: nothing is found.
    """
    found.page.wait_for_load_state()
    expect(found.first).to_be_attached()
    return found.all()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(django_db_setup: None, live_server: LiveServer) -> str:
    """The address of a server with a database of its own.

    In this order: a server that comes first takes the database for one in memory, whose single
    connection its threads then share.
    """
    return str(live_server.url)


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complains about: errors of scripts, and what the policy forbids."""
    return []


@pytest.fixture
def visit(
    chromium: Browser, server: str, settings: Settings, complaints: list[str]
) -> Iterator[Visit]:
    """Opens the admin in a new window, as somebody of a group; complaints fail the test."""
    contexts: list[BrowserContext] = []

    def open_as(group: str, path: str = "/admin/", **options: object) -> Page:
        context = chromium.new_context(base_url=server, **options)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(TIMEOUT)
        name, value = settings.SESSION_COOKIE_NAME, _session(group, settings)
        context.add_cookies([{"name": name, "value": value, "url": server}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: _note(message.type, message.text, complaints))
        page.goto(path)
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert complaints == []


def _session(group: str, settings: Settings) -> str:
    """The session of somebody who has logged in."""
    user, _ = User.objects.get_or_create(username=group, defaults={"is_staff": True})
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _note(kind: str, words: str, complaints: list[str]) -> None:
    if kind in {"error", "warning"}:
        complaints.append(words)
