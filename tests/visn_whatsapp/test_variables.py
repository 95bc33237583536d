"""What is written about variables, compared with the variables that the settings read."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house import PACKAGES
from visn_whatsapp.roles import ALL_SERVICES, required

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ROOT / "visn_whatsapp" / "settings"
README = ROOT / "README.md"


def names_read() -> set[str]:
    """Returns the first argument of every env.text(…), env.words(…) and so on in the settings."""
    return {name for module in SETTINGS.glob("*.py") for name in names_read_in(module)}


def names_read_in(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text())):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="env")), args=[ast.Constant(value=str(name))]
            ):
                yield name


def test_the_example_names_every_variable_once() -> None:
    named = re.findall(r"^#?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(named) == sorted(names_read())


def test_the_example_loads_as_it_stands(tmp_path: Path) -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    odd = [line for line in lines if line and not re.match(r"#( |-|$|[A-Z0-9_]+=)", line)]
    assert odd == []


def test_the_readme_names_every_variable_once() -> None:
    table = re.search(
        r"^\| *variable *\|.*?(?=\n\n|\Z)", README.read_text(), re.MULTILINE | re.DOTALL
    )
    assert table, "README.md has a table whose first column is headed variable"
    named = re.findall(r"^\| *`([A-Z][A-Z0-9_]*)`", table.group(), re.MULTILINE)
    assert sorted(named) == sorted(names_read())


def reads_environment(module: Path) -> bool:
    """Returns whether a module mentions os.environ or os.getenv in its code."""
    return any(
        isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
        for node in ast.walk(ast.parse(module.read_text()))
    )


def test_only_the_settings_read_the_environment() -> None:
    modules = {
        str(module.relative_to(ROOT)): module
        for app in PACKAGES
        for module in (ROOT / app).rglob("*.py")
        if SETTINGS not in module.parents
    }
    readers = {name for name, module in modules.items() if reads_environment(module)}
    assert readers == {
        "listeners/firestore/connection.py",  # asks where Google's client will go, as that does
        "sandbox/stack/environment.py",  # hands parts of it to the processes of a stack
        "visn_whatsapp/wsgi.py",  # names the settings to load
    }


def test_every_required_variable_is_read() -> None:
    assert set(required(ALL_SERVICES)) <= names_read()
