"""What a driver sent that no chat shows, beside the chat that one looks at."""

from collections.abc import Sequence
from dataclasses import dataclass

from eventlog.kinds import said_by
from eventlog.questions.filters import EventFilter
from eventlog.questions.same import CONDITIONS, Same
from eventlog.questions.windows import NEWEST_FIRST
from eventlog.questions.wording import cause, reason_word, title
from webhooks.conditions import UNSEEN
from webhooks.models import Event

SHOWN_AT_MOST = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Unseen:
    """One thing that the driver sent. Free of personal data."""

    event: Event
    label: str  # `Photo`, `Text`
    why: str  # in a sentence, or a reason in a few words


@dataclass(frozen=True, kw_only=True, slots=True)
class UnseenByDriver:
    """The newest of them, and the list that has all."""

    newest: Sequence[Unseen]
    more: bool
    wanted: EventFilter


def unseen_by_driver(event: Event) -> UnseenByDriver:
    """What the driver of an event sent to the same lease number and no customer saw."""
    same = ((Same.DRIVER, event.pk), (Same.LEASE_NUMBER, event.pk))
    of_both = CONDITIONS[Same.DRIVER](event) & CONDITIONS[Same.LEASE_NUMBER](event)
    found = Event.objects.filter(of_both & UNSEEN).order_by(*NEWEST_FIRST)
    events = list(found[: SHOWN_AT_MOST + 1])
    return UnseenByDriver(
        newest=[_told(each) for each in events[:SHOWN_AT_MOST]],
        more=len(events) > SHOWN_AT_MOST,
        wanted=EventFilter(unseen=True, same=same),
    )


def _told(event: Event) -> Unseen:
    said = said_by(event)
    return Unseen(
        event=event,
        label=said.label if said else title(event),
        why=cause(event) or reason_word(event.reason),
    )
