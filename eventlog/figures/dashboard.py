"""Everything that the dashboard shows, ready for a template."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce

from eventlog.figures import named
from eventlog.figures.board import Board, Stretch, board
from eventlog.figures.charts import Chart, Latency, bar_chart, latencies
from eventlog.figures.counting import ALL
from eventlog.figures.named import NamedLine
from eventlog.figures.numbers import KnownNumber
from eventlog.figures.rhythm import Pulse, Rhythm, rhythms
from eventlog.figures.tally import Tally
from eventlog.figures.week_before import week_before
from eventlog.questions.filters import EventFilter, query_string
from eventlog.questions.same import Same
from eventlog.questions.windows import OLDEST_FIRST, Window
from webhooks.conditions import IS_OPEN
from webhooks.models import Event
from webhooks.outcomes import OPEN, REOPENABLE, Reason, State
from webhooks.whatsapp.numbers import spellings

# Counting stops here: the dashboard costs the same however long the queue is.
OPEN_AT_MOST = 10_000
UNDERWAY = tuple(state for state in State if state in OPEN)
SETTLED = tuple(state for state in State if state not in OPEN)
# What the list of reasons is about; that something was applied needs no explanation.
EXPLAINED = (State.FAILED, State.SKIPPED, State.IGNORED, State.DUPLICATE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tile:
    """One large number."""

    label: str
    icon: str
    value: int
    share: float | None  # of all events, in per cent
    query: str  # of the list that shows them
    more: bool = False  # there are more than were counted


@dataclass(frozen=True, kw_only=True, slots=True)
class ReasonLine:
    """How many events ended for one reason."""

    state: State
    reason: Reason
    count: int
    share: float  # of the largest line, in per cent
    query: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Dashboard:
    """The figures of one stretch, and how things stand now."""

    board: Board
    chart: Chart
    tiles: Sequence[Tile]
    oldest_open: Event | None
    latencies: Sequence[Latency]
    reasons: Sequence[ReasonLine]
    ignored: Sequence[NamedLine]  # Meta's words for what was ignored, the most first
    codes: Sequence[NamedLine]  # of Meta's errors
    kinds: Sequence[NamedLine]  # what came in, by its kind
    received: NamedLine  # all that came in
    waited: NamedLine  # for the message that it is about
    settled: NamedLine
    underway: NamedLine
    unseen: Sequence[NamedLine]  # lease numbers by what customers never saw
    rhythms: Sequence[Rhythm]
    number: KnownNumber | None  # None: all
    numbers: Sequence[KnownNumber]

    @property
    def silent(self) -> Sequence[Rhythm]:
        """The numbers that have gone silent."""
        return [rhythm for rhythm in self.rhythms if rhythm.pulse == Pulse.SILENT]

    @property
    def young(self) -> int:
        """How many numbers cannot be judged yet."""
        return sum(rhythm.pulse == Pulse.NEW for rhythm in self.rhythms)

    @property
    def anything_came(self) -> bool:
        """Whether these figures know of something; if not, the ledger may still hold deliveries."""
        return bool(self.numbers or self.board.total.deliveries or self.board.total.events)

    @property
    def all_seen(self) -> bool:
        """Whether nothing can be unseen: older figures do not say, but have no such outcomes."""
        return not any(map(self.board.total.count_of, REOPENABLE))

    @property
    def accounted(self) -> bool:
        """Whether every item has its event. Known for all numbers together only."""
        return self.board.total.items == self.board.total.events


def dashboard(stretch: Stretch, *, number_id: int | None, now: datetime) -> Dashboard:
    """Collects everything. An unknown number means all of them."""
    all_rhythms = rhythms(now=now)
    numbers = sorted((rhythm.number for rhythm in all_rhythms), key=lambda each: each.number)
    number = next((each for each in numbers if number_id in each.pks), None)
    asked = number.number if number else ALL
    found = board(stretch, lease_number=asked, now=now)
    begun = [each.first_event_at for each in ([number] if number else numbers)]
    before = week_before(found, lease_number=asked, begun_at=min(begun, default=None))
    shown = EventFilter(
        window=Window(start=found.start),
        same=((Same.LEASE_NUMBER, number.last_event),) if number else (),
    )
    return Dashboard(
        board=found,
        chart=bar_chart(found, before=before, shown=shown),
        tiles=_tiles(found.total, shown, number),
        oldest_open=_oldest_open(number),
        latencies=latencies(found.total),
        reasons=_reasons(found.total, shown),
        ignored=named.ignored(found.total, shown),
        codes=named.codes(found.total, shown),
        kinds=named.kinds(found.total, shown),
        received=named.line("received", found.total.events, shown),
        waited=named.line("waited", found.total.waited, replace(shown, waited=True)),
        settled=named.line("settled", found.total.settled, replace(shown, states=SETTLED)),
        underway=named.line("underway", found.total.open, replace(shown, states=UNDERWAY)),
        unseen=named.unseen(found, numbers, only=number),
        rhythms=[each for each in all_rhythms if number is None or each.number == number],
        number=number,
        numbers=numbers,
    )


def _tiles(total: Tally, shown: EventFilter, number: KnownNumber | None) -> list[Tile]:
    counted = [
        Tile(
            label=state.value.capitalize(),
            icon=state.value,
            value=total.count_of(state),
            share=100 * total.count_of(state) / total.events if total.events else None,
            query=query_string(replace(shown, states=(state,))),
        )
        for state in (State.PROCESSED, State.SKIPPED, State.FAILED)
    ]
    received = Tile(
        label="Received",
        icon="received",
        value=total.events,
        share=None,
        query=query_string(shown),
    )
    return [received, *counted, _open_tile(shown, number)]


def _open_tile(shown: EventFilter, number: KnownNumber | None) -> Tile:
    """How many events have no outcome now, whenever they came."""
    count = _open_events(number).order_by().values("pk")[: OPEN_AT_MOST + 1].count()
    return Tile(
        label="On their way",
        icon="waiting",
        value=min(count, OPEN_AT_MOST),
        share=None,
        query=query_string(replace(shown, window=Window(), states=tuple(sorted(OPEN)))),
        more=count > OPEN_AT_MOST,
    )


def _open_events(number: KnownNumber | None) -> QuerySet[Event]:
    """Every open event has a time at which somebody looks at it; no other event has one.

    Of a number there are many events and few open ones, so its own index is kept out of this.
    """
    events = Event.objects.filter(check_at__isnull=False)
    if number is None:
        return events
    return events.alias(own_number=Coalesce("lease_number", Value(""))).filter(
        own_number__in=spellings(number.number)
    )


def _oldest_open(number: KnownNumber | None) -> Event | None:
    """The open event that came first."""
    return _open_events(number).filter(IS_OPEN).order_by(*OLDEST_FIRST).first()


def _reasons(total: Tally, shown: EventFilter) -> list[ReasonLine]:
    counts = ((Reason.known(word), count) for word, count in total.reasons.items())
    explained = {reason: count for reason, count in counts if reason and reason.state in EXPLAINED}
    largest = max(explained.values(), default=0)
    lines = [
        ReasonLine(
            state=reason.state,
            reason=reason,
            count=count,
            share=100 * count / largest,
            query=query_string(replace(shown, states=(reason.state,), reasons=(reason,))),
        )
        for reason, count in explained.items()
    ]
    return sorted(lines, key=lambda line: (EXPLAINED.index(line.state), -line.count))
