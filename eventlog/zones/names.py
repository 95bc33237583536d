"""Which time zones there are, and which one the pages of this request are in."""

from collections.abc import Mapping
from datetime import UTC, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone

# In the database of many a machine, and of no place.
NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})


@cache
def names() -> Mapping[str, None]:
    """The names of all zones, such as `Europe/Amsterdam`, in order. Looked for once a process."""
    return dict.fromkeys(sorted(available_timezones() - NO_PLACES))


def zone_named(name: str) -> tzinfo | None:
    """The zone of this name, which anybody may have written; None if there is none."""
    if name not in names():
        return None
    return UTC if name == str(UTC) else ZoneInfo(name)


def own_zone() -> tzinfo:
    """The zone of whoever asks: that of all times which a page shows or a form sends."""
    return zone_named(timezone.get_current_timezone_name()) or UTC
