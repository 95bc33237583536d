"""How many events came in the same bars a week before: what is usual, beside what is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from eventlog.figures.board import Board
from eventlog.figures.rhythm import WEEK
from eventlog.figures.spans import start_of
from eventlog.models import Figure
from webhooks.whatsapp.numbers import spellings


@dataclass(frozen=True, kw_only=True, slots=True)
class WeekBefore:
    """What came a week before each bar of a board, by moments: a day of 23 hours shifts nothing."""

    counts: Sequence[int | None]  # events, oldest first; None: nobody can say
    # When the first event of all came, if that is why somebody cannot say.
    begun_at: datetime | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is known of every bar."""
        return None not in self.counts

    @property
    def total(self) -> int:
        """How many events came in all bars of which it is known."""
        return sum(count or 0 for count in self.counts)


def week_before(board: Board, *, lease_number: str, begun_at: datetime | None) -> WeekBefore:
    """Asks the sums of whole bars for it, in one query at most.

    Of the time before `begun_at`, when the first event of what is shown came, and of what has not
    been added up, nobody can say. A bar without a sum is one in which nothing came.
    """
    span, length = board.stretch.span, board.stretch.bar_length
    begin = start_of(span, begun_at) if begun_at else board.now
    starts = [bar.start - WEEK for bar in board.bars]
    known = [start for start in starts if begin <= start <= board.counted_to - length]
    counts = dict.fromkeys(known, 0)
    for start, events in _sums(span, lease_number, known) if known else ():
        counts[start] += events
    return WeekBefore(
        counts=[counts.get(start) for start in starts],
        begun_at=begun_at if starts[0] < begin else None,
    )


def _sums(
    span: Figure.Span, lease_number: str, starts: Sequence[datetime]
) -> Sequence[tuple[datetime, int]]:
    rows = Figure.objects.filter(
        span=span,
        lease_number__in=spellings(lease_number),
        start__gte=starts[0],
        start__lte=starts[-1],
    )
    return list(rows.values_list("start", "events"))
