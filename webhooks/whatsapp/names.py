"""All that names one person, and where it stands."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from webhooks.whatsapp.items import Person
from webhooks.whatsapp.numbers import spellings

_LEAST_DIGITS = 7  # of a number that is looked for among other words


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """The numbers of somebody, digits only and in each of their spellings, and their user ids."""

    numbers: frozenset[str] = frozenset()
    user_ids: frozenset[str] = frozenset()

    @classmethod
    def of(cls, people: Iterable[Person]) -> "Names":
        """The names by which these people are known, who are one."""
        known = [*people]
        return cls(
            numbers=frozenset(
                form for each in known if each.number for form in spellings(each.number)
            ),
            user_ids=frozenset(each.user_id for each in known) - {""},
        )

    def joined(self, other: "Names") -> "Names":
        """These names and those."""
        return Names(numbers=self.numbers | other.numbers, user_ids=self.user_ids | other.user_ids)

    def name(self, person: Person) -> bool:
        """Whether they name this person: by the user id, or else by the number.

        Who has another user id is somebody else, to whom a number was given.
        """
        if person.user_id and self.user_ids:
            return person.user_id in self.user_ids
        return person.number in self.numbers or person.user_id in self.user_ids

    def are_in(self, text: str) -> bool:
        """Whether one of them stands in a text, and is no part of a longer number or word."""
        return any(pattern.search(text) for pattern in self._patterns())

    def replaced(self, text: str, words: str) -> str:
        """The text with other words in the place of each name."""
        for pattern in self._patterns():
            text = pattern.sub(words, text)
        return text

    def _patterns(self) -> Iterable[re.Pattern[str]]:
        for number in self.numbers:
            if len(number) >= _LEAST_DIGITS:
                yield re.compile(rf"(?<!\d){number}(?!\d)")
        for user_id in self.user_ids:
            yield re.compile(rf"(?<![\w.]){re.escape(user_id)}(?!\w)")
