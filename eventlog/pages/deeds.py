"""Who saw what: reveals, downloads, exports, replays and erasures, on one page."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, tzinfo
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse

from eventlog.models import Erasure
from eventlog.pages.page import Page
from eventlog.pages.telling import tell
from eventlog.questions.deeds import WEEK, Deed, Wanted, deed_of, deeds, monday
from eventlog.questions.filters import row_id
from eventlog.questions.misread import Field, left_out
from eventlog.zones.names import own_zone, zone_named
from webhooks import clock

PERMISSION = "admin.view_logentry"
SHOWN_AT_MOST = 100
WEEKS = 26  # to choose from
# Of these the pages are no model's.
PAGES_OF = {"replayjob": "admin:replay", "erasure": "admin:erasure"}
WORDS_OF = {"replayjob": "replay"}


def deeds_view(request: HttpRequest) -> TemplateResponse:
    """Shows what was done with personal data, the newest first, and by whom."""
    wanted = _wanted(request)
    tell(request, left_out(request.GET, _fields(wanted.zone)))
    page = row_id(request.GET.get("page", "")) or 1
    first = (page - 1) * SHOWN_AT_MOST
    rows = list(deeds(wanted)[first : first + SHOWN_AT_MOST + 1])
    kept = {name: value for name, value in request.GET.items() if value and name != "page"}
    context = {
        "rows": [_row(entry) for entry in rows[:SHOWN_AT_MOST]],
        "wanted": wanted,
        "filtered": wanted != Wanted(zone=wanted.zone),
        "deeds": [(deed.value, deed.label) for deed in Deed],
        "people": _people(),
        "weeks": _weeks(wanted.zone),
        "zone": str(wanted.zone),
        "models": sorted(_models(), key=itemgetter(1)),
        "by_command": Erasure.objects.filter(asked_by=None).count(),
        "newer": f"?{urlencode({**kept, 'page': page - 1})}" if page > 1 else "",
        "older": f"?{urlencode({**kept, 'page': page + 1})}" if rows[SHOWN_AT_MOST:] else "",
    }
    return TemplateResponse(request, "admin/deeds.html", context)


def _wanted(request: HttpRequest) -> Wanted:
    """What an address asks for. What it leaves out is told."""
    given = request.GET
    # A week without a zone is UTC's, as links from before zones mean it.
    zone = zone_named(given.get("zone", "")) or (UTC if "week" in given else own_zone())
    return Wanted(
        deed=Deed.known(given.get("deed", "")),
        user=row_id(given.get("user", "")),
        week=_weeks_by_name(zone).get(given.get("week", "")),
        zone=zone,
        model=row_id(given.get("what", "")),
        row=given.get("row", "")[:64],
    )


def _fields(zone: tzinfo) -> Mapping[str, Field]:
    return {
        "deed": Field(read=Deed.known, what="thing that is noted here"),
        "user": Field(read=row_id, what="person"),
        "week": Field(read=_weeks_by_name(zone).get, what="week that this page shows"),
        "zone": Field(read=zone_named, what="time zone"),
        "what": Field(read=row_id, what="sort of object"),
        "row": Field(read=str, what="object"),
        "page": Field(read=row_id, what="number of a page"),
    }


def _weeks_by_name(zone: tzinfo) -> Mapping[str, date]:
    return {f"{week:%Y-%m-%d}": week for week in _weeks(zone)}


def _weeks(zone: tzinfo) -> list[date]:
    this = monday(clock.now(), zone)
    return [this - place * WEEK for place in range(WEEKS)]


def _models() -> Iterator[tuple[int, str]]:
    """What deeds were of: a key for the address, and the word for it."""
    named = deeds(Wanted()).order_by().exclude(content_type=None).values("content_type").distinct()
    for model in ContentType.objects.filter(pk__in=[each["content_type"] for each in named]):
        yield model.pk, WORDS_OF.get(model.model, model.name)


def _people() -> QuerySet[User]:
    """The staff, and who was of it or is named by a command only."""
    doers = deeds(Wanted()).order_by().values("user")
    return User.objects.filter(Q(is_staff=True) | Q(pk__in=doers)).order_by("username")


def _row(entry: LogEntry) -> dict[str, Any]:
    others = {"what": entry.content_type_id, "row": entry.object_id}
    return {
        "entry": entry,
        "deed": deed_of(entry),
        "url": _url(entry),
        "others": f"?{urlencode(others)}" if entry.object_id else "",
    }


def _url(entry: LogEntry) -> str:
    """The page of what it was done with; empty where there is none."""
    model = entry.content_type.model if entry.content_type else ""
    if model not in PAGES_OF:
        return entry.get_admin_url() or ""
    with suppress(NoReverseMatch):
        return reverse(PAGES_OF[model], args=[entry.object_id])
    return ""


PAGES = (
    Page(
        path="who-saw-what/",
        name="deeds",
        view=deeds_view,
        permission=PERMISSION,
        title="Who saw what",
        in_menu=True,
    ),
)
