"""Where things lie: tests beside what they test, and the structure as CONTRIBUTING.md draws it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.house import PACKAGES, ROOT

TESTS = ROOT / "tests"
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
# Rooms of tests that are about no single module; each says what it is about in CONTRIBUTING.md.
ROOMS = {path.name for path in TESTS.iterdir() if path.is_dir()} - {*PACKAGES, "__pycache__"}


def mirrored() -> Iterator[Path]:
    """Every test file that lies in a folder named after a package of ours."""
    for package in PACKAGES:
        yield from (TESTS / package).rglob("test_*.py")


def _source_of(path: Path) -> Path | None:
    """The module that a test file is named after: alone, or with what of it is tested."""
    folder = ROOT / path.relative_to(TESTS).parent
    words = path.stem.removeprefix("test_").split("_")
    names = ("_".join(words[:end]) for end in range(len(words), 0, -1))
    found = (each for name in names for each in (folder / f"{name}.py", folder / name))
    return next((each for each in found if each.exists()), None)


def test_tests_mirror_the_source() -> None:
    files = list(mirrored())
    assert len(files) > 100
    assert [str(path.relative_to(ROOT)) for path in files if _source_of(path) is None] == []


def test_every_other_room_of_tests_is_explained() -> None:
    explained = {room for room in ROOMS if f"| `tests/{room}/` |" in CONTRIBUTING}
    assert explained == ROOMS


def drawn() -> Mapping[str, set[str]]:
    """What the drawing in CONTRIBUTING.md names in each package; a slash ends a package's name."""
    [drawing] = re.findall(
        r"^## Where things are\n\n```\n(.*?)^```", CONTRIBUTING, re.MULTILINE | re.DOTALL
    )
    parts = re.split(r"^(\w+)/ +.*\n", drawing, flags=re.MULTILINE)
    words = (re.sub(r"\([^)]*\)|·", " ", each).split() for each in parts[2::2])
    return {package: set(named) for package, named in zip(parts[1::2], words, strict=True)}


def there(package: str) -> set[str]:
    """The modules and packages of a package, those without code of ours left out.

    Of a package that was moved away, Python's caches stay in many a working copy.
    """
    entries = {path for path in (ROOT / package).iterdir() if not path.name.startswith("__")}
    folders = {f"{path.name}/" for path in entries if path.is_dir() and holds_files(path)}
    return folders | {path.stem for path in entries if path.suffix == ".py"}


def holds_files(folder: Path) -> bool:
    """Whether it holds any file, but for caches."""
    return any(path.is_file() and path.parent.name != "__pycache__" for path in folder.rglob("*"))


def test_the_drawing_names_every_module_and_no_other() -> None:
    assert list(drawn()) == list(PACKAGES)
    wiring = {"apps", "migrations/"}
    assert {name: named - wiring for name, named in drawn().items()} == {
        name: there(name) - wiring for name in PACKAGES
    }


def test_what_is_signed_or_masked_outlasts_the_name_of_its_module() -> None:
    """A salt that is a module's name is another one as soon as the module moves."""
    salt = re.compile(rf'(?i)salt\w*\W+"(?:{"|".join(PACKAGES)})\.')
    modules = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    assert any("salt" in path.read_text() for path in modules)
    assert [path.name for path in modules if salt.search(path.read_text())] == []
