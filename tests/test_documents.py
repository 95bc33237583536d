"""What the documents say can be run, followed and looked up."""

import ast
import re
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.urls import URLPattern, URLResolver

from tests.house import PACKAGES
from tests.test_log_lines import calls
from visn_whatsapp.roles import ALL_SERVICES
from visn_whatsapp.urls import routes
from webhooks.outcomes import Reason

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *(document for room in ("deploy", "docs") for document in sorted((ROOT / room).rglob("*.md"))),
]
README = (ROOT / "README.md").read_text()
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()


BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
FOLDERS = "|".join(("benchmarks", "deploy", "docs", "findings", "requirements", "tests", *PACKAGES))
PATH = re.compile(rf"(?<![\w/.-])(?:{FOLDERS})/[\w/.*-]*")
# The runbook says `manage …`, which it gives a meaning first.
COMMAND = re.compile(r"(?:manage\.py|^manage) (\w+)(.*)")


def code(text: str) -> Iterator[str]:
    """Yields each line of code, and each piece of it within a sentence."""
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", BLOCK.sub("", text))


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yields the name and the options of each command of manage.py."""
    for line in code(text):
        if match := COMMAND.search(line.partition("  #")[0]):
            yield match[1], re.findall(r"(?<!\S)--([a-z-]+)", match[2])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_and_option_exists(document: Path) -> None:
    exist(commands(document.read_text()))


def exist(named: Iterable[tuple[str, list[str]]]) -> None:
    """Fails for a command or an option that does not."""
    for name, options in named:
        command = load_command_class(get_commands()[name], name)
        parser = command.create_parser("manage.py", name)
        known = {option for action in parser._actions for option in action.option_strings}
        assert {f"--{option}" for option in options} - known == set()


def test_what_people_are_told_to_run_is_written_as_in_the_runbook() -> None:
    """Pages and messages say `manage …` too: where it runs is for the runbook to say."""
    told = list(words_to_people())
    assert [
        words for words in told if re.search(r"(?<!\.venv/bin/python )manage\.py ", words)
    ] == []
    found = [
        match for words in told for match in re.finditer(r"[>(“ ]manage (\w+)([^”<.]*)", words)
    ]
    named = [match for match in found if match[1] in get_commands()]
    exist((match[1], re.findall(r"--([a-z-]+)", match[2])) for match in named)
    assert {match[1] for match in named} >= {"restored", "catch_up", "accounted", "reconcile"}


def words_to_people() -> Iterator[str]:
    """Yields each template, and each string of the code that explains none."""
    for app in PACKAGES:
        for template in (ROOT / app).rglob("*.html"):
            yield template.read_text()
        for module in (ROOT / app).rglob("*.py"):
            yield from strings(ast.parse(module.read_text()))


def strings(module: ast.Module) -> Iterator[str]:
    """Yields its strings without the docstrings, and pieces of one as one."""
    nodes = list(ast.walk(module))
    passed = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    passed |= {
        id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values
    }
    for node in (node for node in nodes if id(node) not in passed):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(getattr(part, "value", "")) for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_command_runs_as_it_is_pasted(document: Path) -> None:
    """On most machines `python` is no Python of ours: it is named, or `manage` stands for it."""
    lines = code(document.read_text())
    assert [line for line in lines if re.match(r"\s*(python|pytest|granian)\b", line)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_and_module_exists(document: Path) -> None:
    """`KIND` in a path stands for each kind of event."""
    pieces = list(code(document.read_text()))
    paths = {path for piece in pieces for path in re.findall(PATH, piece)}
    patterns = {path.rstrip(".").replace("KIND", "*") for path in paths}
    assert [pattern for pattern in patterns if not list(ROOT.glob(pattern))] == []
    modules = {name for piece in pieces for name in re.findall(r"python -m ([a-z_.]+)", piece)}
    assert [name for name in modules if find_spec(name) is None] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_target_of_make_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        match[1] for line in code(document.read_text()) if (match := re.match(r"make (\w+)", line))
    }
    assert named - targets == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    text = BLOCK.sub("", COMMENT.sub("", document.read_text()))
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        linked = document.parent / path if path else document
        assert linked.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(), re.MULTILINE)
            assert anchor in {anchor_of(heading) for heading in headings}, target


def anchor_of(heading: str) -> str:
    """How GitHub names a heading in an address."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_the_readme_names_every_route() -> None:
    mounted = {f"/{path}" for path in paths(routes(ALL_SERVICES))}
    named = set(re.findall(r"`(?:GET |POST )?(/[a-z0-9/.-]*)`", README))
    assert mounted <= named


def paths(mounted: list[URLPattern | URLResolver]) -> Iterator[str]:
    for route in mounted:
        if str(route.pattern).startswith("admin/"):
            yield "admin/"
        else:
            yield str(route.pattern)


def test_the_runbook_explains_every_reason_in_its_state() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", RUNBOOK, re.MULTILINE)
    assert sorted(rows) == sorted((reason.value, reason.state.value) for reason in Reason if reason)


def test_the_runbook_quotes_log_lines_that_exist() -> None:
    table = re.search(r"^\| line \|.*?(?=\n\n)", RUNBOOK, re.MULTILINE | re.DOTALL)
    assert table
    firsts = re.findall(r"^\| (`.*?`+) \|", table.group(), re.MULTILINE)
    quoted = [words.strip("`") for first in firsts for words in re.split(r"(?<=`), (?=`)", first)]
    written = {call.sentence() for call in calls()}
    assert [words for words in quoted if words not in written] == []
    assert len(quoted) >= 18
