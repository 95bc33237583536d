"""Each change is told once by each channel, whatever is away meanwhile, and nobody is held up."""

import hashlib
import hmac
import json
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connections
from pytest_django import Settings

from eventlog.attention.notice import Severity
from eventlog.catching_up import catch_up
from eventlog.channels import rounds as telling
from eventlog.channels.outbox import CLAIM, ask_for_test
from eventlog.channels.rounds import tell_people
from eventlog.models import Channel, Notification, Problem
from eventlog.problems.handling import By, acknowledge, note_down
from eventlog.problems.rounds import look_round
from tests.deploy.recorder import recording
from tests.eventlog.channels.receivers import Received, mail_server, web_server
from tests.eventlog.figures.ledger import MINUTE, NOON
from tests.eventlog.problems.looking import notice, only, rounds

pytestmark = pytest.mark.django_db

SECRET = "s3cret-of-the-channel"


@pytest.fixture
def web() -> Iterator[Received]:
    with web_server() as received:
        yield received


@pytest.fixture
def hook(web: Received, settings: Settings) -> Received:
    """A signed webhook is the only channel."""
    settings.CHANNELS = (f"ops=signed://{SECRET}@127.0.0.1:{web.port}/hook",)
    return web


def titles(received: Received) -> list[str]:
    return [json.loads(body)["title"] for body in received.bodies]


def tell(minutes: float = 0, *, seconds: float = 15) -> None:
    tell_people(now=NOON + minutes * MINUTE, seconds=seconds)


def test_each_change_is_told_once_and_signed(hook: Received) -> None:
    rounds(notice(lease_number="15550000123"))
    tell()
    tell()
    rounds(notice(), now=NOON + MINUTE)
    tell(1)
    assert titles(hook) == [f"Opened: Overdue events (problem {only().pk}, urgent)"]
    headers, body = hook.headers[0], hook.bodies[0]
    signed = f"{headers['X-Timestamp']}.".encode() + body
    signature = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["X-Signature-256"] == f"sha256={signature}"
    told = json.loads(body)
    assert told["body"] == (
        f"Lease number ••••••••123.\nIt is a.\nhttps://admin.test/admin/problems/{only().pk}/"
    )
    rounds(now=NOON + 10 * MINUTE)
    tell(10)
    assert titles(hook)[1:] == [f"Resolved: Overdue events (problem {only().pk}, urgent)"]
    assert json.loads(hook.bodies[1])["resolved"] is True


def test_what_people_do_is_told_and_their_notes_are_not(hook: Received) -> None:
    rounds(notice())
    by = By(user=User.objects.create_user("grace"), now=NOON)
    acknowledge(only().pk, by=by)
    note_down(only().pk, "15550000123 called.", by=by)
    tell()
    assert [title.partition(":")[0] for title in titles(hook)] == ["Opened", "Acknowledged"]
    assert b"grace" not in b"".join(hook.bodies)
    assert b"called" not in b"".join(hook.bodies)


def test_a_channel_that_is_down_loses_nothing_and_is_a_problem(hook: Received) -> None:
    hook.status = 500
    rounds(notice())
    for minutes in (0, 1, 3):
        tell(minutes)
    channel = Channel.objects.get()
    assert (channel.failures, channel.failing_since, channel.error) == (3, NOON, "it answers 500")
    look_round(now=NOON + 3 * MINUTE)
    failing = Problem.objects.get(kind="channel")
    assert failing.subject == "ops"
    assert (
        "The channel ops has taken nothing since 02 Mar 2026 12:00:00 UTC: it answers 500."
        in failing.words
    )
    hook.status = 200
    tell(4)
    assert [title.partition(" (")[0] for title in titles(hook)] == ["Opened: A channel fails"]
    tell(7)
    assert [title.partition(" (")[0] for title in titles(hook)][1:] == ["Opened: Overdue events"]
    assert Channel.objects.get().failing_since is None
    look_round(now=NOON + 8 * MINUTE)
    look_round(now=NOON + 14 * MINUTE)
    assert Problem.objects.get(kind="channel").state == "resolved"


def test_one_that_says_nothing_holds_up_nobody_and_doubles_nothing(
    hook: Received, settings: Settings
) -> None:
    hook.hangs = threading.Event()
    with web_server() as other:
        settings.CHANNELS = (*settings.CHANNELS, f"second=signed://x@127.0.0.1:{other.port}/")
        rounds(notice())
        began = time.monotonic()
        tell(seconds=0.5)
        assert time.monotonic() - began < 5
        assert len(other.bodies) == 1
    assert Channel.objects.get(name="ops").error == telling.NO_ANSWER
    settings.CHANNELS = settings.CHANNELS[:1]
    tell(CLAIM / MINUTE, seconds=0.2)  # nor does it get anything more meanwhile
    hook.hangs.set()
    telling._AT_WORK["ops"].join(10)
    tell(CLAIM / MINUTE + 1)
    tell(30)
    assert len(hook.bodies) == 1
    assert Channel.objects.get(name="ops").failing_since is None


def test_what_went_before_a_failure_is_not_told_again(hook: Received) -> None:
    rounds(notice("a"), notice("b"), notice("c"))
    hook.at_most = 1
    tell()
    assert len(hook.bodies) == 1
    assert Channel.objects.get().failing_since == NOON
    hook.at_most = None
    tell(1)
    tell(CLAIM / MINUTE + 1)
    told = [each["problem"] for each in map(json.loads, hook.bodies)]
    assert told == list(Problem.objects.order_by("pk").values_list("pk", flat=True))
    assert Channel.objects.get().failing_since is None


def test_many_at_once_are_told_together(hook: Received) -> None:
    rounds(*(notice(f"number {place}") for place in range(telling.APART + 1)))
    tell()
    assert titles(hook) == ["6 changes of problems"]
    body = json.loads(hook.bodies[0])["body"]
    assert all(f"It is number {place}." in body for place in range(6))


def test_a_pager_is_called_for_each_problem_and_for_its_end(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for who takes it up: it may have no incident any more, and would make another."""
    settings.CHANNELS = (f"pager=pagerduty://{'a' * 32}@{'b' * 20}",)
    monkeypatch.setattr(telling, "APART", 1)
    by = By(user=User.objects.create_user("grace"), now=NOON)
    with recording(tmp_path, lambda _: (202, {"status": "success"})) as pagerduty:
        for name, value in pagerduty.environment().items():
            monkeypatch.setenv(name, value)
        rounds(notice("a"), notice("b"))
        acknowledge(Problem.objects.first().pk, by=by)  # type: ignore[union-attr]
        tell()
        rounds(now=NOON + 10 * MINUTE)
        tell(10)
    bodies = [each.body for each in pagerduty.asked]
    keys = [
        f"visn-whatsapp-problem-{pk}"
        for pk in Problem.objects.order_by("pk").values_list("pk", flat=True)
    ]
    opened, ended = bodies[: len(keys)], bodies[len(keys) :]
    assert [each["dedup_key"] for each in opened] == keys
    assert {each["event_action"] for each in opened} == {"trigger"}
    assert sorted(each["dedup_key"] for each in ended) == sorted(keys)
    assert {each["event_action"] for each in ended} == {"resolve"}


def test_in_quiet_hours_only_what_is_urgent_is_told(hook: Received, settings: Settings) -> None:
    settings.CHANNELS_QUIET = "12:00-14:00 Europe/Berlin"
    night, morning = NOON - 30 * MINUTE, NOON + 61 * MINUTE  # 12:30 and 14:01 in Berlin
    found = (notice("a"), notice("b", severity=Severity.WARNING))
    rounds(*found, now=night)
    tell_people(now=night)
    ask_for_test(Channel.objects.get(), now=night)
    tell_people(now=night)
    assert [title.partition(" (")[0] for title in titles(hook)] == [
        "Opened: Overdue events",
        "A test of this channel",
    ]
    tell_people(now=morning)
    assert json.loads(hook.bodies[2])["severity"] == "warning"


@pytest.mark.django_db(transaction=True)
def test_rounds_at_once_tell_it_once(hook: Received) -> None:
    rounds(notice())
    begun = threading.Barrier(3)

    def work() -> None:
        begun.wait(10)
        try:
            tell()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(work) for _ in range(3)]:
            done.result(timeout=30)
    tell(1)
    assert len(hook.bodies) == 1


def test_a_channel_that_comes_later_hears_nothing_of_before(
    web: Received, settings: Settings
) -> None:
    rounds(notice())
    tell()
    settings.CHANNELS = (f"signed://x@127.0.0.1:{web.port}/",)
    tell(1)
    assert web.bodies == []
    assert Channel.objects.get().name == "channel-1"
    assert not Notification.objects.exists()


def test_mail_goes_by_smtp_and_names_nobody(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with mail_server() as received:
        settings.CHANNELS = (
            f"mail=mailto://127.0.0.1:{received.port}/?mode=insecure&from=log@example.com"
            "&to=on-call@example.com",
        )
        rounds(notice(lease_number="15550000123"))
        tell()
    [mail] = received.mails
    assert mail["To"] == "on-call@example.com"
    assert mail["Subject"] == f"Opened: Overdue events (problem {only().pk}, urgent)"
    plain = mail.get_body(("plain",))
    assert plain is not None
    address = f"https://admin.test/admin/problems/{only().pk}/"
    assert plain.get_content().splitlines()[:3] == [
        "Lease number ••••••••123.",
        "It is a.",
        address,
    ]
    assert "15550000123" not in mail.as_string()
    assert Channel.objects.get().sent_at == NOON


def test_a_chat_takes_it_by_http(web: Received, settings: Settings) -> None:
    settings.CHANNELS = (f"chat=mmost://127.0.0.1:{web.port}/3ccdd113474722377935511fc85d3dd4",)
    rounds(notice())
    tell()
    [body] = web.bodies
    assert "It is a." in json.dumps(json.loads(body))


@pytest.mark.parametrize("address", ["nonsense", f"slack://{SECRET}", "signed://no-secret/"])
def test_an_address_that_is_not_understood_is_told_and_never_shown(
    address: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CHANNELS = (f"ops={address}",)
    rounds(notice())
    tell()
    assert Channel.objects.get().error == "its address is not understood"
    ours = [each for each in caplog.records if each.name.startswith("eventlog")]
    assert SECRET not in " ".join(each.getMessage() for each in ours)


def test_catching_up_tells_people(hook: Received) -> None:
    rounds(notice())
    catch_up()
    assert any("Overdue events" in title for title in titles(hook))
