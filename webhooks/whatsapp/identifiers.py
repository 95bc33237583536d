"""Phone numbers, user ids and message ids: their forms, and what else names the same thing."""

import re
from urllib.parse import quote

from visn_whatsapp.untrusted import is_digits
from webhooks.whatsapp.limits import MESSAGE_ID_BYTES, USER_ID_LENGTH

_NOT_DIGITS = re.compile(r"[^0-9]+")
_USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]+")
_RESERVED = re.compile(r"\.|\.\.|__.*__")

# One character becomes at most four bytes of UTF-8, each of them three characters (%XX).
_SURELY_SHORT = MESSAGE_ID_BYTES // 12

# A country code, a digit that WhatsApp drops or inserts, and the rest of the number.
_OPTIONAL_DIGIT = (
    # Brazil: the ninth digit of mobile numbers. Eight digits from 2 to 5 on are a landline.
    (re.compile(r"(55[1-9][0-9])(9?)([016-9][0-9]{7})"), "9"),
    # Argentina: a 9 before the area code of mobile numbers.
    (re.compile(r"(54)(9?)([0-8][0-9]{9})"), "9"),
    # Mexico: a 1 before the area code of mobile numbers.
    (re.compile(r"(52)(1?)([02-9][0-9]{9})"), "1"),
)


class UnusableMessageIdError(ValueError):
    """A message id that cannot name a Firestore document. The words never hold the id itself."""


def digits(number: str) -> str:
    """The digits of a phone number: `+1 555-078-3881` gives `15550783881`.

    Only 0 to 9 count: digits of other scripts do not occur in numbers that Meta sends.
    """
    if is_digits(number):
        return number
    return _NOT_DIGITS.sub("", number)


def is_user_id(word: str) -> bool:
    """Whether this has the form of a business-scoped user id, `US.13491208655302741918`.

    The form is a country of two capitals, a dot, and ASCII letters or digits.
    """
    return len(word) <= USER_ID_LENGTH and _USER_ID.fullmatch(word) is not None


def spellings(number: str) -> tuple[str, ...]:
    """All digits that may stand for this WhatsApp number (digits only), itself first.

    WhatsApp drops the mobile 9 of some Brazilian numbers and inserts a 9 into Argentinian and a
    1 into Mexican ones, so what people stored and what Meta sends may differ by that digit. Each
    spelling of a number gives the same set.
    """
    for pattern, digit in _OPTIONAL_DIGIT:
        match = pattern.fullmatch(number)
        if match:
            country, present, rest = match.groups()
            return (number, country + rest if present else country + digit + rest)
    return (number,)


def document_id(message_id: str) -> str:
    """The id of the Firestore document of this message, as the contract with ViSN has it.

    Raises UnusableMessageIdError for an id that is empty or that Firestore would reject: longer
    than 1500 bytes, `.`, `..`, or between double underscores.
    """
    if not message_id:
        raise UnusableMessageIdError("the message id is empty")
    quoted = quote(message_id, safe="=")
    if len(quoted) > MESSAGE_ID_BYTES:
        raise UnusableMessageIdError(f"the message id exceeds {MESSAGE_ID_BYTES} bytes once quoted")
    if _RESERVED.fullmatch(quoted):
        raise UnusableMessageIdError("the message id is one that Firestore reserves")
    return quoted


def can_name_document(message_id: str) -> bool:
    """Whether `document_id` accepts this message id; cheap for those that Meta sends."""
    if 0 < len(message_id) <= _SURELY_SHORT and message_id[0] not in "._":
        return True
    try:
        document_id(message_id)
    except UnusableMessageIdError:
        return False
    return True
