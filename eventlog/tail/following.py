"""Follows the events: each look finds what has come in and what has changed since the one before.

Rows are committed later than the moments that they bear, in another order than their ids, and some
bear the same moment. So a look goes back before the one before: by a little each time, and now and
then by all that a commit may be late (`webhooks.clock.LATE`). What it comes upon again is known.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice

from django.db.models import QuerySet

from eventlog.questions.windows import NEWEST_FIRST
from eventlog.tail import lines
from eventlog.tail.changes import COLUMNS, Change, change_of
from eventlog.tail.said import Said
from eventlog.tail.streams import Found, open_before, received_since, settled_since
from visn_whatsapp.read_only import read_only
from webhooks.clock import LATE
from webhooks.models import Event

A_LITTLE = timedelta(seconds=10)
BY_ALL_EVERY = timedelta(seconds=30)
BY_ALL = LATE + BY_ALL_EVERY  # what was late by all that it may be has to lie behind its beginning
REMEMBERED = 2 * BY_ALL  # so that nothing is told twice where a clock was set back a little
CHANGES_AT_A_TIME = 500


class Following:
    """What is new of some events, from a moment on.

    An event that has left a state again between two looks is told as it stands then. What a process
    holds does not grow with what lies between two looks: it is how each event stood that came to
    that in the last minutes, or is among the newest that are open. Of others that are open for
    longer than a look goes back, the end is told, and no steps on the way there.
    """

    def __init__(self, wanted: QuerySet[Event], *, since: datetime) -> None:
        self._wanted, self._since = wanted, since
        self._up_to = self._forgot_at = since
        self._went_back_at: datetime | None = None  # by all, and came to its end
        self._open: frozenset[int] = frozenset()
        self._said = Said()

    def pass_over(self, *, now: datetime) -> None:
        """Takes what there is for told. Raises Django's database errors."""
        for _, change in self._news(now):
            self._said.note(change)

    def last(self, count: int) -> list[Event]:
        """The last events that came in. Raises Django's database errors."""
        return self._told(self._wanted.order_by(*NEWEST_FIRST)[:count])

    def look(self, *, now: datetime) -> Iterator[list[Event]]:
        """Yields what is new, a part at a time, in the order in which it happened.

        What breaks off is gone on with by the next look. Raises Django's database errors.
        """
        news = self._news(now)
        while part := list(islice(news, CHANGES_AT_A_TIME)):
            wanted = self._wanted.filter(pk__in={change.event for _, change in part})
            yield self._told(wanted.order_by(), [change for _, change in part])
            self._go_on_to(min(part[-1][0], now))

    def _told(self, wanted: QuerySet[Event], found: Sequence[Change] = ()) -> list[Event]:
        """Reads what is to be told of these, and remembers how they stand by then."""
        with read_only():
            events = list(wanted.only(*COLUMNS, *lines.COLUMNS))
        for change in (*found, *map(change_of, events)):
            self._said.note(change)
        return sorted(events, key=lambda event: (change_of(event).since, event.pk))

    def _news(self, now: datetime) -> Iterator[Found]:
        """What is not told yet, in the order of the moments by which it is found."""
        went_back_at = self._went_back_at
        by_a_little = went_back_at is not None and timedelta() <= now - went_back_at < BY_ALL_EVERY
        up_to = min(self._up_to, now)
        known_since = max(self._since, up_to - BY_ALL)
        start = max(self._since, up_to - A_LITTLE) if by_a_little else known_since
        older = open_before(start)
        self._open = frozenset(change.event for change in older)
        self._forget()
        changed = sorted((each.since, each) for each in older if self._is_new(each, known_since))
        found = merge(
            changed, received_since(start), settled_since(start), key=lambda each: each[0]
        )
        yield from (each for each in found if not self._said.is_said(each[1]))
        self._up_to, self._went_back_at = now, went_back_at if by_a_little else now

    def _is_new(self, change: Change, known_since: datetime) -> bool:
        """Whether it is to be told of what is open for long.

        What stood so before anything was remembered is taken for told.
        """
        if change.event in self._said or change.since >= known_since:
            return not self._said.is_said(change)
        self._said.note(change)
        return False

    def _go_on_to(self, moment: datetime) -> None:
        """Is told up to there, also if the look breaks off."""
        self._up_to = max(self._up_to, moment)
        if self._up_to - self._forgot_at >= LATE:
            self._forget()

    def _forget(self) -> None:
        self._forgot_at = self._up_to
        self._said.forget(before=self._up_to - REMEMBERED, but=self._open)
