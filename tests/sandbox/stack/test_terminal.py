"""Columns stay aligned, and colour is for terminals."""

import io

import pytest

from sandbox.stack.terminal import Colour, Terminal, fit, width


@pytest.mark.parametrize(
    ("text", "columns"),
    [("plain", 5), ("né", 2), ("\N{THUMBS UP SIGN}", 2), ("\u2764\ufe0f", 1), ("\u6f22\u5b57", 4)],
)
def test_the_width_is_that_of_a_terminal(text: str, columns: int) -> None:
    assert width(text) == columns


@pytest.mark.parametrize(
    ("text", "fitted"),
    [
        ("short", "short   "),
        ("exactly8", "exactly8"),
        ("more than eight", "more th…"),
        ("\u6f22\u5b57\u6f22\u5b57\u6f22", "\u6f22\u5b57\u6f22… "),
    ],
)
def test_a_text_fits_its_column(text: str, fitted: str) -> None:
    assert (fit(text, 8), width(fit(text, 8))) == (fitted, 8)


class Screen(io.StringIO):
    """A stream that says that somebody looks at it."""

    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO) -> str:
    terminal = Terminal(stream)
    terminal.line(terminal.paint("red", Colour.RED))
    return stream.getvalue()


def test_a_terminal_gets_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert shown(Screen()) == "\x1b[31mred\x1b[0m\n"


def test_a_file_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert shown(io.StringIO()) == "red\n"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colour_can_be_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv(name, value)
    assert shown(Screen()) == "red\n"
