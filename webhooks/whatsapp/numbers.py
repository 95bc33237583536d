"""Phone numbers: their digits, and all that may stand for one of them."""

import re
from collections.abc import Callable

from visn_whatsapp.untrusted import is_digits

_NOT_DIGITS = re.compile(r"[^0-9]+")


def _of_ivory_coast(rest: str) -> str:
    """What was put before an Ivorian mobile number in 2021: by operator, which its second digit
    told.
    """
    return "01" if rest[1] < "4" else "05" if rest[1] < "7" else "07"


# A country code, digits that may be left out, the rest of the number; and what those digits are.
# Compared with libphonenumber's metadata (9.0.43) for the numbers of today.
_PLANS: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
    # Brazil: the ninth digit of mobile numbers. Eight digits from 2 to 5 on are a landline.
    (re.compile(r"(55[1-9][0-9])(9?)([016-9][0-9]{7})"), lambda _: "9"),
    # Argentina: a 9 before the area code of mobile numbers.
    (re.compile(r"(54)(9?)([0-8][0-9]{9})"), lambda _: "9"),
    # Mexico: a 1 before the area code of mobile numbers.
    (re.compile(r"(52)(1?)([02-9][0-9]{9})"), lambda _: "1"),
    # Ivory Coast, ten digits since 2021. Eight digits from 2 or 3 on were a landline.
    (re.compile(r"(225)(0[157])?([014-9][0-9]{7})"), _of_ivory_coast),
    # Benin, ten digits since 2024.
    (re.compile(r"(229)(01)?([0-9]{8})"), lambda _: "01"),
)


def digits(number: str) -> str:
    """The digits of a phone number: `+1 555-078-3881` gives `15550783881`.

    Only 0 to 9 count: digits of other scripts do not occur in numbers that Meta sends.
    """
    if is_digits(number):
        return number
    return _NOT_DIGITS.sub("", number)


def is_same_number(one: str, other: str) -> bool:
    """Whether two numbers (digits only) are spellings of one; an absent number is no other's."""
    return bool(one and other) and (one == other or other in spellings(one))


def canonical(number: str) -> str:
    """The smallest of a number's spellings, as text: the one that stands for all of them."""
    return min(spellings(number))


def spellings(number: str) -> tuple[str, ...]:
    """All digits that may stand for this WhatsApp number (digits only), itself first.

    WhatsApp drops the mobile 9 of some Brazilian numbers, inserts a 9 into Argentinian and a 1 into
    Mexican ones, and may keep what a number was before its plan grew; so what people stored and
    what Meta sends may differ. Each spelling of a number gives the same set.
    """
    for pattern, inserted in _PLANS:
        match = pattern.fullmatch(number)
        if match:
            country, present, rest = match.groups()
            digits_between = inserted(rest)
            if present and present != digits_between:
                return (number,)
            return (number, country + ("" if present else digits_between) + rest)
    return (number,)
