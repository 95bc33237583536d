"""Which of a replay's buttons would do something: the others are not shown."""

from dataclasses import dataclass

from eventlog.questions.filters import EventFilter
from eventlog.replay.selection import OPENABLE
from webhooks.models import Delivery, Event
from webhooks.outcomes import REOPENABLE, State
from webhooks.whatsapp.items import IN_A_CHAT


@dataclass(frozen=True, kw_only=True, slots=True)
class Buttons:
    """Of an event's page."""

    replay: bool
    replay_delivery: bool
    repair: bool


def buttons_of(event: Event, *, may_replay: bool, may_repair: bool) -> Buttons:
    """What somebody can do about an event. No query for who may do nothing."""
    openable = Event.objects.filter(OPENABLE, delivery=event.delivery_id)
    replay = may_replay and event.state in REOPENABLE
    return Buttons(
        replay=replay and openable.filter(pk=event.pk).exists(),
        replay_delivery=may_replay and openable.exclude(pk=event.pk).exists(),
        repair=may_repair and _is_in_a_chat(event) and _has_bytes(event),
    )


def of_delivery(delivery: Delivery) -> bool:
    """Whether anything of a delivery, or of the one that it repeats, can be replayed."""
    first = delivery.repeat_of_id or delivery.pk
    return Event.objects.filter(OPENABLE, delivery=first).exists()


def of_filter(wanted: EventFilter) -> bool:
    """Whether what a filter asks for can be of those that a replay opens, by its words alone."""
    states = {*wanted.states} or REOPENABLE
    reasons = {reason.state for reason in wanted.reasons} or REOPENABLE
    return bool(states & reasons & REOPENABLE)


def _is_in_a_chat(event: Event) -> bool:
    applied = event.state == State.PROCESSED and event.kind in IN_A_CHAT
    return applied and event.erased_at is None


def _has_bytes(event: Event) -> bool:
    return Delivery.objects.filter(pk=event.delivery_id, body__isnull=False).exists()
