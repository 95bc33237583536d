"""Rules, each with a number, and which of them the settings break."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

Complaint = Callable[[Any], str]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One danger, and how to see it in the settings."""

    number: str
    complaint: Complaint  # a sentence that names the settings and no values; empty if all is well
    deployed_only: bool

    @property
    def id(self) -> str:
        """The name under which Django reports and silences it."""
        return f"visn_whatsapp.{self.number}"


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A rule that the settings break."""

    id: str
    complaint: str


RULES: list[Rule] = []


def violations(settings: Any) -> list[Violation]:
    """Returns every rule that these settings break."""
    deployed = getattr(settings, "DEPLOYED", True)
    found = (
        Violation(id=rule.id, complaint=rule.complaint(settings))
        for rule in sorted(RULES, key=attrgetter("number"))
        if deployed or not rule.deployed_only
    )
    return [violation for violation in found if violation.complaint]


def rule(number: str, *, deployed_only: bool = False) -> Callable[[Complaint], Complaint]:
    """Registers a rule."""

    def register(complaint: Complaint) -> Complaint:
        RULES.append(Rule(number=number, complaint=complaint, deployed_only=deployed_only))
        return complaint

    return register


def sentence(names: Collection[str], rest: str) -> str:
    """What all of these have in common; empty if there are none."""
    return f"{', '.join(names)} {rest}" if names else ""
