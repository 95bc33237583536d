"""The channels that the settings name, and the hours at which they are told.

Whatever is not understood has kept the process from starting (`visn_whatsapp/safety/channels.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from visn_whatsapp.hours import Hour, Span

# What calls somebody until they answer: told of each problem by itself, and of nothing else.
PAGERS = frozenset({"pagerduty"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Configured:
    """A channel: its name, and the address that nobody is shown."""

    name: str
    address: str = field(repr=False)

    @property
    def scheme(self) -> str:
        """What sort of address it is: `mailtos`, `slack`, `signeds`."""
        return self.address.partition("://")[0][:20]


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
    """Whether it is between the quiet hours."""
    return bool(settings.CHANNELS_QUIET) and Span.read(settings.CHANNELS_QUIET).holds(now)


def digest_hour() -> Hour | None:
    """When each day is summed up; None: never."""
    return Hour.read(settings.CHANNELS_DIGEST) if settings.CHANNELS_DIGEST else None
