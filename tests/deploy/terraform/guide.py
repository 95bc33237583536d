"""What docs/deployment.md makes, by its commands as they are written; gcloud and curl are noted."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import yaml

from tests.deploy.definitions import FILLED_IN_WITH, NAMES, filled_in
from tests.deploy.document import DEPLOYMENT, ROOT, blocks
from tests.deploy.terraform.facts import Facts, Grant, Schedule, account, leaves, repository
from tests.deploy.terraform.watched import CHANNEL, Said, posted

# Each of them notes its words. `-` is what a pipe brings, which is read to its end.
NOTING = r"""
note() { printf '%s\037' "$@" >>"$NOTED"; printf '\036' >>"$NOTED"; }
gcloud() {
  note gcloud "$@"
  case "$*" in *" - "* | *=-*) cat >/dev/null ;; *projectNumber*) printf %s "$NUMBER" ;; esac
}
curl() {
  case "$*" in
    *"--data @-") note curl "$@" "$(cat)"; printf '{"name": "%s"}' "$CHANNEL_MADE" ;;
    *) note curl "$@" ;;
  esac
}
"""
GIVEN = {
    "DATABASE_URL": "",
    "SERVICES_DATABASE_URL": "",
    "APP_SECRET": "",
    "MOMENT": "",
    "TAG": "x",
}
# Not on Google Cloud, and what changes a definition.
ELSEWHERE = ("docker build", "docker compose", "one-machine.env", "name: IAP_AUDIENCE", "#channels")
LIMITS = {"max-dispatches-per-second", "max-concurrent-dispatches", "max-attempts"}
LIMITS |= {"min-backoff", "max-backoff", "max-doublings"}


class Called:
    """One command: its words, and its options by name."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = [word for word in words if not word.startswith("--")]
        options = (
            word.removeprefix("--").partition("=") for word in words if word.startswith("--")
        )
        self.options = {name: value for name, _, value in options}

    def begins(self, *words: str) -> bool:
        """Whether it is this command."""
        return self.words[: len(words)] == list(words)


class Guide:
    """The commands of the document, noted in a folder."""

    def __init__(self, folder: Path) -> None:
        pieces = [
            piece for piece in blocks(DEPLOYMENT) if not any(words in piece for words in ELSEWHERE)
        ]
        noted = folder / "noted"
        subprocess.run(
            ["/bin/bash", "-euc", "\n".join([NOTING, *pieces])],
            env={
                "PATH": os.environ["PATH"],
                **GIVEN,
                "NUMBER": FILLED_IN_WITH["NUMBER"],
                "CHANNEL_MADE": CHANNEL,
                "NOTED": str(noted),
            },
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
        lines = noted.read_text().split("\036")[:-1]
        self.called = [Called(line.split("\037")[:-1]) for line in lines]

    def those(self, *words: str) -> Iterator[Called]:
        """Yields the calls of one command."""
        return (each for each in self.called if each.begins("gcloud", *words))

    @cached_property
    def facts(self) -> Facts:
        """Everything that they make."""
        return Facts(
            interfaces={
                name for each in self.those("services", "enable") for name in each.words[3:]
            },
            repositories={
                (each.words[-1], each.options["repository-format"], each.options["location"])
                for each in self.those("artifacts", "repositories", "create")
            },
            accounts={each.words[-1] for each in self.those("iam", "service-accounts", "create")},
            grants={_grant(each) for each in self.called if "add-iam-policy-binding" in each.words},
            queues={
                each.words[-1]: {name: each.options[name].rstrip("s") for name in LIMITS}
                for each in self.those("tasks", "queues", "create")
            },
            secrets={each.words[-1] for each in self.those("secrets", "create")},
            schedules={
                each.words[-1]: _schedule(each)
                for each in self.those("scheduler", "jobs", "create", "http")
            },
            fields=dict(self._fields()),
            processes={name: definition(filled_in(name)) for name in self._deployed()},
            watched=dict(self._watched()),
        )

    def _fields(self) -> Iterator[tuple[str, list[str]]]:
        for each in self.called:
            if each.begins("curl") and "PATCH" in each.words:
                [address] = [word for word in each.words if word.startswith("https://firestore.")]
                [file] = [word for word in each.words if word.startswith("@")]
                indexes = json.loads((ROOT / file[1:]).read_text())["indexConfig"]["indexes"]
                found = re.search(r"databases/(.+)/collectionGroups/(\w+)/fields/(\w+)", address)
                assert found
                yield "/".join(found.groups()), sorted(map(_index, indexes))

    def _watched(self) -> Iterator[tuple[str, Said]]:
        for each in self.called:
            if each.begins("curl") and "POST" in each.words:
                [address] = [word for word in each.words if word.startswith("https://")]
                yield posted(address, each.words[-1])

    def _deployed(self) -> set[str]:
        """The definitions that some command takes; each of the folder has to be among them."""
        assert len(list(self.those("run", "services", "replace"))) >= 1
        text = "\n".join(blocks(DEPLOYMENT))
        loops = re.findall(r"for name in ([a-z -]+); do\n  fill", text)
        named = {name for names in loops for name in names.split()}
        named |= set(re.findall(r"fill deploy/([a-z-]+)\.yaml", text))
        assert named == set(NAMES)
        return named


def _schedule(each: Called) -> Schedule:
    options = each.options
    kind = "oidc" if "oidc-token-audience" in options else "oauth"
    return (
        options["schedule"],
        options["uri"],
        account(options[f"{kind}-service-account-email"]),
        options.get("oidc-token-audience", ""),
        options.get("attempt-deadline", ""),
    )


def _index(index: dict[str, object]) -> str:
    """Returns an index by its scope and kind."""
    fields = index["fields"]
    assert isinstance(fields, list)
    [one] = fields
    return f"{index['queryScope']} {one.get('order') or one['arrayConfig']}"


def _grant(each: Called) -> Grant:
    at = each.words.index("add-iam-policy-binding")
    kind, target = each.words[at - 1], each.words[at + 1]
    condition = each.options.get("condition", "None")
    if kind == "service-accounts":
        target = account(target)
    written = "" if condition == "None" else condition
    return f"{kind} {target}", each.options["role"], account(each.options["member"]), written


def definition(text: str) -> dict[str, str]:
    """Returns every value of a definition that was filled in, by its place in it."""
    return {
        place: repository(value) if place.endswith("/image") else value
        for place, value in leaves(yaml.safe_load(text))
        if place not in {"apiVersion", "kind"}
    }
