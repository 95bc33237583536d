"""A day in words, for a digest: what came, what became of it, and what is wrong. About nobody."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from eventlog.attention.notice import Severity
from eventlog.channels.configured import digest_hour
from eventlog.channels.letters import Letter, address, key, number
from eventlog.figures.minutes import counted_to, tally_between
from eventlog.figures.tally import Tally
from eventlog.models import LookMark, Notification, Problem, ProblemChange, ProblemKind
from eventlog.questions.never_arrived import not_arrived
from eventlog.questions.windows import OLDEST_FIRST, Window, received_in
from webhooks.chores import LATE, Chore
from webhooks.conditions import IS_OPEN
from webhooks.models import Event
from webhooks.outcomes import State

What = ProblemChange.What

ON_TIME = timedelta(minutes=15)  # what goes later says so
FIRST = timedelta(days=1)  # what the first digest of a channel goes back
LONGEST = timedelta(days=31)  # what any does: so long minutes are kept
COUNTED_AT_MOST = 10_000
LISTED_AT_MOST = 10
UNRESOLVED = (Problem.State.OPEN, Problem.State.ACKNOWLEDGED)


def digest(row: Notification, *, now: datetime) -> Letter:
    """Tells what came since the digest before. Raises Django's database errors."""
    until = row.digest_until or row.created_at
    start = _start(row, until)
    problems = _worst_first()
    paragraphs = (
        "\n".join(_span(start, until, now=now)),
        "\n".join(_what_came(start, until)),
        "\n".join(_what_stands(problems, start, until, now=now)),
        settings.ADMIN_URL,
    )
    open_ones = f"{len(problems):,} problem{'' if len(problems) == 1 else 's'} open"
    return Letter(
        key=key([row]),
        notifications=(row.pk,),
        title=f"{row.digest_on:%a %d %b}: {open_ones if problems else 'no problem is open'}",
        body="\n\n".join(filter(None, paragraphs)),
        is_bad=False,
        is_over=False,
        severity=Severity.WARNING,
        problem=None,
        digest=row.digest_on,
    )


def _start(row: Notification, until: datetime) -> datetime:
    """Where the last one that went ended: what is between two is in the later one."""
    sent = Notification.objects.filter(channel=row.channel_id, digest_until__lt=until)
    before = sent.exclude(sent_at=None).order_by("-digest_until").first()
    start = before.digest_until if before and before.digest_until else until - FIRST
    return max(start, until - LONGEST)


def _span(start: datetime, until: datetime, *, now: datetime) -> Iterator[str]:
    yield f"From {_clock(start)} to {_clock(until)} ({_zone().key})."
    if now - until > ON_TIME:
        yield f"This is late: it was due at {_clock(until)}, and goes at {_clock(now)}."
    counted = counted_to()
    if counted is None:
        yield "Nothing has been counted yet, so the next line says nothing."
    elif counted < until:
        yield f"What came is counted up to {_clock(counted)} only."


def _what_came(start: datetime, until: datetime) -> Iterator[str]:
    total = tally_between(start, until)
    repeats = f" ({total.repeats:,} of them had come before)" if total.repeats else ""
    yield f"Deliveries: {total.deliveries:,}{repeats}. Events: {total.events:,}{_outcomes(total)}."
    failed = not_arrived(received_in(Window(start=start, end=until))).order_by()
    lost = failed.values("pk")[: COUNTED_AT_MOST + 1].count()
    yield f"Messages that never reached the driver: {_bounded(lost)}."
    if total.unseen:
        yield f"Of drivers, in no chat: {total.unseen:,}."


def _outcomes(total: Tally) -> str:
    counts = [(state, total.count_of(state)) for state in State]
    said = ", ".join(f"{count:,} {state.value}" for state, count in counts if count)
    return f": {said}" if said else ""


def _what_stands(
    problems: Sequence[Problem], start: datetime, until: datetime, *, now: datetime
) -> Iterator[str]:
    waiting = Event.objects.filter(IS_OPEN).order_by(*OLDEST_FIRST)
    count = waiting.order_by().values("pk")[: COUNTED_AT_MOST + 1].count()
    oldest = waiting.values_list("received_at", flat=True).first()
    since = f", the oldest since {_clock(oldest)}" if oldest else ""
    yield f"Events on their way now: {_bounded(count)}{since}."
    changes = ProblemChange.objects.filter(at__gte=start, at__lt=until).order_by()
    opened = changes.filter(Q(what=What.OPENED) | Q(what=What.OPENED_AGAIN)).count()
    resolved = changes.filter(what=What.RESOLVED).count()
    yield f"Problems that opened: {opened:,}. Resolved: {resolved:,}. Open now: {len(problems):,}."
    mark = LookMark.objects.first()
    if mark is None or mark.looked_at is None or now - mark.looked_at > LATE[Chore.CATCH_UP]:
        yield "Nobody has looked for problems of late, so there may be others."
    yield from (_line(each) for each in problems[:LISTED_AT_MOST])
    if problems[LISTED_AT_MOST:]:
        yield f"And {len(problems) - LISTED_AT_MOST:,} more."


def _worst_first() -> Sequence[Problem]:
    order = list(Severity)
    rows = Problem.objects.filter(state__in=UNRESOLVED).order_by("opened_at", "pk")
    return sorted(rows, key=lambda each: order.index(Severity.of(each.severity)))


def _line(row: Problem) -> str:
    taken_up = ", acknowledged" if row.state == Problem.State.ACKNOWLEDGED else ""
    said = f"- {ProblemKind.of(row.kind).label} ({row.severity}{taken_up})."
    return " ".join(filter(None, (said, number(row), row.words, address(row))))


def _bounded(count: int) -> str:
    return f"more than {COUNTED_AT_MOST:,}" if count > COUNTED_AT_MOST else f"{count:,}"


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(_zone()):%a %d %b %H:%M}"


def _zone() -> ZoneInfo:
    """Of the hour at which it is due."""
    hour = digest_hour()
    return hour.zone if hour else ZoneInfo("UTC")
