"""A notice: one thing that a look finds wrong, in words, with the page that shows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from eventlog.models import ProblemKind
from visn_whatsapp.explained import Explained


class Severity(Explained):
    """How soon somebody has to see to it; the worst comes first."""

    URGENT = "urgent", "Events are not applied until somebody acts."
    UNKNOWN = "unknown", "It could not be looked at: it may be well or not."
    WARNING = "warning", "Nothing is lost, and somebody should look at it today."


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What a person on call should know. Its words hold no personal data and no lease number.

    Notices of one kind and subject are of one problem.
    """

    kind: ProblemKind
    subject: str = ""  # what tells it from others of its kind; may hold a lease number
    lease_number: str = ""  # which it is about
    count: int = 1  # of what the rule of its kind counts; less than that opens no problem
    first_at: datetime | None = None  # when it was seen first; None: now
    last_at: datetime | None = None  # when it was seen last; None: now
    severity: Severity
    words: str  # whole sentences: what is wrong since when, and what the cause may be
    page: str = ""  # the name of the route that shows it; empty: there is none
    query: str = ""  # of that page
    link: str = "Show"  # what the link says

    @property
    def url(self) -> str:
        """Where it is shown, in a process that serves the event log; empty: nowhere."""
        return address(self.page, self.query)


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """Somebody who looks after one thing."""

    subject: str  # as in "It could not be told whether there are …"
    kinds: frozenset[ProblemKind]  # of which it would find problems
    # Called with the database's time once a minute, so it costs a cheap query or a few. Returns
    # nothing when all is well, and may raise whatever keeps it from looking.
    find: Callable[[datetime], Sequence[Notice]]


def address(page: str, query: str) -> str:
    """The address of a route with a query; empty where there is no route."""
    return f"{reverse(page)}{'?' if query else ''}{query}" if page else ""
