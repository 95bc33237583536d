"""What is foreseen of a replay is what becomes of it, and looking changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given

from eventlog.models import ReplayedEvent, ReplayJob
from eventlog.replay.jobs import Request, carry_on, start
from eventlog.replay.selection import Selection
from listeners.foresight.looking import look
from listeners.models import Placement
from listeners.tracking import ChatKey
from tests.convergence.course import Course, course
from tests.convergence.stored import store_world
from tests.convergence.streams import CHANCES, Stream, of_several_names, of_user_ids, streams
from tests.convergence.world import Text
from tests.examples import examples
from visn_whatsapp.budget import Budget
from webhooks.models import Event
from webhooks.outcomes import REOPENABLE, Reason, State

IN_CHAT = (State.PROCESSED, State.DUPLICATE)
Fate = tuple[str, str, str]  # the reason, and of what is in a chat the chat


class InTurn(Random):
    """No chance: the first of whatever there is."""

    def choice(self, seq: Any) -> Any:
        """The first."""
        return seq[0]


@examples(40)
@given(stream=streams() | streams(aliases=True) | of_several_names(), random=CHANCES)
@pytest.mark.django_db
def test_what_was_foreseen_comes(
    stream: Stream, random: Random, firestore: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In whatever order the tasks of the replay run."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore)
    with replayable(stream, random) as running:
        check(running)


@examples(20)
@given(stream=of_user_ids(), random=CHANCES)
@pytest.mark.django_db
def test_what_is_learned_meanwhile_is_foreseen(
    stream: Stream, random: Random, firestore: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the tasks run one after another, as they are made: it depends on their order."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore)
    with replayable(stream, random) as running:
        running.random = InTurn()
        check(running)


@contextmanager
def replayable(stream: Stream, random: Random) -> Iterator[Course]:
    """Some records and enquiries are late; what found none of them can be opened again."""
    ReplayedEvent.objects.all().delete()
    ReplayJob.objects.all().delete()
    quoted = {item.reply_to for item in stream.items if isinstance(item, Text)}
    early = replace(
        stream.world,
        records=tuple(each for each in stream.world.records if random.random() < 0.3),
        enquiries={
            chat: count for chat, count in stream.world.enquiries.items() if random.random() < 0.7
        },
    )
    with course(early, random, rate=0, losses=False, prompt=quoted) as running:
        for batch in (*stream.deliveries, *stream.afterwards):
            running.deliver(batch)
        running.finish()
        late = replace(
            stream.world,
            records=tuple(replace(each, active=True) for each in stream.world.records),
            enquiries={
                chat: count
                for chat, count in stream.world.enquiries.items()
                if chat in early.enquiries or random.random() < 0.7
            },
        )
        store_world(late, main=running.main, ancillary=running.ancillary, late=())
        yield running


def check(running: Course) -> None:
    """Looks at all that can be opened again, and then opens it."""
    chosen = list(Event.objects.filter(state__in=REOPENABLE).values_list("pk", flat=True))
    before = everything(running)
    foreseen = {
        each.event: fate(each.reason, each.chat)
        for each in look(chosen, store=running.store, now=running.now, budget=Budget(60))
    }
    assert everything(running) == before
    assert foreseen.keys() == {*chosen}
    replay(running, chosen)
    came = {event.pk: fate_of(event) for event in Event.objects.filter(pk__in=chosen)}
    assert came == foreseen


def everything(running: Course) -> tuple[Any, ...]:
    """All documents, and what the ledger has of events and placements."""
    tables = (list(model.objects.order_by("pk").values()) for model in (Event, Placement))
    return running.documents(), *tables


def replay(running: Course, chosen: list[int]) -> None:
    """Opens the events again and lets everything come to its end."""
    if not chosen:
        return
    selection = Selection(events=Event.objects.filter(pk__in=chosen), words="all")
    request = Request(job_id=uuid4(), name="all", selection=selection, asked_by=None)
    job = start(request, now=running.now)
    until = running.now + timedelta(days=1)
    carry_on(job, queue=running.queue, clock=lambda: running.now, until=until)
    running.finish()


def fate_of(event: Event) -> Fate:
    """What became of an event."""
    return fate(
        Reason.of(event.reason), ChatKey(lease_id=event.lease_id, enquiry_id=event.enquiry_id)
    )


def fate(reason: Reason, chat: ChatKey | None) -> Fate:
    """Who of several that say the same is the first depends on the order in which tasks run."""
    if reason.state not in IN_CHAT or chat is None:
        return reason.value, "", ""
    return "in the chat", chat.lease_id, chat.enquiry_id
