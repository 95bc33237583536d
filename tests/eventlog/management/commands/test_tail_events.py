"""What `manage.py tail_events` begins with, what it leaves out, and how it ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import IO, Any

import pytest
from django.core.management import CommandError, call_command

from eventlog.tail.lines import HEAD
from tests.jobs import database_url
from tests.rows import NOON, make_delivery, make_event
from webhooks import clock
from webhooks.models import Event

PATIENCE = 60.0
SINCE = f"--since={NOON.isoformat()}"


def tail(*arguments: str) -> list[int]:
    """The events that it begins with."""
    out = StringIO()
    call_command("tail_events", "--no-follow", "--json", *arguments, stdout=out)
    return [json.loads(line)["event"] for line in out.getvalue().splitlines()]


def event(place: int, **fields: Any) -> Event:
    """An event a minute after the one before."""
    at = NOON + timedelta(minutes=place)
    return make_event(make_delivery(received_at=at), settled_at=at, **fields)


@pytest.mark.django_db
def test_it_begins_with_the_last_ten() -> None:
    keys = [event(place).pk for place in range(12)]
    assert tail() == keys[2:]
    assert tail("--lines=3") == keys[9:]
    assert tail("--lines=0") == []


@pytest.mark.django_db
def test_it_begins_with_what_came_in_or_changed_since() -> None:
    keys = [event(place).pk for place in range(-15, 12)]
    Event.objects.filter(pk=keys[0]).update(settled_at=NOON + timedelta(seconds=1))
    Event.objects.filter(pk=keys[1]).update(
        state="waiting", settled_at=None, started_at=NOON + timedelta(seconds=2)
    )
    assert tail(SINCE) == [keys[15], keys[0], keys[1], *keys[16:]]
    assert tail(SINCE, "--lines=3") == keys[24:]


@pytest.mark.django_db
def test_it_takes_what_is_asked_for() -> None:
    text = event(1)
    failed = event(2, kind="status", name="failed", person_number="447700900123")
    photo = event(3, kind="message", state="ignored", reason="unsupported_type")
    other = event(4, state="skipped", reason="no_person", lease_number="447700900456")
    failed.error_code, other.error_code = 131047, 0
    for row in (failed, other):
        row.save()
    for since in ([], [SINCE]):
        assert tail(*since, "--kind=status", "--kind=message") == [failed.pk, photo.pk]
        assert tail(*since, "--state=ignored") == [photo.pk]
        assert tail(*since, "--reason=no_person", "--reason=applied", "--kind=text") == [
            text.pk,
            other.pk,
        ]
        assert tail(*since, "--code=131047", "--code=0") == [failed.pk, other.pk]
        assert tail(*since, f"--delivery={text.delivery_id}") == [text.pk]
        assert tail(*since, f"--lease-number-of={other.pk}") == [other.pk]
        assert tail(*since, f"--driver-of={failed.pk}", "--state=processed") == [
            text.pk,  # by the user id that both have
            failed.pk,
        ]


@pytest.mark.django_db
def test_a_lease_number_is_known_in_all_its_spellings() -> None:
    brazil = [event(1, lease_number="5511912345678"), event(2, lease_number="551112345678")]
    assert tail(f"--lease-number-of={brazil[0].pk}") == [each.pk for each in brazil]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--driver-of=77"], "There is no event 77."),
        (["--code=12345678"], "'12345678' is no code of 7 digits at most"),
        (["--lines=10001"], "'10001' is no number from 0 to 10000"),
        (["--since=2999-01-01"], "nothing can have been received then"),
        (["--no-follow", "--for=3"], "not allowed with"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("tail_events", *arguments)


class Tail:
    """The command as a process that follows."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def begun(self) -> None:
        """Waits until it has printed its head."""
        assert self._stream("stderr").readline() == f"{HEAD}\n"

    def lines(self, count: int) -> list[str]:
        """The next lines."""
        return [self._stream("stdout").readline() for _ in range(count)]

    def _stream(self, name: str) -> IO[str]:
        stream: IO[str] = getattr(self.process, name)
        return stream


@contextmanager
def following(*arguments: str) -> Iterator[Tail]:
    """Runs it on the database of the test, and ends it in any case."""
    names = {"DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.local"}
    with subprocess.Popen(
        [sys.executable, "manage.py", "tail_events", "--interval=0.05", *arguments],
        env=os.environ | names | {"DATABASE_URL": database_url()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Tail(process)
        finally:
            process.kill()


def comes_in() -> Event:
    now = clock.now()
    return make_event(make_delivery(received_at=now), state="received", reason="")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_follows_until_it_is_told_to_end(number: signal.Signals) -> None:
    with following("--lines=0") as tailing:
        tailing.begun()
        event = comes_in()
        [line] = tailing.lines(1)
        assert line.split()[2:4] == ["received", "Text"]
        now = clock.now()
        Event.objects.filter(pk=event.pk).update(
            state="processed", reason="applied", settled_at=now
        )
        [line] = tailing.lines(1)
        assert line.split()[2:4] == ["processed", "applied"]
        tailing.process.send_signal(number)
        rest = tailing.process.communicate(timeout=PATIENCE)
    assert (tailing.process.returncode, *rest) == (0, "", "")


@pytest.mark.django_db(transaction=True)
def test_it_ends_in_a_pause_at_once_and_after_its_time() -> None:
    with following("--interval=3600") as tailing:
        tailing.begun()
        tailing.process.send_signal(signal.SIGTERM)
        assert tailing.process.wait(timeout=PATIENCE) == 0
    key = comes_in().pk
    with following("--interval=3600", "--for=0.5", "--json") as tailing:
        words, errors = tailing.process.communicate(timeout=PATIENCE)
    assert (tailing.process.returncode, errors) == (0, "")
    assert [json.loads(line)["event"] for line in words.splitlines()] == [key]


@pytest.mark.django_db(transaction=True)
def test_it_ends_when_nobody_reads_on() -> None:
    comes_in()
    with following() as tailing:
        assert len(tailing.lines(1)) == 1
        assert tailing.process.stdout is not None
        tailing.process.stdout.close()
        comes_in()
        assert tailing.process.wait(timeout=PATIENCE) == 0
        assert tailing.process.stderr is not None
        assert tailing.process.stderr.read() == f"{HEAD}\n"


@pytest.mark.django_db(transaction=True)
def test_it_tells_the_same_as_the_ledger_has() -> None:
    events = [comes_in() for _ in range(3)]
    with following("--json", "--lines=3") as tailing:
        told = [json.loads(line) for line in tailing.lines(3)]
    assert [each["event"] for each in told] == [event.pk for event in events]
    assert datetime.fromisoformat(told[0]["since"]).tzinfo == UTC
