"""Enumerations whose members explain themselves."""

from enum import StrEnum
from typing import Self


class Explained(StrEnum):
    """A word and what it means, for people: `WORD = "word", "What it means."`"""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Self:
        """Makes a member that is its word."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member


class Labelled(StrEnum):
    """A word of an address and what a page calls it: `WORD = "word", "its label"`."""

    label: str

    def __new__(cls, value: str, label: str) -> Self:
        """Makes a member that is its word."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member
