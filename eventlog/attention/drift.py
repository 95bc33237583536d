"""Contract drift that is new: somebody should look before something is missed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
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
    new = ~Q(departure=Departure.GIVEN_AWAY.value) & Q(first_at__gte=now - NEW)
    rows = DriftCount.objects.filter(new | met).order_by("first_at", "pk")
    places: dict[str, list[DriftCount]] = defaultdict(list)
    met_at: list[datetime] = []
    for row in rows[:ROWS_AT_MOST]:
        if row.departure == Departure.GIVEN_AWAY.value:
            met_at.append(row.last_at)
        else:
            places[_subject(row)].append(row)
    return [*_of_payloads(places), *([_of_records(max(met_at))] if met_at else [])]


def _subject(row: DriftCount) -> str:
    """What tells it from others: the departure and the path; of a word, the word as well."""
    is_word = row.departure == Departure.UNKNOWN_WORD.value
    return " ".join((row.departure, row.path, *([row.shape] if is_word else [])))[:SUBJECT_LENGTH]


def _of_payloads(places: Mapping[str, Rows]) -> Iterator[Notice]:
    together = len(places) > PLACES_APART
    if together:
        since = min(row.first_at for rows in places.values() for row in rows)
        words = (
            f"Meta sends {len(places):,} things that it does not document and did not send before, "
            f"since {_clock(since)}. {READ}"
        )
        yield _notice("payloads", words, count=len(places))
    for subject, rows in places.items():
        notice = _of_place(subject, rows)
        yield replace(notice, count=0) if together else notice


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
