"""How personal data looks to a reader: whole where it was revealed to them, masked elsewhere."""

import re
from dataclasses import dataclass

from django.utils.crypto import salted_hmac

DOT = "\N{BULLET}"
CLEAR_DIGITS = 3  # of a number that is masked, so that a driver can be told from another
_FINGERPRINT_LENGTH = 6
# Whatever the module is called: the same message has the same fingerprint in what was exported.
_SALT = "message-id"
# Seven digits, which is longer than any of Meta's codes, with whatever people write between them.
_NUMBER = re.compile(r"\d(?:[\W_]{0,8}\d){6,}")
# The same, the id of a message, which embeds a number or a user id, and a user id with a digit.
IDENTITY = re.compile(
    rf"{_NUMBER.pattern}|wamid\.[\w=+/-]+|(?<![^\W_])[A-Z]{{2}}\.(?=\w{{0,40}}\d)[A-Za-z0-9]+"
)


@dataclass(frozen=True, slots=True)
class Sight:
    """What one reader may see of one object."""

    revealed: bool

    def number(self, number: str) -> str:
        """A phone number: `16505551234`, or but its last three digits."""
        if self.revealed or not number:
            return number
        hidden = len(number) - min(CLEAR_DIGITS, len(number) // 2)
        return DOT * hidden + number[hidden:]

    def user_id(self, user_id: str) -> str:
        """A business-scoped user id, or its country and its last three characters."""
        if self.revealed or not user_id:
            return user_id
        country, dot, rest = user_id.partition(".")
        known = dot and len(country) == 2 and country.isalpha() and len(rest) > 2 * CLEAR_DIGITS  # noqa: PLR2004
        return f"{country}.{DOT * 5}{rest[-CLEAR_DIGITS:]}" if known else DOT * 8

    def message_id(self, message_id: str) -> str:
        """Meta's id of a message, which embeds the person's number, or a fingerprint of it."""
        if self.revealed or not message_id:
            return message_id
        return f"#{fingerprint(message_id)}"

    def words(self, words: str) -> str:
        """A name, a text or an emoji, or as many dots; long texts are shortened."""
        if self.revealed or not words:
            return words
        return DOT * min(len(words), 12)

    def told(self, words: object) -> str:
        """What Meta says of an error: its words without numbers and ids; or all of it."""
        return str(words) if self.revealed else IDENTITY.sub(DOT * 4, str(words))


MASKED = Sight(revealed=False)


def fingerprint(value: str) -> str:
    """Six characters by which to tell values apart; they do not lead back to the value."""
    digest = salted_hmac(_SALT, value, algorithm="sha256").hexdigest()
    return digest[:_FINGERPRINT_LENGTH].upper()
