"""What somebody adds so that locations, too, become messages of a chat."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Added(NamedTuple):
    """Lines of a file that is there, and where they go: before the line that begins so."""

    before: str
    lines: str


NEW_FILES: Mapping[str, str] = {
    "webhooks/whatsapp/kinds/location.py": '''\
"""A location: where the driver is, or wants to meet."""

from dataclasses import dataclass
from datetime import datetime

from webhooks.whatsapp.envelope import Message
from webhooks.whatsapp.items import DriverMessage
from webhooks.whatsapp.fields import Common, Flawed, of_driver


@dataclass(frozen=True, kw_only=True, slots=True)
class Location(DriverMessage):
    """A place on the map."""

    latitude: float
    longitude: float


def read(message: Message, common: Common, *, when: datetime, profile_name: str) -> Location:
    """Reads a message of type location. Raises Flawed."""
    part = message.location
    if part is None or part.latitude is None or part.longitude is None:
        raise Flawed("location has no latitude or no longitude")
    words = (part.name, part.address, f"{part.latitude}, {part.longitude}")
    return Location(
        **common,
        **of_driver(message, profile_name),
        occurred_at=when,
        body="\\n".join(filter(None, words)),
        latitude=part.latitude,
        longitude=part.longitude,
    )
''',
    "eventlog/kinds/location.py": '''\
"""A location, as people see it."""

from eventlog.kinds.display import Display

DISPLAY = Display(
    label="Location",
    plural="Locations",
    symbol='<path d="M8 14S3.5 9.5 3.5 6.5a4.5 4.5 0 0 1 9 0C12.5 9.5 8 14 8 14z"/>',
    tells_more=False,
    occurred="The driver sent a location",
    template="admin/kinds/text.html",
    fields=frozenset({"location", "latitude", "longitude", "name", "address"}),
)
''',
}
EDITED_FILES: Mapping[str, tuple[Added, ...]] = {
    "webhooks/whatsapp/envelope.py": (
        Added(
            before="class Context(",
            lines='''\
class LocationPart(msgspec.Struct, gc=False):
    """`location` of a message of type location."""

    latitude: float | None = None
    longitude: float | None = None
    name: str | None = None
    address: str | None = None


''',
        ),
        Added(
            before="    context: Context | None",
            lines="    location: LocationPart | None = None\n",
        ),
    ),
    "webhooks/whatsapp/items.py": (
        Added(
            before="    REACTION = ",
            lines='    LOCATION = "location", Effect.MAKES_MESSAGE  # messages[] of that type\n',
        ),
    ),
    "webhooks/whatsapp/kinds/__init__.py": (
        Added(
            before="from webhooks.whatsapp.kinds import ",
            lines="from webhooks.whatsapp.kinds import location\n",
        ),
        Added(before="    Kind.REACTION: ", lines="    Kind.LOCATION: location.read,\n"),
    ),
    "eventlog/kinds/__init__.py": (
        Added(
            before="from eventlog.kinds import ",
            lines="from eventlog.kinds import location\n",
        ),
        Added(before="    Kind.REACTION: ", lines="    Kind.LOCATION: location.DISPLAY,\n"),
    ),
}
FILES = frozenset({*NEW_FILES, *EDITED_FILES})


def add_to(root: Path, *, but: str = "") -> None:
    """Adds the kind to a copy of the project, without one of the files if that is forgotten."""
    for path, content in NEW_FILES.items():
        if path != but:
            (root / path).write_text(content)
    for path, additions in EDITED_FILES.items():
        if path != but:
            for added in additions:
                _insert(root / path, added)


def _insert(path: Path, added: Added) -> None:
    lines = path.read_text().splitlines(keepends=True)
    [place] = [number for number, line in enumerate(lines) if line.startswith(added.before)]
    path.write_text("".join([*lines[:place], added.lines, *lines[place:]]))
