"""What one word of Meta's says of what is not processed: a row of the tables of kinds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """A word of Meta's, for people."""

    label: str  # what it is, in a word or two: `Photo`
    did: str  # what the driver did, or Meta, and what the customer sees of it, in a sentence
    advice: str  # what support should do, or tell whom, in sentences
