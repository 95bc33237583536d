"""Enumerations of words that rows, addresses and documents hold, with more about each word."""

from enum import StrEnum
from typing import Self

_NAMES = {"whatsapp": "WhatsApp", "json": "JSON"}


class Word(StrEnum):
    """A word, and what its `__init__` takes beside it: `WORD = "word", …`."""

    def __new__(cls, value: str, *_: object) -> Self:
        """Makes a member that is its word."""
        member = str.__new__(cls, value)
        member._value_ = value
        return member

    @property
    def phrase(self) -> str:
        """The word as people say it: `no active tracking`."""
        return phrase_of(self)

    @classmethod
    def of(cls, word: str) -> Self:
        """The member that is this word. Raises ValueError if there is none."""
        return cls(word)

    @classmethod
    def known(cls, word: str) -> Self | None:
        """The member that is this word, which anybody may have written; None if there is none."""
        try:
            return cls(word)
        except ValueError:
            return None


def phrase_of(word: str) -> str:
    """A word of an address or a row as people say it, also one of another release."""
    return " ".join(_NAMES.get(part, part) for part in word.split("_"))


class Explained(Word):
    """A word and what it means, for people: `WORD = "word", "What it means."`"""

    meaning: str

    def __init__(self, _: str, meaning: str) -> None:
        self.meaning = meaning


class Labelled(Word):
    """A word of an address and what a page calls it: `WORD = "word", "its label"`."""

    label: str

    def __init__(self, _: str, label: str) -> None:
        self.label = label
