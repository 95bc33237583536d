"""Messages that never reached the driver: how many, why, of which number, and which chats."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from functools import partial
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.template.response import TemplateResponse

from eventlog.figures.numbers import KnownNumber, known_numbers
from eventlog.pages.page import Page
from eventlog.pages.telling import tell
from eventlog.questions.filters import row_id
from eventlog.questions.masking import MASKED
from eventlog.questions.misread import Field, left_out
from eventlog.questions.never_arrived import (
    COUNTED_AT_MOST,
    NO_CODE,
    Counts,
    Wanted,
    counts,
    page,
    words_of,
)
from eventlog.zones.names import own_zone, zone_named
from visn_whatsapp.untrusted import whole_number
from webhooks import clock
from webhooks.models import Event
from webhooks.whatsapp.failures import CODE_DIGITS

DAYS = {"1": "Today", "7": "7 days", "30": "30 days"}
USUAL_DAYS = "7"
WITHOUT_CODE = "none"
WITHOUT_NUMBER = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One value that can be chosen, or given up again if it was."""

    label: str
    count: int
    share: float  # of the greatest beside it, in per cent
    query: str  # empty: it cannot be asked for
    chosen: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What the address says, as it says it."""

    days: str
    zone: str = ""  # whose days they are; of UTC's nothing is said
    day: str = ""
    code: str = ""
    number: str = ""

    def query(self, **changed: str) -> str:
        """The query of an address that says something else as well."""
        said = {"days": self.days, "zone": self.zone, "day": self.day, "code": self.code}
        said["number"] = self.number
        return urlencode({name: value for name, value in (said | changed).items() if value})


def never_arrived_view(request: HttpRequest) -> TemplateResponse:
    """Shows the counts, and the messages that the choices leave."""
    now, known = clock.now(), known_numbers()
    asked, wanted = _read(request.GET, known)
    tell(request, left_out(request.GET, _fields(known)))
    counted = counts(wanted, now=now)
    after = _row(request.GET.get("after", ""))
    failures, more = page(wanted, after=after, now=now)
    everything = Asked(days=asked.days, zone=asked.zone).query()
    context = {
        "asked": asked,
        "spans": [(words, asked.query(days=days, day=""), days) for days, words in DAYS.items()],
        "counted": counted,
        "codes": _codes(counted, asked),
        "days": _days(counted, asked),
        "numbers": _numbers(counted, asked, known),
        "narrowed": asked.query() != everything,
        "everything": everything,
        "zone": str(wanted.zone),
        "in_own_days": Asked(days=asked.days, zone=_said(own_zone())).query(),
        "failures": failures,
        "first": after is None,
        "newest": asked.query(),
        "older": asked.query(after=str(failures[-1].event.pk)) if more else "",
        "counted_at_most": COUNTED_AT_MOST,
        "sight": MASKED,
    }
    return TemplateResponse(request, "admin/never_arrived.html", context)


def _read(query: QueryDict, known: Iterable[KnownNumber]) -> tuple[Asked, Wanted]:
    """What it leaves out is told. An address that says nothing means own days."""
    zone = (zone_named(query.get("zone", "")) or UTC) if query else own_zone()
    days = query.get("days", "")
    days = days if days in DAYS else USUAL_DAYS
    day = _date(query.get("day", ""))
    code = _code(query.get("code", ""))
    number = _number(query.get("number", ""), known)
    asked = Asked(
        days=days,
        zone=_said(zone),
        day=day.isoformat() if day else "",
        code="" if code is None else query.get("code", ""),
        number="" if number is None else query.get("number", ""),
    )
    return asked, Wanted(days=int(days), zone=zone, day=day, code=code, lease_number=number)


def _fields(known: Iterable[KnownNumber]) -> Mapping[str, Field]:
    return {
        "days": Field(read=DAYS.get, what="number of days that this page shows"),
        "zone": Field(read=zone_named, what="time zone"),
        "day": Field(read=_date, what="day such as 2026-06-01"),
        "code": Field(read=_code, what="error code"),
        "number": Field(read=partial(_number, known=known), what="lease number"),
        "after": Field(read=row_id, what="place in this list"),
    }


def _said(zone: tzinfo) -> str:
    return "" if zone == UTC else str(zone)


def _date(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None


def _code(words: str) -> int | None:
    return NO_CODE if words == WITHOUT_CODE else whole_number(words, digits=CODE_DIGITS)


def _number(words: str, known: Iterable[KnownNumber]) -> str | None:
    """The lease number for which a row of the known ones stands: an address holds no number."""
    if words == WITHOUT_NUMBER:
        return ""
    pk = row_id(words)
    return next((number.number for number in known if pk in number.pks), None)


def _row(words: str) -> Event | None:
    pk = row_id(words)
    return None if pk is None else Event.objects.filter(pk=pk).first()


def _codes(counted: Counts, asked: Asked) -> Sequence[Line]:
    named = [
        (words_of(code), WITHOUT_CODE if code == NO_CODE else str(code), count)
        for code, count in counted.codes
    ]
    return _lines(named, asked, "code", asked.code)


def _days(counted: Counts, asked: Asked) -> Sequence[Line]:
    named = [(f"{day:%a %d %b}", day.isoformat(), count) for day, count in counted.days]
    return _lines(named, asked, "day", asked.day)


def _numbers(counted: Counts, asked: Asked, known: Iterable[KnownNumber]) -> Sequence[Line]:
    """A number leads on once it is known by one of its events."""
    rows: Mapping[str, KnownNumber] = {number.key: number for number in known}
    named = [
        (rows[key].number, str(rows[key].pk), count)
        if key in rows
        else (key or "no lease number", "" if key else WITHOUT_NUMBER, count)
        for key, count in counted.lease_numbers
    ]
    chosen = next((str(row.pk) for row in rows.values() if row_id(asked.number) in row.pks), "")
    return _lines(named, asked, "number", chosen or asked.number)


def _lines(
    named: Iterable[tuple[str, str, int]], asked: Asked, name: str, chosen: str
) -> Sequence[Line]:
    """Lines of a label, the value that stands for it in an address, and a count."""
    every = list(named)
    greatest = max((count for _, _, count in every), default=0)
    return [
        Line(
            label=label,
            count=count,
            share=100 * count / greatest if greatest else 0,
            query=asked.query(**{name: "" if value == chosen else value}) if value else "",
            chosen=bool(value) and value == chosen,
        )
        for label, value, count in every
    ]


PAGES = (
    Page(
        path="never-arrived/",
        name="never-arrived",
        view=never_arrived_view,
        permission="webhooks.view_event",
        title="Never arrived",
        in_menu=True,
    ),
)
