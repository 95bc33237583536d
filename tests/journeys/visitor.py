"""Somebody who logs in to the event log over HTTP, and follows every link that there is."""

import html
import re
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import requests

PAGES_AT_MOST = 150
_LINK = re.compile(r'href="(/admin/[^"#]*)"')
FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """A browser without a window. `address` is where the admin is served."""

    address: str
    session: requests.Session = field(default_factory=requests.Session)

    def log_in(self, name: str, password: str) -> int:
        """Fills in the form and returns the status of the page behind it."""
        page = "/admin/login/?next=/admin/"
        answer = self.press(page, page, username=name, password=password)
        assert urlsplit(answer.url).path == "/admin/", "the login was refused"
        return answer.status_code

    def get(self, path: str) -> requests.Response:
        """Opens a page."""
        return self.session.get(self.address + path, timeout=30)

    def press(self, page: str, button: str, **fields: str) -> requests.Response:
        """Posts a form of a page to a path, as its button does; returns the page behind it."""
        opened = self.get(page)
        tokens = FORM_TOKEN.findall(opened.text)
        return self.session.post(
            self.address + button,
            data={**fields, "csrfmiddlewaretoken": tokens[0]},
            headers={"Referer": opened.url},
            timeout=30,
        )

    def open_everything(self, *paths: str) -> dict[str, int]:
        """Follows all links from these pages on; returns the status of each page.

        Of pages that differ in ids and in what is chosen, one is opened.
        """
        statuses: dict[str, int] = {}
        seen: set[object] = set()
        waiting = deque(paths)
        while waiting and len(statuses) < PAGES_AT_MOST:
            path = waiting.popleft()
            if _kind(path) in seen or path.startswith("/admin/logout/"):
                continue
            seen.add(_kind(path))
            page = self.get(path)
            statuses[path] = page.status_code
            if "html" in page.headers.get("Content-Type", ""):
                waiting.extend(map(html.unescape, _LINK.findall(page.text)))
        return statuses


def _kind(path: str) -> object:
    """What pages of one kind have in common."""
    parts = urlsplit(path)
    return _ID.sub("#", parts.path), frozenset(name for name, _ in parse_qsl(parts.query))
