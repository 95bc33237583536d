"""One link of what stands above a list: where it leads, and whether it is taken already."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A link to the list as it is with the choice, or without it where it is taken."""

    label: str
    url: str
    chosen: bool
    icon: str = ""
    hint: str = ""
    more: str = ""  # what the label is, for people
