"""All rows of the ledger that tell of one message. A fixed number of queries reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eventlog.models import ReplayedEvent
from eventlog.questions.known_as import opened_by_aliases
from eventlog.questions.same import of_message
from eventlog.questions.windows import OLDEST_FIRST
from listeners.models import Placement, TaskRun
from webhooks.models import Delivery, Event, SweeperTask
from webhooks.whatsapp.numbers import canonical

# A page shows no more of each. A message has some ten events; only an attacker makes more.
EVENTS_AT_MOST = 200
ROWS_AT_MOST = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """What is known of one message, in the order in which it was written."""

    event: Event  # the one that is looked at
    events: Sequence[Event]  # all that are about the same message
    deliveries: Mapping[UUID, Delivery]  # of those events, without the bytes
    repeats: Sequence[Delivery]
    runs: Sequence[TaskRun]
    sweeper_tasks: Sequence[SweeperTask]
    replays: Sequence[ReplayedEvent]  # with their jobs
    explained: Mapping[int, Sequence[datetime]]  # by event: when an alias opened it again
    placement: Placement | None  # the chat that a text was given to
    cut_off: bool  # there is more than is shown


def history_of(event: Event) -> History:
    """Reads everything about the message that an event is about."""
    events = list(
        Event.objects.filter(of_message(event)).order_by(*OLDEST_FIRST)[: EVENTS_AT_MOST + 1]
    )
    cut_off = len(events) > EVENTS_AT_MOST
    events = events[:EVENTS_AT_MOST]
    if all(other.pk != event.pk for other in events):
        events = sorted([*events, event], key=lambda other: other.pk)
    first_ids = {other.delivery_id for other in events}
    without_bytes = Delivery.objects.defer("body").order_by(*OLDEST_FIRST)
    deliveries = without_bytes.filter(pk__in=first_ids)
    repeats = without_bytes.filter(repeat_of__in=first_ids)
    runs = TaskRun.objects.filter(delivery__in=first_ids).order_by("pk")[:ROWS_AT_MOST]
    sweeper_tasks = SweeperTask.objects.filter(delivery__in=first_ids).order_by("pk")
    replayed = ReplayedEvent.objects.filter(event__in=[other.pk for other in events])
    replays = list(replayed.select_related("job").order_by("pk")[:ROWS_AT_MOST])
    return History(
        event=event,
        events=events,
        deliveries={each.pk: each for each in deliveries},
        repeats=list(repeats[:ROWS_AT_MOST]),
        runs=list(runs),
        sweeper_tasks=list(sweeper_tasks[:ROWS_AT_MOST]),
        replays=replays,
        explained=_explained(events, replays),
        placement=_placement(event),
        cut_off=cut_off,
    )


def _explained(
    events: Sequence[Event], replays: Sequence[ReplayedEvent]
) -> Mapping[int, Sequence[datetime]]:
    """No query where nothing was opened again. Of what an alias opened last the event tells, too.

    Aliases have said since the column was added which events they opened.
    """
    reopened = [event for event in events if event.reopened_at is not None]
    moments = opened_by_aliases(reopened)
    of_replays = {(replay.event_id, replay.reopened_at) for replay in replays}
    for event in reopened:
        if event.reopened_at and (event.pk, event.reopened_at) not in of_replays:
            moments.setdefault(event.pk, set()).add(event.reopened_at)
    return {event: sorted(each) for event, each in moments.items()}


def _placement(event: Event) -> Placement | None:
    if not event.message_id:
        return None
    return Placement.objects.filter(
        message_id=event.message_id, lease_number=canonical(event.lease_number)
    ).first()
