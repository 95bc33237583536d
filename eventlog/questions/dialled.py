"""Phone numbers as people dial them, from abroad or at home, and what WhatsApp would call them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from webhooks.whatsapp.numbers import digits

SHORTEST = 6  # digits; fewer are an event's own number
LONGEST = 15  # of an international number (E.164)
_SHORTEST_WHOLE = 10  # fewer digits are looked for as a part of a number
_SHORTEST_AT_HOME = 9  # with the trunk prefix: fewer are rather the end of a number
_NUMBER = re.compile(r"[+0-9 ()./\-\u00a0]+")
# Written in numbers that are dialled at home and from abroad; only at home the zero counts.
_TRUNK_ZERO = "(0)"
_FROM_ABROAD = ("+", "00")

_COUNTRY_CODE = re.compile(  # ITU-T E.164
    "1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{3}"
)
# What is dialled at home before a number and is no part of it, by country code, where it is not one
# zero. Nothing: the number begins with its zero from abroad, too. Where no prefix is dialled, no
# number begins with a zero, and one that was typed is none of it. Compared with libphonenumber's
# metadata (9.0.43).
_TRUNK_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "1": ("1",),
    "7": ("8",),
    "36": ("06",),
    "39": (),
    "225": (),
    "226": (),
    "229": (),
    "242": (),
    "370": ("0", "8"),
    "375": ("80", "8", "0"),
    "378": (),
    "692": ("1",),
    "993": ("8",),
}
_USUAL = ("0",)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialled:
    """What somebody typed as a phone number, or as the end of one."""

    digits: str  # without what is dialled to leave a country
    from_abroad: bool  # it begins with a country code, and says so

    @classmethod
    def read(cls, word: str) -> Self | None:
        """None for what does not look like a number, or is too short for one."""
        if not _NUMBER.fullmatch(word):
            return None
        found = digits(word.replace(_TRUNK_ZERO, ""))
        whole = found.removeprefix("00")
        from_abroad = word.lstrip(" (").startswith(_FROM_ABROAD)
        return cls(digits=whole, from_abroad=from_abroad) if len(whole) >= SHORTEST else None

    def at_home(self, others: Iterable[str]) -> list[str]:
        """What it may be in the countries of other numbers (digits only), each once."""
        if self.from_abroad:
            return []
        codes = dict.fromkeys(filter(None, map(country_code, others)))
        found = (code + rest for code in codes for rest in self._without_trunk(code))
        return list(dict.fromkeys(each for each in found if len(each) <= LONGEST))

    def ends(self) -> tuple[str, ...]:
        """What the number that is meant may end in; nothing where it is whole.

        Also without the zero that is dialled at home: the driver may be of any country.
        """
        if self.from_abroad:
            return ()
        national = len(self.digits) >= _SHORTEST_AT_HOME and self.digits.startswith("0")
        return (self.digits, self.digits[1:]) if national else (self.digits,)

    @property
    def is_part(self) -> bool:
        """Whether it is rather the end of a number than one: few digits, and no country code."""
        return bool(self.ends()) and len(self.digits) < _SHORTEST_WHOLE

    def _without_trunk(self, code: str) -> Iterator[str]:
        prefixes = _TRUNK_PREFIXES.get(code, _USUAL)
        prefix = next((each for each in prefixes if self.digits.startswith(each)), "")
        if prefix:
            yield self.digits[len(prefix) :]
        if not prefix.startswith("0"):  # a number may begin with the other digits itself
            yield self.digits


def country_code(number: str) -> str:
    """The country code of an international number, digits only; empty if it has none."""
    found = _COUNTRY_CODE.match(number)
    return found[0] if found else ""
