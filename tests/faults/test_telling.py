"""A process that is killed once a channel has taken what it was sent, and before that is noted."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pytest_django import Settings

from eventlog.channels.outbox import CLAIM
from eventlog.channels.rounds import tell_people
from eventlog.models import Notification
from tests.eventlog.channels.receivers import Received, web_server
from tests.eventlog.figures.ledger import MINUTE
from tests.eventlog.problems.looking import notice, rounds
from tests.jobs import database_url
from webhooks import clock

pytestmark = pytest.mark.django_db(transaction=True)

LONGEST = 60  # seconds until a process has told, or is gone


@contextmanager
def watching(**variables: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`manage.py watch` on the database of the test."""
    variables |= {"DATABASE_URL": database_url()}
    variables["DJANGO_SETTINGS_MODULE"] = "visn_whatsapp.settings.local"
    command = [sys.executable, "manage.py", "watch"]
    with subprocess.Popen(
        command, env=os.environ | variables, stdout=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.kill()
            process.wait(LONGEST)


@pytest.fixture
def hook(settings: Settings) -> Iterator[Received]:
    """The only channel: it takes what comes, and says so once it may."""
    with web_server() as received:
        received.hangs = threading.Event()
        settings.CHANNELS = (f"ops=signed://secret@127.0.0.1:{received.port}/hook",)
        yield received


def test_it_is_told_again_under_the_same_id_and_never_lost(
    hook: Received, settings: Settings
) -> None:
    rounds(notice(), now=clock.now())
    with watching(CHANNELS=settings.CHANNELS[0], ADMIN_URL=settings.ADMIN_URL) as process:
        assert hook.came.wait(LONGEST)
        process.kill()
        process.wait(LONGEST)
        assert hook.hangs
        hook.hangs.set()
    left = Notification.objects.get()
    assert (left.sent_at, left.tries) == (None, 1)
    # Whoever took it may still be sending: until its time is over nobody else does.
    tell_people(now=clock.now())
    assert Notification.objects.get().tries == 1
    tell_people(now=clock.now() + CLAIM)
    tell_people(now=clock.now() + CLAIM + MINUTE)
    told = Notification.objects.get()
    assert (told.sent_at is None, told.tries) == (False, 2)
    first, second = hook.headers
    assert first["X-Notification-Id"] == second["X-Notification-Id"]
    assert hook.bodies[0] == hook.bodies[1]
