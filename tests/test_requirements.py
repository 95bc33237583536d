"""The locks, held to each other and to what they lock, without asking a package index."""

import re
from importlib.metadata import requires
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements"
Pins = dict[str, dict[str, frozenset[str]]]  # name → version → hashes


def pins(*files: str) -> Pins:
    """Reads what locks pin."""
    found: Pins = {}
    for file in files:
        text = (REQUIREMENTS / file).read_text().replace("\\\n", "")
        for name, version, rest in re.findall(r"^([\w.-]+)==(\S+)(.*)$", text, re.MULTILINE):
            found.setdefault(name, {})[version] = frozenset(re.findall(r"--hash=(\S+)", rest))
    return found


def wanted(file: str) -> dict[str, str]:
    """Reads the names and the bounds of what somebody asks for."""
    lines = (
        line.partition("#")[0].strip() for line in (REQUIREMENTS / file).read_text().split("\n")
    )
    found = [re.fullmatch(r"(\w[\w.-]*)(?:\[[\w,-]+\])?(.*)", line) for line in lines if line]
    return {match[1]: match[2] for match in found if match}


def test_every_pin_has_hashes() -> None:
    every = pins("base.txt", "otel.txt", "dev.txt", "next.txt", "bench.txt", "deploy.txt")
    assert [name for name, versions in every.items() if not all(versions.values())] == []


def test_everything_that_is_asked_for_is_pinned() -> None:
    for name in ("base", "otel", "dev", "deploy"):
        assert wanted(f"{name}.in").keys() <= pins(f"{name}.txt").keys()


def test_what_is_in_two_locks_is_the_same() -> None:
    """They are installed into one environment."""
    for one, other in (("base.txt", "dev.txt"), ("base.txt", "otel.txt"), ("otel.txt", "dev.txt")):
        first, second = pins(one), pins(other)
        both = first.keys() & second.keys()
        assert both
        assert {name: first[name] for name in both} == {name: second[name] for name in both}


def test_the_next_lock_is_the_others_with_the_next_django() -> None:
    """It stays behind where somebody changes base.txt or dev.txt without `make lock`."""
    now, following = pins("base.txt", "dev.txt"), pins("next.txt")
    may_differ = {re.split(r"\W", need)[0].lower() for need in requires("django") or ()}
    differing = (now.keys() | following.keys()) - may_differ
    assert {name for name in differing if now.get(name) != following.get(name)} == {"django"}


def test_the_move_to_the_next_django_is_one_line() -> None:
    [(name, bounds)] = wanted("next.in").items()
    assert name == "django"
    assert bounds != wanted("base.in")["django"]
    for file, given in (("next.txt", bounds), ("base.txt", wanted("base.in")["django"])):
        least, most = re.findall(r"\d+\.\d+", given)
        [version] = pins(file)["django"]
        assert numbers(least) <= numbers(version) < numbers(most)


def numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]


def test_the_oldest_python_is_the_same_everywhere() -> None:
    named = {
        "Makefile": r"^OLDEST := (\S+)$",
        "README.md": r"^Python (\S+) or newer",
        "CONTRIBUTING.md": r"a Python from (\S+) on",
        "deploy/Dockerfile": r"^FROM python:(\S+)-slim",
        "pyproject.toml": r'^(?:requires-python = ">=|python_version = ")(\S+)"$',
    }
    found = {
        version
        for file, pattern in named.items()
        for version in re.findall(pattern, (ROOT / file).read_text(), re.MULTILINE) or [file]
    }
    assert len(found) == 1, found
    [target] = re.findall(r'target-version = "py3(\d+)"', (ROOT / "pyproject.toml").read_text())
    assert found == {f"3.{target}"}
