"""A notice: one thing that is not as it should be, in words, with the page that shows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from visn_whatsapp.explained import Explained


class Severity(Explained):
    """How soon somebody has to see to it; the worst comes first."""

    URGENT = "urgent", "Events are not applied until somebody acts."
    UNKNOWN = "unknown", "It could not be looked at: it may be well or not."
    WARNING = "warning", "Nothing is lost, and somebody should look at it today."


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What a person on call should know. Its words hold no personal data."""

    severity: Severity
    words: str  # whole sentences: what is wrong since when, and what the cause may be
    page: str = ""  # the name of the route that shows it; empty: there is none
    query: str = ""  # of that page
    link: str = "Show"  # what the link says

    @property
    def url(self) -> str:
        """Where it is shown, in a process that serves the event log; empty: nowhere."""
        return f"{reverse(self.page)}{'?' if self.query else ''}{self.query}" if self.page else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """Somebody who looks after one thing."""

    subject: str  # as in "It could not be told whether there are …"
    # Called with the database's time at each look at the front page, so it costs a cheap query
    # or two. Returns nothing when all is well, and may raise whatever keeps it from looking.
    find: Callable[[datetime], Sequence[Notice]]
