"""However much lies in the ledger, a page costs what it cost when there was a tenth of it.

Time is not measured here: `python -m benchmarks.admin_pages` does that for two million events.
"""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, reset_queries
from django.test import Client
from django.test.utils import CaptureQueriesContext

from eventlog.figures.rollups import roll_up
from eventlog.models import ReplayedEvent, ReplayJob
from eventlog.questions import listing, newest
from listeners.models import Placement, TaskRun
from sandbox.filling.ledger import made_up
from tests.eventlog.admin.staff import PART
from tests.work import counted
from webhooks.models import Delivery, Event

pytestmark = pytest.mark.django_db

DAYS, OLDER_DAYS = 1, 9
EVENTS, DELIVERIES = 2000, 500  # of a day
FIRST_ID = 1_000_000  # room below for what is older: ids rise with time
# Of the work in a ledger that is ten times as long. A deeper index costs a little more.
AT_MOST = 1.5
SLACK = 10  # hundred steps of SQLite, or rows of PostgreSQL


@pytest.fixture(autouse=True)
def looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """What no index finds is looked for in fewer of the newest, and fewer are counted: so many
    there are in the small ledger as well.
    """
    monkeypatch.setattr(newest, "LOOKED_THROUGH", 50)
    monkeypatch.setattr(listing, "COUNTED_AT_MOST", 50)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def staff(client: Client, now: datetime) -> Client:
    """Somebody who may see everything, in front of a ledger of one day."""
    client.force_login(User.objects.create_superuser("ada"))
    fill(days=DAYS, until=now, first_id=FIRST_ID)
    roll_up(clock=lambda: now, until=now + timedelta(minutes=1))
    add_a_replay(now)
    learn()
    return client


def fill(*, days: int, until: datetime, first_id: int) -> None:
    """Adds so many days of traffic that end at a moment."""
    ledger = list(
        made_up(
            deliveries=DELIVERIES * days,
            events=EVENTS * days,
            days=days,
            now=until,
            seed=days,
            first_id=first_id,
        )
    )
    Delivery.objects.bulk_create(filled.delivery for filled in ledger)
    Event.objects.bulk_create(event for filled in ledger for event in filled.events)
    Placement.objects.bulk_create(each for filled in ledger for each in filled.placements)
    TaskRun.objects.bulk_create(filled.run for filled in ledger if filled.run)


def add_a_replay(now: datetime) -> None:
    job = ReplayJob.objects.create(name="x", asked_at=now, event_count=9, state="running")
    for event in Event.objects.filter(state="skipped").order_by("-pk")[:9]:
        ReplayedEvent.objects.create(
            job=job, event=event, state_before="skipped", reason_before=event.reason
        )


def learn() -> None:
    """Lets PostgreSQL know what it holds, as it would by itself; SQLite has to do without."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def pages(now: datetime) -> list[str]:
    """Every page of the log, asked as people ask."""
    applied = Event.objects.filter(pk__gte=FIRST_ID).exclude(enquiry_id="").earliest("pk")
    reaction = Event.objects.filter(pk__gte=FIRST_ID, kind="reaction").earliest("pk")
    run = TaskRun.objects.latest("pk")
    job = ReplayJob.objects.get()
    an_hour = f"from={(now - timedelta(hours=2)):%Y-%m-%dT%H:%M}&to={now:%Y-%m-%dT%H:%M}"
    events = "/admin/webhooks/event/"
    return [
        "/admin/",
        "/admin/?stretch=day",
        "/admin/figures/?stretch=day&number=1",
        "/admin/waiting/",
        "/admin/never-arrived/?days=1",
        events,
        f"{events}?state=failed&span=1h",
        f"{events}?state=skipped&reason=no_active_tracking&span=1h",
        f"{events}?kind=text&{an_hour}",
        f"{events}?word=sticker&span=1h",
        f"{events}?code=131049&span=1h",
        f"{events}?word=failed&word=read&word=image&span=1h",
        f"{events}?code=131049&code=131026&word=failed&word=sent&span=1h",
        f"{events}?state=skipped&state=failed&word=failed&word=text&span=1h",
        f"{events}?unseen=1&span=1h",
        f"{events}?state=skipped&state=failed&state=waiting&span=1h",
        f"{events}?took=1h",
        f"{events}?took=1s&state=skipped&kind=text&span=1h",
        f"{events}?tries=2",
        f"{events}?open=10m",
        f"/admin/events/new/?state=failed&took=1s&since={an_hour[5:21]}_0",
        f"{events}?driver_of={applied.pk}",
        f"{events}?message_of={reaction.pk}",
        f"{events}?company_of={applied.pk}&state=failed",
        f"{events}?lease_number_of={applied.pk}&state=failed",
        f"{events}?enquiry_of={applied.pk}&span=today",
        f"{events}?delivery={applied.delivery_id}",
        f"{events}{applied.pk}/change/",
        f"{events}{reaction.pk}/change/",
        f"{events}{applied.pk}/change/?list=",
        f"{events}{applied.pk}/change/?list=state%3Dskipped%26span%3D1h",
        f"{events}{applied.pk}/change/?list=driver_of%3D{applied.pk}",
        "/admin/webhooks/delivery/",
        f"/admin/webhooks/delivery/{applied.delivery_id}/change/",
        "/admin/listeners/taskrun/",
        f"/admin/listeners/taskrun/{run.pk}/change/",
        "/admin/listeners/placement/",
        "/admin/webhooks/refusalcount/",
        "/admin/eventlog/driftcount/",
        "/admin/replays/",
        f"/admin/replays/{job.pk}/",
        "/admin/replays/new/?state=skipped&span=1h",
        f"/admin/replays/new/?event={applied.pk}",
        f"/admin/replays/new/?delivery={applied.delivery_id}",
    ]


def work_of(client: Client, url: str) -> tuple[int, int]:
    """Queries and work of a page."""
    with CaptureQueriesContext(connection) as queries, counted() as work:
        answer = client.get(url, headers=PART)
    assert (url, answer.status_code) == (url, 200)
    return len(queries), work.amount


def test_no_page_costs_more_in_a_ledger_that_is_ten_times_as_long(
    staff: Client, now: datetime
) -> None:
    urls = pages(now)
    for url in urls:
        staff.get(url, headers=PART)  # what is read once and remembered
    before = {url: work_of(staff, url) for url in urls}
    fill(days=OLDER_DAYS, until=now - timedelta(days=DAYS), first_id=1)
    learn()
    after = {url: work_of(staff, url) for url in urls}
    assert {url: queries for url, (queries, _) in after.items()} == {
        url: queries for url, (queries, _) in before.items()
    }
    costlier = {
        url: (before[url][1], work)
        for url, (_, work) in after.items()
        if work > before[url][1] * AT_MOST + SLACK
    }
    assert costlier == {}


def test_no_page_counts_a_table_or_reads_bodies_for_a_list(staff: Client, now: datetime) -> None:
    counting = re.compile(
        r'COUNT\(\*\) AS "\w+" FROM "(?:webhooks_\w+|listeners_(?:taskrun|placement))"( WHERE|$)'
    )
    body = '"webhooks_delivery"."body"'
    for url in pages(now):
        with CaptureQueriesContext(connection) as queries:
            staff.get(url, headers=PART)
        statements = [query["sql"] for query in queries]
        assert (url, [each for each in statements if counting.search(each)]) == (url, [])
        if "/change/" not in url:
            assert (url, [each for each in statements if body in each]) == (url, [])


def test_keeping_the_figures_costs_what_is_new(staff: Client, now: datetime) -> None:
    def cost(moment: datetime) -> int:
        with counted() as work:
            roll_up(clock=lambda: moment, until=moment + timedelta(minutes=1))
        return work.amount

    before = cost(now + timedelta(minutes=1))
    fill(days=OLDER_DAYS, until=now - timedelta(days=DAYS), first_id=1)
    learn()
    reset_queries()
    assert cost(now + timedelta(minutes=2)) <= before * AT_MOST + SLACK
