"""The channels that the settings name, and the hours in which only what is urgent is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Configured:
    """A channel: its name, and the address that nobody is shown."""

    name: str
    address: str = field(repr=False)

    @property
    def scheme(self) -> str:
        """What sort of address it is: `mailtos`, `slack`, `signeds`."""
        return self.address.partition("://")[0][:20]


class QuietUnreadable(ValueError):
    """The quiet hours are not of the form `22:00-07:00 Europe/London`."""


def configured() -> Sequence[Configured]:
    """Those of CHANNELS; a word without a name is called after its place."""
    found = []
    for place, word in enumerate(settings.CHANNELS, start=1):
        name, mark, address = word.partition("=")
        if mark and "://" not in name:
            found.append(Configured(name=name[:40], address=address))
        else:
            found.append(Configured(name=f"channel-{place}", address=word))
    return found


def is_quiet(now: datetime) -> bool:
    """Whether it is between the quiet hours. Raises QuietUnreadable."""
    words = settings.CHANNELS_QUIET
    if not words:
        return False
    try:
        hours, _, zone = words.partition(" ")
        start, end = (time.fromisoformat(each) for each in hours.split("-"))
        local = now.astimezone(ZoneInfo(zone.strip() or "UTC")).time()
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise QuietUnreadable from error
    return start <= local < end if start <= end else local >= start or local < end
