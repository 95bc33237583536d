"""What is made on Google Cloud, said alike for both ways of making it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Grant = tuple[str, str, str, str]  # on what, role, account, condition
# Cron's words, address, account, audience of an identity token, and how long an attempt may take;
# the last two empty where none is named.
Schedule = tuple[str, str, str, str, str]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that the shell's way and Terraform have to agree about."""

    interfaces: set[str]
    repositories: set[tuple[str, str, str]]  # name, format, place
    accounts: set[str]
    grants: set[Grant]
    queues: dict[str, dict[str, str]]  # limits by the words of gcloud's options
    secrets: set[str]
    schedules: dict[str, Schedule]
    fields: dict[str, list[str]]  # of Firestore → indexes
    processes: dict[str, dict[str, str]]  # service or job → value by its place in the definition
    watched: dict[str, dict[str, str]]  # alert, metric and the like → value by its place


def account(member: str) -> str:
    """Returns the name of a service account from its address."""
    found = re.fullmatch(
        r"(?:serviceAccount:)?([a-z-]+)@visn-example\.iam\.gserviceaccount\.com", member
    )
    assert found, member
    return found[1]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yields each value with the way to it, such as `env/0/name`; what is null is not there."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{path}/{number}")
    elif value is not None:
        yield path.removeprefix("/"), str(value).lower() if isinstance(value, bool) else str(value)


def repository(image: str) -> str:
    """Returns an image without its tag or digest."""
    return re.sub(r"@.*|:[^/]*$", "", image)
