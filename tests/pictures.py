"""Takes the README's pictures of the event log, with the data of the demonstration.

    make pictures

Needs Chromium, and a font with emoji for the reactions (Debian: fonts-noto-color-emoji).
"""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.programs import find_chromium

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
WIDTH = 1280
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
READY_SECONDS = 120
ADDED_UP_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Login:
    """Where the demonstration's event log is, and how to get in."""

    admin: str
    user: str
    password: str


@contextmanager
def demonstration() -> Iterator[Login]:
    """Runs the demonstration until its story is told, and yields its login."""
    command = [sys.executable, "manage.py", "demo"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield _login(process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()


def _login(process: subprocess.Popen[str]) -> Login:
    deadline = time.monotonic() + READY_SECONDS
    admin = ""
    for line in process.stdout or ():
        address = re.search(r"http://\S+/admin/", line)
        login = re.search(r"login\s+(\S+) / (\S+)", line)
        admin = address[0] if address else admin
        if login and admin:
            return Login(admin=admin, user=login[1], password=login[2])
        if time.monotonic() > deadline:
            break
    raise SystemExit("The demonstration did not get as far as its login.")


def take(page: Page, login: Login) -> None:
    """Takes every picture."""
    page.goto(login.admin)
    page.fill("#id_username", login.user)
    page.fill("#id_password", login.password)
    page.click("[type=submit]")
    # The page renews itself; a number is known once its first minutes have been added up.
    page.wait_for_selector("#rhythm-table", timeout=ADDED_UP_SECONDS * 1000)
    _save(page, "front-page", height=1400)
    page.goto(f"{login.admin}webhooks/event/?kind=reaction")
    page.locator("#result_list th a").last.click()
    page.click("text=Reveal for")
    _save(page, "event", height=1000)
    page.click("text=The chat as it looks now")
    page.click("text=Reveal for")
    _save(page, "chat", height=940)


def _save(page: Page, name: str, *, height: int) -> None:
    page.set_viewport_size({"width": WIDTH, "height": height})
    page.wait_for_load_state("networkidle")
    page.evaluate("scrollTo(0, 0)")  # a chat opens at its message
    page.screenshot(path=FOLDER / f"{name}.png")


def main() -> None:
    """Writes docs/images/*.png."""
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("Chromium was not found.")
    with demonstration() as login, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_ARGUMENTS)
        take(browser.new_page(), login)
        browser.close()


if __name__ == "__main__":
    main()
