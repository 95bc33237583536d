"""How personal data looks to a reader: whole where it was revealed to him, masked elsewhere."""

import re
from dataclasses import dataclass

from django.utils.crypto import salted_hmac

DOT = "\N{BULLET}"
CLEAR_DIGITS = 3  # of a number that is masked, so that a driver can be told from another
_FINGERPRINT_LENGTH = 6
# Seven digits, which is longer than any of Meta's codes, with whatever people write between them.
NUMBER = re.compile(r"\d(?:[\W_]{0,3}\d){6,}")


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
        """What Meta says of an error: its own words, in which no number stands; or all of it."""
        return str(words) if self.revealed else NUMBER.sub(DOT * 4, str(words))


MASKED = Sight(revealed=False)


def fingerprint(value: str) -> str:
    """Six characters by which to tell values apart; they do not lead back to the value."""
    digest = salted_hmac("listeners.log.masking", value, algorithm="sha256").hexdigest()
    return digest[:_FINGERPRINT_LENGTH].upper()
