"""A backlog does not make itself slower, whatever PostgreSQL believes about its tables.

Its statistics are as old as its last look at a table. What it takes for rare it looks up first,
and when services come back after an hour, what was rare is everything there is.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection

from eventlog.replay.choosing import of_events
from eventlog.replay.jobs import EVENTS_PER_STEP, Request, carry_on, start
from sandbox.emulators import Emulators
from sandbox.samples import image, reaction, status, text
from tests.platform import LEASE, START, Platform
from tests.webhooks.databases import execute
from tests.work import counted
from webhooks import transitions
from webhooks.models import Event
from webhooks.outcomes import OPEN, State
from webhooks.sweeper import sweep

DELIVERIES, ITEMS = 2000, 10
SETTLED_BEFORE = 200  # deliveries
ROWS_AT_MOST = (
    300  # read for one task; each of a delivery's twelve events is looked at now and then
)
APPLIED = ("processed", "applied")

# Made by PostgreSQL itself: twenty thousand rows in a second.
DELIVER = """
    INSERT INTO webhooks_delivery
        (id, received_at, source, digest, body, size, headers, verdict, item_count)
    SELECT gen_random_uuid(), '{at}', 'meta', '{state}' || d, '', 0, '{{}}', 'readable', {items}
    FROM generate_series(1, {deliveries}) d
"""
EVENTS = """
    INSERT INTO webhooks_event
        (delivery_id, position, kind, name, account_id, lease_number, phone_number_id,
         person_number, person_user_id, message_id, target_id, state, reason, detail, received_at,
         queued_at, started_at, settled_at, check_at, waits, rounds,
         lease_id, enquiry_id, document_id)
    SELECT d.id, p, '{kind}', '{kind}', '', '{number}', '1', '', '', 'wamid.' || p || d.digest, '',
           '{state}', '{reason}', '', '{at}', {queued}, NULL, {settled}, {check}, 0, 0, '', '', ''
    FROM webhooks_delivery d, generate_series(1, {items}) p WHERE d.digest LIKE '{state}%'
"""


def fill(state: State, *, deliveries: int, kind: str = "status", reason: str = "") -> None:
    """Adds deliveries whose events are all in this state and due, if it is an open one."""
    at = (START - timedelta(hours=1)).isoformat()
    words = {
        "at": at,
        "state": state.value,
        "deliveries": deliveries,
        "items": ITEMS,
        "kind": kind,
        "reason": reason,
        "number": LEASE,
        "queued": "NULL" if state is State.RECEIVED else f"'{at}'",
        "settled": "NULL" if state in OPEN else f"'{at}'",
        "check": f"'{at}'::timestamptz + random() * interval '30 min'" if state in OPEN else "NULL",
    }
    execute(DELIVER.format(**words))
    execute(EVENTS.format(**words))


def learn() -> None:
    """Lets PostgreSQL look at its tables."""
    execute("ANALYZE webhooks_delivery, webhooks_event, listeners_placement, listeners_taskrun")


def everything_was_settled(state: State) -> None:
    """PostgreSQL looked when every event had its outcome."""
    fill(State.DUPLICATE, deliveries=SETTLED_BEFORE)
    learn()
    fill(state, deliveries=DELIVERIES)


def nothing_is_known(state: State) -> None:
    """PostgreSQL has not looked yet: the first hour of a new or a restored ledger."""
    fill(State.DUPLICATE, deliveries=SETTLED_BEFORE)
    fill(state, deliveries=DELIVERIES)


def everything_is_known(state: State) -> None:
    """PostgreSQL has looked since."""
    nothing_is_known(state)
    learn()


BELIEFS = (everything_was_settled, nothing_is_known, everything_is_known)


@pytest.fixture
def firestore_host(stand_ins: Emulators) -> str:
    """Our stand-in alone: Firestore is not what is looked at."""
    return stand_ins.firestore_host


@pytest.fixture(autouse=True)
def _on_postgresql(new_tables: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL plans by statistics")


def receive(platform: Platform) -> UUID:
    """A delivery of every kind of item, among them a status for a message that is not there."""
    return platform.receive(
        *(text(message_id=f"wamid.T{number}") for number in range(8)),
        reaction(target_id="wamid.OUT"),
        image(),
        statuses=[status(message_id="wamid.OUT"), status(message_id="wamid.LATE")],
    )


@pytest.mark.parametrize("belief", BELIEFS)
@pytest.mark.parametrize("state", sorted(OPEN))
def test_a_task_reads_its_own_rows(
    platform: Platform, belief: Callable[[State], None], state: State
) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    belief(state)
    with counted() as work:
        delivery = receive(platform)
        transitions.queue_deliveries([delivery], now=platform.now)
        platform.run(delivery)
        platform.run(delivery)
        receive(platform)  # the same bytes
    assert platform.outcomes(delivery)[:9] == [APPLIED] * 9
    assert work.amount < ROWS_AT_MOST


@pytest.mark.parametrize("belief", BELIEFS)
@pytest.mark.parametrize("state", sorted(OPEN))
def test_tasks_that_are_noted_together_read_their_own_rows(
    platform: Platform, belief: Callable[[State], None], state: State
) -> None:
    belief(state)
    deliveries = [
        platform.receive(*(text(message_id=f"wamid.T{each}.{number}") for number in range(3)))
        for each in range(30)
    ]
    with counted() as work:
        transitions.queue_deliveries(deliveries, now=platform.now)
    assert Event.objects.filter(delivery__in=deliveries, state="queued").count() == 90
    assert work.amount < 4 * 90


@pytest.mark.parametrize("belief", BELIEFS)
def test_a_task_that_comes_too_early_reads_its_own_rows(
    platform: Platform, belief: Callable[[State], None]
) -> None:
    """Also where everything that waits is due in the same moments."""
    belief(State.WAITING)
    Event.objects.filter(state="waiting").update(check_at=platform.now + timedelta(seconds=6))
    delivery = receive(platform)
    late = Event.objects.filter(delivery=delivery, message_id="wamid.LATE")
    late.update(state="waiting", check_at=platform.now + timedelta(seconds=5))
    with counted() as work:
        platform.run(delivery, events=[late.get().pk])
    assert len(platform.scheduled()) == 1
    assert work.amount < ROWS_AT_MOST


@pytest.mark.parametrize("belief", BELIEFS)
def test_a_sweep_reads_what_it_sends(platform: Platform, belief: Callable[[State], None]) -> None:
    belief(State.QUEUED)
    with counted() as work:
        report = sweep(queue=platform.queue, clock=lambda: platform.now, limit=100)
    assert report.events == 100
    # Each is of another delivery, whose events may all be looked at: a tenth of the backlog.
    assert work.amount < 100 * 2 * ITEMS


@pytest.mark.parametrize("belief", BELIEFS)
@pytest.mark.parametrize(
    ("state", "reason"), [(State.PROCESSED, "applied"), (State.SKIPPED, "no_active_tracking")]
)
def test_what_was_settled_is_not_read_to_tell_duplicates(
    platform: Platform, belief: Callable[[State], None], state: State, reason: str
) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    applied = receive(platform)
    platform.run(applied)
    belief(state)
    with counted() as work:
        again = platform.deliver(
            text(message_id="wamid.T1"), statuses=[status(message_id="wamid.OUT")]
        )
    assert again == [("duplicate", "already_applied")] * 2
    assert work.amount < ROWS_AT_MOST


@pytest.mark.parametrize("belief", [everything_was_settled, everything_is_known])
@pytest.mark.parametrize("state", sorted(OPEN))
def test_a_replay_reads_its_own_rows(
    platform: Platform, belief: Callable[[State], None], state: State
) -> None:
    """Also while the queue has taken nothing for an hour, and replays are what mends it.

    Where nothing is known a table of this size is read whole for a hundred keys, and rightly so.
    """
    count = 2 * EVENTS_PER_STEP
    platform.deliver(*(text(message_id=f"wamid.T{number}") for number in range(count)))
    skipped = list(Event.objects.values_list("pk", flat=True))
    belief(state)
    request = Request(job_id=uuid4(), name="J", selection=of_events(skipped), asked_by=None)
    job = start(request, now=platform.now)
    until = platform.now + timedelta(minutes=1)
    with counted() as work:
        carry_on(job, queue=platform.queue, clock=lambda: platform.now, until=until)
    assert Event.objects.filter(pk__in=skipped, state=State.QUEUED).count() == count
    assert work.amount < 30 * count


@pytest.mark.parametrize("belief", BELIEFS)
@pytest.mark.parametrize("state", sorted(OPEN))
def test_a_sweep_in_vain_reads_what_it_gives_back(
    platform: Platform, belief: Callable[[State], None], state: State
) -> None:
    """While the queue is away, which is when everything is queued."""
    belief(state)
    away = replace(platform.queue, emulator_host="127.0.0.1:9", budget_seconds=0.2)
    with counted() as work:
        report = sweep(queue=away, clock=lambda: platform.now, limit=100)
    assert (report.events, report.queue_available) == (0, False)
    assert work.amount < 100 * 10
