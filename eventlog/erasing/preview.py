"""What an erasure would take out; nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from eventlog.erasing import words
from eventlog.people.documents import Document, documents_of
from eventlog.people.held import held
from eventlog.people.names import aliases_of, in_words, names_of
from listeners.models import Placement
from webhooks.models import Event
from webhooks.outcomes import OPEN
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.names import Names


@dataclass(kw_only=True, slots=True)
class Preview:
    """What the ledger holds of a person."""

    people: Sequence[Person]  # the person by each of their names
    events: int = 0
    open: int = 0  # of them, that are settled as erased
    deliveries: set[UUID] = field(default_factory=set)
    placements: int = 0
    aliases: int = 0
    words: int = 0
    documents: set[Document] = field(default_factory=set)
    first_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def chats(self) -> dict[str, int]:
        """The enquiries, by their paths, and how many messages of each."""
        counts: dict[str, int] = {}
        for document in sorted(self.documents):
            counts[document.chat] = counts.get(document.chat, 0) + 1
        return counts


def preview(person: Person, *, alone: bool = False) -> Preview:
    """Counts what would be taken out of rows; bytes whose rows name nobody are not searched.

    Raises Django's database errors.
    """
    people = names_of(person, alone=alone)
    names = Names.of(people)
    found = Preview(
        people=people, aliases=len(aliases_of(names, people)), words=words.count(in_words(names))
    )
    for some in held(names):
        _add(found, some)
    return found


def _add(found: Preview, events: Sequence[Event]) -> None:
    found.events += len(events)
    found.open += sum(event.state in OPEN for event in events)
    found.deliveries |= {event.delivery_id for event in events}
    keys = [event.pk for event in events]
    found.placements += Placement.objects.filter(event__in=keys).count()
    found.documents |= documents_of(events)
    moments = [event.received_at for event in events]
    found.first_at = min([*moments, *([found.first_at] if found.first_at else [])])
    found.last_at = max([*moments, *([found.last_at] if found.last_at else [])])
