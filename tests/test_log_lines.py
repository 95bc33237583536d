"""What the code writes into the log: constant sentences, and the fields that may be written."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.house import PACKAGES
from visn_whatsapp.logs import FIELDS, OUR_LOGGERS

ROOT = Path(__file__).resolve().parents[1]
METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
OPTIONS = {"extra", "exc_info", "stacklevel"}
# One of them: what ends a sentence is followed by a space nowhere within it.
SENTENCE = re.compile(r"[A-Z](?:[^{}%\n.?!]|[.?!](?! ))+\.")


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of a logger."""

    place: str
    call: ast.Call

    def options(self) -> dict[str | None, ast.expr]:
        """By their names; None is what is handed on by `**`."""
        return {option.arg: option.value for option in self.call.keywords}

    def sentence(self) -> str:
        """Its only argument; empty where that is no constant."""
        match self.call.args:
            case [ast.Constant(value=str(words))]:
                return words
            case _:
                return ""

    def fields(self) -> set[str] | None:
        """The names in its `extra`; None where they are not written out in the call."""
        extra = self.options().get("extra")
        if extra is None:
            return set()
        if not isinstance(extra, ast.Dict):
            return None
        names = [getattr(key, "value", None) for key in extra.keys]
        return None if None in names else {str(name) for name in names}


@cache
def calls() -> tuple[Call, ...]:
    """Returns each call of a logger in the code, which is read once for all who ask."""
    return tuple(_calls())


def _calls() -> Iterator[Call]:
    for package in PACKAGES:
        for module in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(module.read_text())):
                if isinstance(node, ast.Call) and of_a_logger(node):
                    yield Call(place=f"{module.relative_to(ROOT)}:{node.lineno}", call=node)


def of_a_logger(call: ast.Call) -> bool:
    """Whether it is `logger.warning(…)` or the like."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="logger" | "logging"), attr=name):
            return name in METHODS
        case _:
            return False


def test_every_line_is_a_constant_sentence() -> None:
    others = [call.place for call in calls() if not SENTENCE.fullmatch(call.sentence())]
    assert others == []
    assert len(calls()) >= 20


def test_what_varies_is_written_out_and_these_are_all_the_fields() -> None:
    assert [call.place for call in calls() if call.options().keys() - OPTIONS] == []
    assert [call.place for call in calls() if call.fields() is None] == []
    assert set().union(*(call.fields() or () for call in calls())) == FIELDS


def test_one_sentence_says_one_thing() -> None:
    """Whoever looks for a line finds the one place in the code that writes it."""
    places: dict[str, set[str]] = {}
    for call in calls():
        places.setdefault(call.sentence(), set()).add(call.place)
    assert {words: found for words, found in places.items() if len(found) > 1} == {}


def test_every_module_has_its_logger_by_one_name() -> None:
    made = re.compile(r"getLogger\(([^)]*)\)")
    for package in sorted(OUR_LOGGERS & set(PACKAGES)):
        for module in (ROOT / package).rglob("*.py"):
            text = module.read_text()
            if found := made.findall(text):
                assert found == ["__name__"], module
                assert "\nlogger = logging.getLogger(__name__)\n" in text, module
