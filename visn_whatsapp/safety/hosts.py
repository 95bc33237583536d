"""Names of hosts in the settings: whole ones, and those of which a part was not filled in."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

# RFC 1123, and the underscores that some networks of containers have in theirs.
LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
URLS = (
    *("TASK_HANDLER_URL", "TASK_HANDLER_AUDIENCE"),
    *("CALLABLE_URL", "CALLABLE_AUDIENCE", "CHORES_AUDIENCE", "API_AUDIENCE"),
)
PARTS = ("GOOGLE_CLOUD_PROJECT", "TASKS_LOCATION")  # of addresses that Google's clients make
# Cloud Run's address of a service that is known before it is deployed: NAME-NUMBER.REGION.run.app,
# with a tag in front where one version of it is meant.
OWN_ADDRESS = re.compile(r"(?:[a-z0-9-]+---)?([a-z0-9-]+)-\d+\.[a-z0-9-]+\.run\.app")


def half_filled_in(settings: Any) -> list[str]:
    """Returns the settings whose address lacks a part, or holds what cannot be one."""
    return [name for name, hosts in _hosts(settings) if not all(map(_is_whole, hosts))]


def cloud_run_service(host: str) -> str:
    """Returns the service whose own address this is; empty where that cannot be told."""
    found = OWN_ADDRESS.fullmatch(host)
    return found[1] if found else ""


def _hosts(settings: Any) -> Iterable[tuple[str, list[str]]]:
    for name in URLS:
        value = getattr(settings, name)
        if "://" in value:  # an audience may be any word
            yield name, [urlsplit(value).hostname or ""]
    for name in PARTS:
        yield name, list(filter(None, [getattr(settings, name)]))
    accounts = filter(None, [settings.TASKS_SERVICE_ACCOUNT])
    yield "TASKS_SERVICE_ACCOUNT", [account.rpartition("@")[2] for account in accounts]
    for name in ("CALLABLE_CALLERS", "CHORES_CALLERS", "API_CALLERS"):
        yield name, [account.rpartition("@")[2] for account in getattr(settings, name)]
    allowed = (host for host in settings.ALLOWED_HOSTS if host != "*" and host[:1] != "[")
    yield "ALLOWED_HOSTS", [host.removeprefix(".") for host in allowed]


def _is_whole(host: str) -> bool:
    """Tells whether it is a name or an address: of IPv6 without its brackets, and without a port.

    A project's id may have a domain and a colon before it.
    """
    return all(LABEL.fullmatch(label) for label in re.split(r"[.:]", host)) or "::" in host
