"""What meets in one group of deliveries, and what others do with one of them meanwhile."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import permutations
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from eventlog.replay.choosing import of_events
from eventlog.replay.jobs import Request, carry_on, start
from eventlog.retention import prune
from listeners.firestore.errors import Unavailable
from listeners.firestore.store import Store
from listeners.firestore.writes import Write
from listeners.models import Placement, RestoreWindow, TaskRun
from listeners.restores.windows import begin
from listeners.runs import Attempt
from listeners.services import Handled, handle
from sandbox.emulators import Emulators
from sandbox.samples import TEXT_ID, image, reaction, status, text
from tests import threads
from tests.beside.test_runs import CHANGES, Change, Interrupted, Looking, broken_off, changed
from tests.company import Company, at_once, one_task
from tests.ledger_tasks import task_for
from tests.platform import LEASE, Platform
from tests.sandbox.stack.processes import eventually
from webhooks.locking import take
from webhooks.models import Delivery, Event
from webhooks.outcomes import SETTLED, State
from webhooks.tasks import Task

pytestmark = pytest.mark.django_db(transaction=True)

APPLIED = ("processed", "applied")
DUPLICATE = ("duplicate", "already_applied")
REPLY_ID = "wamid.REPLY"
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
USER_ID = "US.13491208655302741918"
WAYS = pytest.mark.parametrize("company", [one_task, at_once])


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    """Our stand-in alone: what meets here is in the ledger."""
    return stand_ins.firestore_host


def tasks(deliveries: Sequence[UUID]) -> list[Task]:
    return [task_for(each) for each in deliveries]


def end_waits(platform: Platform, company: Company) -> None:
    """Brings forward whatever waits, and handles it in company, until nothing does."""
    for _ in range(8):
        waiting = Event.objects.filter(state=State.WAITING)
        due = list(waiting.values_list("delivery", flat=True).distinct())
        if not due:
            return
        waiting.update(check_at=datetime.now(UTC) - DAY)
        company(platform, tasks(due))


def outcomes(platform: Platform, deliveries: Sequence[UUID]) -> list[list[tuple[str, str]]]:
    return [platform.outcomes(each) for each in deliveries]


ITEMS: tuple[Callable[[Platform], UUID], ...] = (
    lambda platform: platform.receive(text()),
    lambda platform: platform.receive(text(message_id=REPLY_ID, reply_to=TEXT_ID)),
    lambda platform: platform.receive(reaction(target_id=TEXT_ID)),
    lambda platform: platform.receive(statuses=[status(message_id=TEXT_ID, word="read")]),
)


@WAYS
@pytest.mark.parametrize("order", list(permutations(range(len(ITEMS))))[::3])
def test_a_text_and_what_is_about_it(
    platform: Platform, company: Company, order: tuple[int, ...]
) -> None:
    """In any order of a group: the reply goes where the text is, and all is applied."""
    platform.track("e1", driverUserId=USER_ID)
    platform.track("e2", driverUserId=USER_ID)
    deliveries = [ITEMS[place](platform) for place in order]
    company(platform, tasks(deliveries))
    end_waits(platform, company)
    assert outcomes(platform, deliveries) == [[APPLIED]] * len(ITEMS)
    chat = platform.chat("e2")
    assert chat.keys() == {TEXT_ID, REPLY_ID}
    assert (chat[TEXT_ID]["status"], len(chat[TEXT_ID]["reactions"])) == ("read", 1)
    assert (platform.unread("e1"), platform.unread("e2")) == (0, 2)


@WAYS
def test_one_text_in_many_deliveries(platform: Platform, company: Company) -> None:
    platform.track("e1")
    deliveries = [platform.receive(text(), image(message_id=f"wamid.{n}")) for n in range(12)]
    company(platform, tasks(deliveries))
    first = [each[0] for each in outcomes(platform, deliveries)]
    assert sorted(first) == [DUPLICATE] * 11 + [APPLIED]
    assert (platform.unread("e1"), len(platform.chat("e1"))) == (1, 1)
    owner = Placement.objects.get().event
    assert (owner.state, owner.reason) == APPLIED


class Unsaid(Store):
    """A store that writes, or does not, and in either case does not say so."""

    writes: bool

    def commit(self, writes: Sequence[Write]) -> None:
        """Raises Unavailable."""
        if self.writes:
            super().commit(writes)
        raise Unavailable


@WAYS
@pytest.mark.parametrize("written", [False, True])
@pytest.mark.parametrize("owner", range(3))
def test_one_text_in_company_of_who_did_not_hear_that_it_was_written(
    platform: Platform, company: Company, written: bool, owner: int
) -> None:
    """Whoever took its place has done it, written before or now, wherever it stands in a run."""
    platform.track("e1")
    deliveries = [platform.receive(text(), image(message_id=f"wamid.{n}")) for n in range(3)]
    unsaid = Unsaid(main=platform.main, ancillary=platform.ancillary)
    unsaid.writes = written
    assert one_task(platform, tasks([deliveries[owner]]), unsaid) == [Handled.TRY_AGAIN]

    company(platform, tasks(deliveries))

    first = [each[0] for each in outcomes(platform, deliveries)]
    assert first == [APPLIED if place == owner else DUPLICATE for place in range(3)]
    assert (platform.unread("e1"), len(platform.chat("e1"))) == (1, 1)


@WAYS
def test_one_status_and_one_reaction_in_many_deliveries(
    platform: Platform, company: Company
) -> None:
    """One has done each, and the others say so."""
    platform.track("e1", driverUserId=USER_ID)
    platform.sends("e1", "wamid.OUT")
    deliveries = [
        platform.receive(
            reaction(target_id="wamid.OUT"),
            image(message_id=f"wamid.{n}"),
            statuses=[status(message_id="wamid.OUT", word="read")],
        )
        for n in range(8)
    ]
    company(platform, tasks(deliveries))
    added, _, read = (
        sorted(each[place] for each in outcomes(platform, deliveries)) for place in range(3)
    )
    assert added == [DUPLICATE] * 7 + [APPLIED]
    assert read == [DUPLICATE] * 7 + [APPLIED]
    assert platform.chat("e1")["wamid.OUT"]["status"] == "read"
    assert len(platform.chat("e1")["wamid.OUT"]["reactions"]) == 1


def test_one_status_of_a_delivery_that_has_something_left(platform: Platform) -> None:
    """It did it, though the other, which has nothing left, is recorded before it."""
    for enquiry in ("e1", "e2"):
        platform.track(enquiry, driverUserId=USER_ID)
    platform.sends("e1", "wamid.OUT")
    read = status(message_id="wamid.OUT", word="read")
    reply = text(message_id=REPLY_ID, reply_to=TEXT_ID)
    left = platform.receive(text(), reply, statuses=[read])
    whole = platform.receive(image(message_id="wamid.IMAGE"), statuses=[read])
    one_task(platform, tasks([left, whole]))
    assert platform.outcomes(left) == [APPLIED] * 3
    assert platform.outcomes(whole)[1] == DUPLICATE


@CHANGES
def test_of_two_runs_that_find_a_change_made_by_neither_one_tells_of_it(
    platform: Platform, change: Change
) -> None:
    """Both have looked before either is recorded, and each finds the other open."""
    deliveries = broken_off(platform, change)
    both = Barrier(2, timeout=30)

    def run(delivery: UUID) -> Handled:
        return handle(
            Task(delivery=delivery),
            attempt=Attempt(),
            store=Looking(platform, both.wait),
            queue=platform.queue,
            clock=lambda: platform.now,
        )

    assert threads.at_once([partial(run, each) for each in deliveries]) == [Handled.DONE] * 2
    assert sorted(changed(platform, *deliveries)) == [DUPLICATE, APPLIED]


@WAYS
def test_the_same_delivery_many_times(platform: Platform, company: Company) -> None:
    """Also by its bytes alone, where its id is another's, and for some of its events."""
    platform.track("e1")
    delivery = platform.receive(*(text(message_id=f"wamid.{n}") for n in range(3)))
    other = platform.receive(text(message_id="wamid.9"))
    task = task_for(delivery)
    events = list(Event.objects.filter(delivery=delivery).values_list("pk", flat=True))
    by_bytes = Task(delivery=uuid4(), digest=task.digest, events=(10**9,))
    some = Task(delivery=delivery, digest=task.digest, events=tuple(events[1:2]))
    answers = company(platform, [some, task, by_bytes, task_for(other), task, some, by_bytes])
    assert answers == [Handled.DONE] * 7
    assert outcomes(platform, [delivery, other]) == [[APPLIED] * 3, [APPLIED]]
    assert platform.unread("e1") == 4


@WAYS
def test_a_task_touches_the_events_that_it_names_alone(
    platform: Platform, company: Company
) -> None:
    """Also where another of the group names events of a delivery that is not its own."""
    platform.track("e1")
    own = [platform.receive(*(text(message_id=f"wamid.{n}.{m}") for m in "ab")) for n in range(3)]
    first = [Event.objects.filter(delivery=each).order_by("position")[0].pk for each in own]
    group = [task_for(each, events=[first[place]]) for place, each in enumerate(own[:2])]
    group.append(task_for(own[2], events=[first[0] + 1, first[2]]))
    assert company(platform, group) == [Handled.DONE] * 3
    assert outcomes(platform, own) == [[APPLIED, ("received", "")]] * 3


@WAYS
def test_one_that_comes_before_its_time_comes_again(platform: Platform, company: Company) -> None:
    platform.track("e1")
    late = platform.receive(statuses=[status(message_id="wamid.LATE")])
    one_task(platform, tasks([late]))
    event = Event.objects.get(delivery=late)
    assert (event.state, event.waits) == ("waiting", 1)
    others = [platform.receive(text(message_id=f"wamid.{n}")) for n in range(3)]
    group = [task_for(late, events=[event.pk]), *tasks(others)]
    assert company(platform, group) == [Handled.DONE] * 4
    event.refresh_from_db()
    assert (event.state, event.waits) == ("waiting", 1)
    [(_, first), (_, second)] = platform.scheduled()
    assert timedelta(seconds=3) < second - first < timedelta(seconds=6)
    assert outcomes(platform, others) == [[APPLIED]] * 3


@WAYS
def test_rows_of_another_release_among_them(platform: Platform, company: Company) -> None:
    """At other positions, and one that is of nothing in the bytes."""
    platform.track("e1")
    deliveries = [
        platform.receive(text(message_id=f"wamid.{n}.a"), text(message_id=f"wamid.{n}.b"))
        for n in range(4)
    ]
    for moved in deliveries[1:3]:
        Event.objects.filter(delivery=moved, position=0).update(position=7)
    Event.objects.filter(delivery=deliveries[2], position=1).update(
        message_id="wamid.GONE", message_key=None, kind="reaction", name="reaction"
    )
    assert company(platform, tasks(deliveries)) == [Handled.DONE] * 4
    applied = [APPLIED] * 2
    assert outcomes(platform, deliveries) == [
        applied,
        applied,
        [("failed", "malformed"), APPLIED],
        applied,
    ]
    assert platform.unread("e1") == 7


@WAYS
def test_a_text_that_is_looked_for_among_them(platform: Platform, company: Company) -> None:
    """A window is open: somebody whom the ledger does not remember has written one of them."""
    platform.track("e1")
    platform.messages("e1").document("Zgateway1").set(
        {"whatsappMessageId": TEXT_ID, "source": "driver", "type": "text", "message": "Hi"}
    )
    platform.enquiry("e1").set({"unReadWhatsappMessageCount": 1})
    now = datetime.now(UTC)
    begin(RestoreWindow.What.LEDGER, since=now - MINUTE, until=now + MINUTE, now=now)
    others = [platform.receive(text(message_id=f"wamid.{n}")) for n in range(4)]
    deliveries = [*others[:2], platform.receive(text()), *others[2:]]
    assert company(platform, tasks(deliveries)) == [Handled.DONE] * 5
    expected = [[APPLIED]] * 5
    expected[2] = [DUPLICATE]
    assert outcomes(platform, deliveries) == expected
    assert (platform.unread("e1"), len(platform.chat("e1"))) == (5, 5)
    assert {each.id for each in platform.messages("e1").stream()} >= {"Zgateway1"}


@WAYS
def test_those_without_anything_to_do_among_them(platform: Platform, company: Company) -> None:
    """Bytes that nobody can read, a photo, a repeat, and what is settled already."""
    platform.track("e1")
    settled = platform.receive(text(message_id="wamid.A"))
    one_task(platform, tasks([settled]))
    fresh = platform.receive(text(message_id="wamid.B"))
    repeat = platform.receive(text(message_id="wamid.B"))
    odd = [platform.receive_payload(b"{"), platform.receive(image(message_id="wamid.P"))]
    repeat_row = Delivery.objects.exclude(repeat_of=None).first()
    assert repeat == fresh
    group = tasks([settled, *odd, fresh])
    if repeat_row is not None:
        group.append(task_for(repeat_row.pk))
    assert set(company(platform, group)) == {Handled.DONE}
    assert outcomes(platform, [settled, fresh]) == [[APPLIED]] * 2
    assert platform.unread("e1") == 2


def interrupted(platform: Platform, deliveries: Sequence[UUID], what: Any) -> None:
    """Handles a group, and lets something happen before its outcomes are recorded."""
    store = Interrupted(platform, what)
    one_task(platform, tasks(deliveries), store)


@pytest.fixture
def texts(platform: Platform) -> list[UUID]:
    """Five deliveries of a text each, of one chat."""
    platform.track("e1")
    return [platform.receive(text(message_id=f"wamid.{n}")) for n in range(5)]


@pytest.mark.parametrize("place", range(5))
def test_another_run_settles_one_meanwhile(
    platform: Platform, texts: list[UUID], place: int
) -> None:
    interrupted(platform, texts, lambda: one_task(platform, tasks(texts[place : place + 1])))
    assert outcomes(platform, texts) == [[APPLIED]] * 5
    assert platform.unread("e1") == 5


def test_another_group_of_the_same_settles_all_meanwhile(
    platform: Platform, texts: list[UUID]
) -> None:
    interrupted(platform, texts, lambda: one_task(platform, tasks(texts[::-1])))
    assert outcomes(platform, texts) == [[APPLIED]] * 5
    assert (platform.unread("e1"), len(platform.chat("e1"))) == (5, 5)


def test_a_replay_opens_one_again_meanwhile(platform: Platform) -> None:
    """What a run of before has found out of it does not decide; the others do not wait."""
    deliveries = [platform.receive(text(message_id=f"wamid.{n}")) for n in range(5)]

    def meanwhile() -> None:
        one_task(platform, tasks(deliveries[2:3]))
        platform.track("e1")
        replay(platform, Event.objects.filter(delivery=deliveries[2]))

    interrupted(platform, deliveries, meanwhile)
    assert platform.outcomes(deliveries[2]) in ([("queued", "")], [APPLIED])
    one_task(platform, tasks(deliveries[2:3]))
    assert platform.outcomes(deliveries[2]) == [APPLIED]
    assert Event.objects.exclude(state__in=SETTLED).count() == 0


def replay(platform: Platform, events: Any) -> None:
    selection = of_events([event.pk for event in events])
    now = datetime.now(UTC)
    job = start(Request(job_id=uuid4(), name="J", selection=selection, asked_by=None), now=now)
    carry_on(job, queue=platform.queue, clock=lambda: now, until=now + DAY)


@pytest.mark.parametrize("place", [0, 2, 4])
def test_retention_takes_one_away_meanwhile(platform: Platform, place: int) -> None:
    """Its text is in the chat by then; all others are recorded, and their runs."""
    platform.track("e1")
    texts = []
    for serial in range(5):
        platform.now -= 90 * DAY * (serial == place)
        texts.append(platform.receive(text(message_id=f"wamid.{serial}")))
        platform.now += 90 * DAY * (serial == place)

    def meanwhile() -> None:
        one_task(platform, tasks(texts[place : place + 1]))
        assert prune(before=platform.now - 60 * DAY).deliveries == 1

    interrupted(platform, texts, meanwhile)
    left = [each for each in texts if each != texts[place]]
    assert outcomes(platform, left) == [[APPLIED]] * 4
    assert not Event.objects.filter(delivery=texts[place]).exists()
    assert set(TaskRun.objects.values_list("delivery", flat=True)) >= set(left)
    assert platform.unread("e1") == 5


def test_the_driver_moves_on_meanwhile(platform: Platform, texts: list[UUID]) -> None:
    """Whoever has a chat keeps it, and nobody is in two."""

    def moves() -> None:
        platform.ancillary.document(f"whatsapp/lease/{LEASE}/record-1").update({"active": False})
        platform.track("e2")

    interrupted(platform, texts, moves)
    later = platform.receive(text(message_id="wamid.LATER"))
    one_task(platform, tasks([*texts, later]))
    assert outcomes(platform, [*texts, later]) == [[APPLIED]] * 6
    chats = {enquiry: platform.chat(enquiry).keys() for enquiry in ("e1", "e2")}
    assert {name: platform.unread(name) for name in chats} == {
        name: len(chat) for name, chat in chats.items()
    }
    assert chats["e1"] | chats["e2"] == {*(f"wamid.{n}" for n in range(5)), "wamid.LATER"}
    assert not chats["e1"] & chats["e2"]
    placed = dict(Placement.objects.values_list("message_id", "enquiry_id"))
    assert placed == {name: enquiry for enquiry, chat in chats.items() for name in chat}


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows")
@WAYS
def test_somebody_holds_an_event_of_one(
    platform: Platform, texts: list[UUID], company: Company
) -> None:
    """Such as an instance that has stopped: the others are recorded before it goes on."""
    others = [*texts[:2], *texts[3:]]

    def handle() -> None:
        company(platform, tasks(texts))
        connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        held = Event.objects.filter(delivery__in=[texts[2], platform.receive(text())])
        take(held.values_list("pk", flat=True))
        handling = pool.submit(handle)
        recorded = eventually(lambda: outcomes(platform, others) == [[APPLIED]] * 4)
    assert recorded
    handling.result(timeout=30)
    one_task(platform, tasks(texts))
    assert outcomes(platform, texts) == [[APPLIED]] * 5
    assert platform.unread("e1") == 5
