"""A window as somebody has typed it, in their own time: its address is made to hold moments."""

from datetime import datetime, tzinfo

from django.contrib import messages
from django.http import HttpRequest
from django.http import HttpResponseRedirect as Redirect

from eventlog.moments import read_moment
from eventlog.zones.names import zone_named
from eventlog.zones.wall import meant, shown

ENDS = {"from": "begins", "to": "ends"}  # the fields of the form, and what the window does there


def in_moments(request: HttpRequest) -> Redirect | None:
    """Leads to the same address without local times; None if it has none.

    Says what was taken for a time that clocks show twice, or never.
    """
    query = request.GET.copy()
    zone = zone_named(query.get("zone", ""))
    if zone is None:
        return None
    typed = {name: time for name in ENDS if (time := _without_zone(query.get(name, ""), zone))}
    if not typed:
        return None
    for name, time in typed.items():
        query[name] = _taken(request, name, time, zone).isoformat()
    if len(typed) == sum(bool(query.get(name)) for name in ENDS):
        del query["zone"]  # which what was not understood is still in
    for name in ENDS:
        if not query.get(name):
            query.pop(name, None)
    return Redirect(f"{request.path}?{query.urlencode()}")


def _taken(request: HttpRequest, name: str, time: datetime, zone: tzinfo) -> datetime:
    """Which moment is taken for what was typed; says so where that is not plain."""
    found = meant(time, zone)
    taken = found.moments[-1 if name == "to" else 0]
    words = shown(taken.astimezone(zone), "%H:%M:%S")
    if found.is_missing:
        day = f"{time:%H:%M} of {time:%d %b %Y} is no time in {zone}: clocks were set forward"
        messages.warning(request, f"{day}. The window {ENDS[name]} when they were, at {words}.")
    elif len(found.moments) > 1:
        day = f"{time:%H:%M} of {time:%d %b %Y} came twice in {zone}"
        messages.warning(request, f"{day}. The window {ENDS[name]} with {words}.")
    return taken


def _without_zone(words: str, zone: tzinfo) -> datetime | None:
    """The time of a form's field, if it is one that a list can be asked for."""
    if read_moment(words, zone=zone) is None:
        return None
    found = datetime.fromisoformat(words)
    return found if found.tzinfo is None else None
