"""Contract drift that is new: somebody should look before something is missed."""

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Q

from eventlog.attention.notice import Notice, Severity
from eventlog.models import DriftCount, ProblemKind
from eventlog.zones.wall import in_utc
from webhooks.whatsapp.drift.shapes import Departure

NEW = timedelta(days=1)
# What departs in more places than this at once is one problem, such as a new version of Meta's.
PLACES_APART = 5
ROWS_AT_MOST = 1000
READ = (
    "What can be read is applied as ever; see whether it changes what drivers and customers "
    "should see."
)
SUBJECT_LENGTH = 160  # of Problem.subject

Rows = Sequence[DriftCount]


def new_drift(now: datetime) -> Sequence[Notice]:
    """Says what was seen for the first time within the last day, however much of it came.

    Each field, and each word of Meta's, is one problem, once and not again each day. Of tracking
    records, which are there to be corrected, it says what was seen at all.
    """
    met = Q(departure=Departure.GIVEN_AWAY.value, last_at__gte=now - NEW)
    # Beside what came at the beginning of the last day, something may have come the day before.
    late = ~Q(departure=Departure.GIVEN_AWAY.value) & Q(first_at__gte=now - 2 * NEW)
    rows = DriftCount.objects.filter(late | met).order_by("first_at", "pk")
    departed: list[DriftCount] = []
    met_at: list[datetime] = []
    for row in rows[:ROWS_AT_MOST]:
        if row.departure == Departure.GIVEN_AWAY.value:
            met_at.append(row.last_at)
        else:
            departed.append(row)
    return [*_of_payloads(departed, now=now), *([_of_records(max(met_at))] if met_at else [])]


def _subject(row: DriftCount) -> str:
    """What tells it from others: the departure and the path; of a word, the word as well."""
    is_word = row.departure == Departure.UNKNOWN_WORD.value
    return " ".join((row.departure, row.path, *([row.shape] if is_word else [])))[:SUBJECT_LENGTH]


def _of_payloads(rows: Rows, *, now: datetime) -> Iterator[Notice]:
    """What was of much at once stays so, until all of it is a day old."""
    places: dict[str, list[DriftCount]] = defaultdict(list)
    for row in rows:
        if row.first_at >= now - NEW:
            places[_subject(row)].append(row)
    of_many = _of_much_at_once(rows)
    together = [
        subject for subject, some in places.items() if any(row.pk in of_many for row in some)
    ]
    if together:
        since = min(row.first_at for subject in together for row in places[subject])
        many = "one thing" if len(together) == 1 else f"{len(together):,} things"
        words = (
            f"Meta sends {many} that it does not document and did not send before, "
            f"since {_clock(since)}. {READ}"
        )
        yield _notice("payloads", words, count=len(together))
    for subject, some in places.items():
        notice = _of_place(subject, some)
        yield replace(notice, count=0) if subject in together else notice


def _of_much_at_once(rows: Rows) -> Collection[int]:
    """The keys of those that came within a day of more places than are told apart."""
    found: set[int] = set()
    day: deque[DriftCount] = deque()
    places = Counter[str]()
    for row in rows:
        day.append(row)
        places[_subject(row)] += 1
        while day[0].first_at < row.first_at - NEW:
            places[_subject(day.popleft())] -= 1
        if len(+places) > PLACES_APART:
            found.update(each.pk for each in day)
    return found


def _of_place(subject: str, rows: Rows) -> Notice:
    """Of one place. It names no key that Meta does not document: nobody knows what it may hold."""
    row, departure = rows[0], Departure.known(rows[0].departure)
    path = row.path
    if departure == Departure.UNKNOWN_KEY:
        path = path.rpartition(".")[0] or "the payload"
    meaning = f" {departure.meaning}" if departure else ""  # not of a later release's
    words = f"New in {path} since {_clock(row.first_at)}:{meaning} {READ}"
    notice = _notice(subject, words)
    return replace(notice, query=f"departure={row.departure}", first_at=row.first_at)


def _of_records(met_at: datetime) -> Notice:
    words = (
        "A tracking record has the user id of a driver whom Meta named last with another "
        f"number; an event met it last on {_clock(met_at)}. While the driver’s number is "
        "withheld, it is not found: see in the event whose it is, and correct it."
    )
    return _notice("tracking records", words)


def _notice(subject: str, words: str, *, count: int = 1) -> Notice:
    return Notice(
        kind=ProblemKind.DRIFT,
        subject=subject,
        count=count,
        severity=Severity.WARNING,
        words=words,
        page="admin:eventlog_driftcount_changelist",
        link="Show contract drift",
    )


def _clock(moment: datetime) -> str:
    return in_utc(moment)
