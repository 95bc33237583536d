"""The command that keeps figures and replays going."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from pytest_django import Settings

from eventlog.figures.counting import ALL
from eventlog.figures.marks import go_back
from eventlog.figures.rollups import roll_up
from eventlog.figures.spans import HOUR, hour_of
from eventlog.figures.tally import decode
from eventlog.models import (
    DriftCount,
    Erasure,
    Figure,
    LeaseNumber,
    ReplayedEvent,
    ReplayJob,
    RollUp,
)
from eventlog.retention import prune
from sandbox.emulators import Emulators
from tests.eventlog.figures.ledger import make_delivery, make_event, make_run, settle
from tests.webhooks.test_sequences import on_postgresql
from tests.webhooks.whatsapp.payloads import load
from webhooks.models import Delivery, Event
from webhooks.outcomes import Reason
from webhooks.receiving import receive
from webhooks.sequences import behind

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed_port(settings: Settings) -> None:
    settings.TASKS_EMULATOR_HOST = "127.0.0.1:9"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("catch_up", *arguments, stdout=out)
    return out.getvalue()


def hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def test_it_counts_what_is_there() -> None:
    make_event(at=hour_ago())
    report = json.loads(run("--json"))
    assert report["up_to_date"]
    assert report["minutes"] >= 60
    assert Figure.objects.filter(span=Figure.Span.MINUTE, lease_number=ALL).count() == 1
    assert "Replays that went on: 0. Outcomes noted: 0." in run()


def test_it_goes_on_with_erasures_and_takes_out_what_came_back() -> None:
    event = make_event(at=hour_ago(), person_number="16505551234")
    people = {"people": [["16505551234", ""]]}
    Erasure.objects.create(asked_at=hour_ago(), asked_by_name="ada", names=people)
    report = json.loads(run("--json"))
    assert (report["erasures"], report["erasures_left"], report["erased_again"]) == (1, 0, 0)
    # As a run does that had read it before.
    Event.objects.filter(pk=event.pk, person_number="").update(enquiry_id="theirs")
    assert json.loads(run("--json"))["erased_again"] == 1
    assert Event.objects.get(pk=event.pk).enquiry_id == ""


def test_it_looks_over_what_came_in() -> None:
    body = load("user_id_not_of_the_form")
    receive(body=body, headers={}, source=Delivery.Source.META, now=hour_ago())
    report = json.loads(run("--json"))
    assert report["looked_over"] == 1
    assert datetime.fromisoformat(report["looked_over_up_to"]) > hour_ago()
    assert DriftCount.objects.count() == 2


def test_what_was_added_to_the_past_by_hand_can_be_counted(closed_port: None) -> None:
    make_event(at=hour_ago())
    run()
    make_event(at=hour_ago())
    run()
    assert counted() == 1
    run("--recount-since", (hour_ago() - timedelta(minutes=1)).isoformat())
    assert counted() == 2


@pytest.mark.parametrize("days", [31, 37])
def test_what_retention_took_stays_counted(days: int) -> None:
    """Minutes and quarters are kept for 35 days, hours for 400."""
    old = hour_of(datetime.now(UTC)) - timedelta(days=days)
    later = old + timedelta(minutes=31)
    for at in (old, later, later, later + HOUR):
        make_event(at=at)
    run("--recount-since", old.isoformat())
    assert hourly() == [3, 1]
    prune(before=later + timedelta(seconds=1))
    make_event(at=later + HOUR)
    assert Event.objects.count() == 2
    run("--recount-since", old.isoformat())
    assert hourly() == [3, 2]


def test_deliveries_and_tries_that_retention_took_stay_counted() -> None:
    """Beside an event that it left, in the same minute."""
    old = hour_of(datetime.now(UTC)) - timedelta(days=37)
    first = make_event(at=old).delivery
    later = old + HOUR
    make_delivery(later, items=0, repeat_of=first)
    make_run(first, later, retry_count=1)
    make_event(at=later + timedelta(seconds=2))
    run("--recount-since", old.isoformat())
    prune(before=later + timedelta(seconds=1))
    assert Delivery.objects.filter(repeat_of__isnull=False).count() == 0
    run("--recount-since", old.isoformat())
    [_, hour] = Figure.objects.filter(span=Figure.Span.HOUR, lease_number=ALL).order_by("start")
    tally = decode(bytes(hour.tally))
    assert (tally.deliveries, tally.repeats, tally.items, tally.retries) == (2, 1, 1, 1)


def test_it_counts_nothing_again_from_a_time_to_come(closed_port: None) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with pytest.raises(CommandError, match="--recount-since is in the future") as refused:
        run("--recount-since", tomorrow.isoformat())
    assert refused.value.returncode == 1
    assert not RollUp.objects.exists()


def hourly() -> list[int]:
    hours = Figure.objects.filter(span=Figure.Span.HOUR, lease_number=ALL).order_by("start")
    return [hour.events for hour in hours]


def counted() -> int:
    return sum(
        figure.events for figure in Figure.objects.filter(span=Figure.Span.MINUTE, lease_number=ALL)
    )


def test_it_finishes_replays(closed_port: None) -> None:
    event = make_event(at=hour_ago())
    job = ReplayJob.objects.create(
        name="x", asked_at=hour_ago(), state=ReplayJob.State.RUNNING, event_count=1
    )
    ReplayedEvent.objects.create(job=job, event=event, reopened_at=hour_ago())
    assert "Outcomes noted: 1." in run()
    job.refresh_from_db()
    assert job.state == "finished"


def test_it_says_when_the_queue_cannot_be_reached(
    closed_port: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventlog.catching_up.COMMAND_BUDGET_SECONDS", 0.2)
    event = make_event(Reason.NO_PERSON, at=hour_ago())
    job = ReplayJob.objects.create(name="x", asked_at=hour_ago(), event_count=1)
    ReplayedEvent.objects.create(job=job, event=event)
    with pytest.raises(CommandError, match="queue"):
        run()
    assert Event.objects.get().state == "received"
    assert Figure.objects.exists()


def test_figures_that_are_far_behind_leave_replays_their_share(
    stand_ins: Emulators, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a budget that is over at once neither moves, and it says so."""
    settings.TASKS_EMULATOR_HOST = stand_ins.tasks_host
    settings.GOOGLE_CLOUD_PROJECT = settings.TASKS_LOCATION = "local"
    event = make_event(Reason.NO_PERSON, at=hour_ago() - timedelta(days=30))
    job = ReplayJob.objects.create(name="x", asked_at=hour_ago(), event_count=1)
    ReplayedEvent.objects.create(job=job, event=event)
    command = "eventlog.catching_up"
    monkeypatch.setattr(f"{command}.BUDGET", timedelta())
    with pytest.raises(CommandError, match="no time for any replay"):
        run()
    # Each step of the figures takes all of the time that is left.
    monkeypatch.setattr(f"{command}.BUDGET", timedelta(seconds=20))
    monkeypatch.setattr(
        f"{command}.roll_up",
        lambda **given: roll_up(clock=lambda: given["until"], until=given["until"]),
    )
    assert json.loads(run("--json"))["replays"] == 1
    job.refresh_from_db()
    assert job.state == "running"


@on_postgresql
def test_a_sequence_behind_its_table_is_not_taken_for_a_database_that_is_away(
    closed_port: None,
) -> None:
    make_event(at=hour_ago())
    run()
    Figure.objects.update(start=F("start") - timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval('eventlog_figure_id_seq', min(id), false) FROM eventlog_figure"
        )
    with pytest.raises(CommandError, match="mend_sequences") as refused:
        run("--recount-since", hour_ago().isoformat())
    assert refused.value.returncode == 1


def test_no_sequence_of_the_figures_stands_behind() -> None:
    make_event(at=hour_ago())
    run()
    assert list(behind()) == []


def test_it_counts_again_no_further_back_than_figures_are_kept() -> None:
    make_event(at=hour_ago() - timedelta(days=900))
    make_event(at=hour_ago())
    run()
    go_back(hour_ago() - timedelta(days=3000), now=datetime.now(UTC))
    mark = RollUp.objects.get().rolled_up_to
    assert timedelta(days=399) < datetime.now(UTC) - mark < timedelta(days=401)


def test_it_counts_again_no_further_back_than_the_ledger_goes() -> None:
    make_event(at=hour_ago())
    run()
    go_back(hour_ago() - timedelta(days=300), now=datetime.now(UTC))
    assert datetime.now(UTC) - RollUp.objects.get().rolled_up_to < timedelta(hours=3)


def test_a_mark_in_the_future_is_healed_and_the_gap_filled() -> None:
    make_event(at=hour_ago())
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    roll_up(clock=lambda: tomorrow, until=tomorrow)
    RollUp.objects.update(rolled_up_to=tomorrow, changes_until=tomorrow)
    late = make_event(Reason.NONE, at=hour_ago() + timedelta(minutes=30))
    report = json.loads(run("--json"))
    assert counted() == 2
    assert report["rolled_up_to"] <= datetime.now(UTC).isoformat()
    assert RollUp.objects.get().changes_until <= datetime.now(UTC)
    settle(late, Reason.APPLIED, at=datetime.now(UTC))
    run()
    assert counted() == 2


def test_the_hours_of_long_ago_stay_whole_though_counting_is_broken_off() -> None:
    old = hour_of(datetime.now(UTC)) - timedelta(days=100)
    for minutes in range(0, 600, 7):
        make_event(at=old + timedelta(minutes=minutes))
    run()
    now = datetime.now(UTC)
    go_back(old, now=now)
    for _ in range(3):  # a step each, and what is older than minutes are kept is forgotten after it
        roll_up(clock=lambda: now, until=now)
    hours = Figure.objects.filter(
        span=Figure.Span.HOUR, lease_number=ALL, start__lt=old + 10 * HOUR
    )
    assert sum(hour.events for hour in hours) == Event.objects.count()
    number = LeaseNumber.objects.get()
    assert number.last_event_at == Event.objects.latest("received_at").received_at
