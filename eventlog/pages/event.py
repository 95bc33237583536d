"""The page of an event: what became of its message, why, and everything that led there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from eventlog.kinds import display_of
from eventlog.kinds.holding import Part, parts_of
from eventlog.links import chat_url, events_url, item_url, named
from eventlog.pages.in_list import in_list
from eventlog.pages.replays import REPAIR, REPLAY
from eventlog.pages.reveal import Subject, veil
from eventlog.questions.advice import advice
from eventlog.questions.contents import Contents, contents_of
from eventlog.questions.errors import told_errors
from eventlog.questions.filters import EventFilter, query_string
from eventlog.questions.history import history_of
from eventlog.questions.known_as import KnownAs, known_as
from eventlog.questions.same import Same, names_of_driver
from eventlog.questions.shown_bytes import ShownBytes, shown_bytes
from eventlog.questions.timeline import timeline
from eventlog.questions.wording import meaning_of
from eventlog.replay.buttons import buttons_of
from webhooks import clock
from webhooks.models import Event
from webhooks.whatsapp.items import Item, Kind, Person, UnprocessedItem


@dataclass(frozen=True, kw_only=True, slots=True)
class Trail:
    """A list of other events that somebody may want to see next."""

    label: str
    url: str


def event_context(request: HttpRequest, event: Event) -> dict[str, Any]:
    """What the page shows."""
    history = history_of(event)
    shown_to = veil(request, Subject.EVENT, event)
    contents = contents_of(event)
    known = known_as(event)
    item = contents.item
    return {
        "title": named(event),
        "event": event,
        "history": history,
        "entries": timeline(history, now=clock.now()),
        "display": display_of(event.kind),
        "item": item if event.erased_at is None and _is_shown(event, item) else None,
        "parts": _parts(event, contents),
        "contents": contents,
        "bytes": _bytes(event, contents, revealed=shown_to.sight.revealed),
        "errors": told_errors(item.errors if item else ()),
        "meaning": meaning_of(event),
        "advice": advice(event),
        "buttons": buttons_of(
            event,
            may_replay=request.user.has_perm(REPLAY),
            may_repair=request.user.has_perm(REPAIR),
        ),
        "trails": trails(event),
        "chat_url": chat_url(event.pk) if event.enquiry_id else "",
        "item_url": item_url(event),
        "known_as": known,
        "beside": _beside(event, known),
        "driver_url": _list(Same.DRIVER, event),
        "in_list": in_list(request, event),
        "veil": shown_to,
        "sight": shown_to.sight,
    }


def _beside(event: Event, known: Sequence[KnownAs]) -> list[Person]:
    """Names that Meta has named beside the event's, in other events."""
    own = Person(number=event.person_number, user_id=event.person_user_id)
    counting = [each.person for each in known if each.standing.counts]
    return names_of_driver(event, counting).beside([own, *counting])


def _parts(event: Event, contents: Contents) -> list[Part]:
    """What a message that is not processed holds."""
    item = contents.item
    if event.erased_at is not None or item is None or item.kind is not Kind.MESSAGE:
        return []
    return parts_of(contents.tree)


def _bytes(event: Event, contents: Contents, *, revealed: bool) -> ShownBytes | None:
    """Its own JSON; None where there is none to be shown."""
    if event.erased_at is not None or not contents.raw:
        return None
    return shown_bytes(contents.raw, revealed=revealed)


def _is_shown(event: Event, item: Item | None) -> bool:
    """Whether its kind shows what the item says, and this program could read that."""
    return bool(display_of(event.kind).template) and not isinstance(item, UnprocessedItem)


def trails(event: Event) -> Sequence[Trail]:
    """Where one can go on from an event, as far as it says enough."""
    present = {
        Same.DRIVER: event.person_number or event.person_user_id,
        Same.LEASE_NUMBER: event.lease_number,
        Same.ENQUIRY: event.enquiry_id,
        Same.COMPANY: event.lease_id,
    }
    return [
        Trail(label=f"This {same.label}", url=_list(same, event))
        for same, value in present.items()
        if value
    ]


def _list(same: Same, event: Event) -> str:
    return events_url(query_string(EventFilter(same=((same, event.pk),))))
