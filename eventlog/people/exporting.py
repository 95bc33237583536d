"""Everything that the ledger holds of a person as a ZIP: JSON, CSV, and a page to read."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.forms.models import model_to_dict
from django.template.loader import render_to_string

from eventlog.people.documents import documents_of
from eventlog.people.held import Said, held, holding, said
from eventlog.people.names import aliases_of, in_words, names_of
from eventlog.people.searching import Place, search
from eventlog.questions.cells import Cell, csv_of
from eventlog.questions.wording import title
from listeners.models import Placement
from webhooks.alias import Alias
from webhooks.models import Delivery, Event
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Person
from webhooks.whatsapp.names import Names

BYTE_ORDER_MARK = "\ufeff"  # by which spreadsheets know UTF-8
COLUMNS = tuple(each.name for each in Event._meta.concrete_fields)  # noqa: SLF001 - Django documents it as public
# What there is of a person and cannot be told from rows that name them.
NOT_HERE = (
    "The chats in Firestore and the tracking records, which are ViSN's; unreadable bytes that "
    "hold a name, whose deliveries are named; names in words of staff; backups."
)


@dataclass(kw_only=True, slots=True)
class Exported:
    """How much there was."""

    names: int
    events: int = 0
    without_bytes: int = 0  # of them
    placements: int = 0
    aliases: int = 0
    documents: set[str] = field(default_factory=set)


def export(person: Person, file: IO[bytes], *, now: datetime, alone: bool = False) -> Exported:
    """Writes the ZIP, and returns how much is in it. Raises Django's database errors."""
    people = names_of(person, alone=alone)
    names = Names.of(people)
    done = Exported(names=len(people))
    every = [each for part in held(names) for each in said(part)]
    every.sort(key=lambda each: (each.event.received_at, each.event.pk))
    data = _data(people, every, names=names, done=done, now=now)
    with ZipFile(file, "w", compression=ZIP_DEFLATED) as archive:
        archive.writestr("person.json", json.dumps(data, ensure_ascii=False, indent=2, default=str))
        archive.writestr("events.csv", BYTE_ORDER_MARK + csv_of(_rows(every)))
        as_text = [{**_event(each), "raw": each.raw, "title": title(each.event)} for each in every]
        page = render_to_string("eventlog/person.html", {**data, "events": as_text, "now": now})
        archive.writestr("index.html", page)
    return done


def _data(
    people: Sequence[Person],
    every: Sequence[Said],
    *,
    names: Names,
    done: Exported,
    now: datetime,
) -> dict[str, Any]:
    keys = [each.event.pk for each in every]
    placements = [model_to_dict(each) for part in _parts(keys) for each in _placed(part)]
    aliases = Alias.objects.filter(pk__in=aliases_of(names, people)).order_by("pk")
    events = [_event(each) for each in every]
    done.events, done.placements, done.aliases = len(events), len(placements), len(aliases)
    done.without_bytes = sum(not each.read for each in every)
    done.documents = {each.path for each in documents_of(each.event for each in every)}
    return {
        "exported_at": now.isoformat(),
        "names": [{"number": each.number, "user_id": each.user_id} for each in people],
        "events": events,
        "placements": placements,
        "aliases": [model_to_dict(each) for each in aliases],
        "unprocessed": [*_unprocessed(in_words(names))],
        "documents": sorted(done.documents),
        "not_here": NOT_HERE,
    }


def _unprocessed(names: Names) -> Iterator[dict[str, Any]]:
    """What holds a name and is of no event that names the person, as far as it can be read."""
    place = Place()
    while not place.is_end:
        found, place = search(place, names=names)
        for delivery in Delivery.objects.filter(pk__in=found).order_by("received_at", "pk"):
            told = {"delivery": str(delivery.pk), "received_at": delivery.received_at}
            for raw in holding(bytes(delivery.body or b""), names) or [""]:
                yield {**told, "raw": _json(raw)}


def _event(each: Said) -> dict[str, Any]:
    row = {name: getattr(each.event, name) for name in COLUMNS if name != "delivery"}
    return {
        **row,
        "delivery": str(each.event.delivery_id),
        "meaning": Reason.of(each.event.reason).meaning,
        "words": each.read.get("body", ""),
        "profile_name": each.read.get("profile_name", ""),
        "raw": _json(each.raw),
    }


def _json(raw: str) -> Any:
    return json.loads(raw) if raw else None


def _placed(events: Sequence[int]) -> Iterable[Placement]:
    return Placement.objects.filter(event__in=events).order_by("pk")


def _parts(keys: Sequence[int]) -> Iterable[Sequence[int]]:
    return (keys[start : start + 1000] for start in range(0, len(keys), 1000))


def _rows(every: Iterable[Said]) -> Iterable[list[Cell]]:
    events = [_event(each) for each in every]
    columns = [*COLUMNS, "words", "profile_name"]
    yield [*columns]
    yield from ([_cell(event[column]) for column in columns] for event in events)


def _cell(value: object) -> Cell:
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else str(value)
