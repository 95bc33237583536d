"""Several write and commit late, in any order, while one follows: each change is told once."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from eventlog.tail import following as module
from eventlog.tail.changes import How, change_of
from eventlog.tail.following import Following
from tests.rows import make_delivery, make_event
from webhooks import clock
from webhooks.models import Event

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS, EVENTS = 6, 12  # of each
LATE = 1.0  # seconds, by which a commit may be late here


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two minutes pass in a second or two."""
    late = timedelta(seconds=2 * LATE)
    monkeypatch.setattr(module, "A_LITTLE", timedelta(seconds=0.1))
    monkeypatch.setattr(module, "BY_ALL_EVERY", timedelta(seconds=0.5))
    monkeypatch.setattr(module, "BY_ALL", late + timedelta(seconds=0.5))
    monkeypatch.setattr(module, "REMEMBERED", late + timedelta(seconds=1))
    monkeypatch.setattr(module, "CHANGES_AT_A_TIME", 5)


def commit_late(wait: random.Random) -> None:
    """Lets others commit first, where the database has more than one writer."""
    if connection.vendor == "postgresql":
        time.sleep(wait.choice((0, 0, 0.2, LATE)))


def write(seed: int) -> None:
    """Events that come in, wait, and end, each change in a transaction of its own."""
    wait = random.Random(seed)  # noqa: S311 - a test's
    try:
        for _ in range(EVENTS):
            with transaction.atomic():
                delivery = make_delivery(received_at=clock.now())
                event = make_event(delivery, state="received", reason="")
                commit_late(wait)
            with transaction.atomic():
                columns = {"state": "waiting", "reason": "waiting_for_message"}
                Event.objects.filter(pk=event.pk).update(**columns, started_at=clock.now())
                commit_late(wait)
            time.sleep(wait.random() / 10)
            with transaction.atomic():
                columns = {"state": "processed", "reason": "applied"}
                Event.objects.filter(pk=event.pk).update(**columns, settled_at=clock.now())
                commit_late(wait)
    finally:
        connections.close_all()


def test_each_change_is_told_once(quick: None) -> None:
    following = Following(Event.objects.all(), since=clock.now())
    told: Counter[tuple[int, How]] = Counter()

    def look() -> None:
        for part in following.look(now=clock.now()):
            told.update((event.pk, change_of(event).how) for event in part)

    with ThreadPoolExecutor(WRITERS) as writers:
        writing = [writers.submit(write, seed) for seed in range(WRITERS)]
        while not all(each.done() for each in writing):
            look()
            threading.Event().wait(0.02)
        for each in writing:
            each.result()
    ends_at = time.monotonic() + 1.0  # until a look has gone back by all
    while time.monotonic() < ends_at:
        look()
        threading.Event().wait(0.1)

    assert set(told.values()) == {1}
    processed = {event for event, how in told if how[0] == "processed"}
    assert processed == set(Event.objects.values_list("pk", flat=True))
    assert len(processed) == WRITERS * EVENTS
    if connection.vendor == "postgresql":  # whose writers are not kept waiting for each other
        assert len(told) > 2 * WRITERS * EVENTS
