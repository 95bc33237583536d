"""What `benchmarks.admin_pages` does once Django is set up: asks for pages and takes the time."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from eventlog.pages.page import PART_HEADER
from webhooks.models import Event

EVENTS = "/admin/webhooks/event/"
OK = 200
AS_A_PART = {PART_HEADER: "XMLHttpRequest"}  # as the scripts of pages ask for parts of them


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """One page."""

    name: str
    times: list[float]  # in milliseconds, one for each round
    queries: int
    size: int  # of the answer, in bytes; of a download, of its first part


def ledger() -> str:
    """Which database this is, and about how much is in it."""
    newest, oldest = Event.objects.order_by("-pk").first(), Event.objects.order_by("pk").first()
    size = newest.pk - oldest.pk + 1 if newest and oldest else 0
    return f"{connection.vendor}, about {size:,} events"


def measure_all(*, rounds: int) -> Iterator[Measured]:
    """Asks for every page again and again, as somebody who may see everything."""
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    rights = {"is_staff": True, "is_superuser": True}
    client.force_login(User.objects.update_or_create(username="benchmark", defaults=rights)[0])
    for name, url in pages():
        yield _measure(client, name, url, rounds=rounds)


def _measure(client: Client, name: str, url: str, *, rounds: int) -> Measured:
    _get(client, url)
    with CaptureQueriesContext(connection) as queries:
        size = _get(client, url)
    count = len(queries)
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        _get(client, url)
        times.append((time.perf_counter() - start) * 1000)
    return Measured(name=name, times=times, queries=count, size=size)


def _get(client: Client, url: str) -> int:
    answer = client.get(url, headers=AS_A_PART)
    if answer.status_code != OK:
        raise SystemExit(f"{url} answered {answer.status_code}")
    if not answer.streaming:
        return len(answer.content)
    parts: Any = answer.streaming_content  # type: ignore[attr-defined]
    size = sum(len(part) for part in islice(parts, 2))
    answer.close()
    return size


def pages() -> Iterator[tuple[str, str]]:
    """The pages, asked as people ask."""
    now = timezone.now()
    middle = _event_at(now - timedelta(days=10))
    applied = Event.objects.filter(pk__gte=middle.pk, reason="applied", kind="text").first()
    reaction = Event.objects.filter(pk__gte=middle.pk, kind="reaction").order_by("pk").first()
    if not (applied and reaction):
        raise SystemExit("The ledger is too small: fill it first.")
    day = now - timedelta(days=10)
    window = f"from={day:%Y-%m-%dT%H:%M}&to={day + timedelta(hours=1):%Y-%m-%dT%H:%M}"
    yield "front page, last hour", "/admin/"
    yield "front page, last day", "/admin/?stretch=day"
    yield "front page, last week", "/admin/?stretch=week"
    yield "figures, last hour", "/admin/figures/"
    yield "figures, one number, last week", "/admin/figures/?stretch=week&number=1"
    yield "waiting list", "/admin/waiting/"
    yield "events", EVENTS
    there = urlencode({"before": f"{middle.received_at.isoformat()}_{middle.pk}"})
    yield "events, far back", f"{EVENTS}?{there}"
    yield "events failed", f"{EVENTS}?state=failed"
    yield "events by a rare word", f"{EVENTS}?word=sticker"
    yield "events by a word that is nowhere", f"{EVENTS}?word=new_in_2027"
    yield "events by an error code", f"{EVENTS}?code=131000"
    yield "events by several words", f"{EVENTS}?word=failed&word=read&word=image"
    yield "events by several codes", f"{EVENTS}?code=131000&code=131026&code=131049"
    yield (
        "events by codes and words, an hour",
        f"{EVENTS}?code=131000&code=131026&word=failed&{window}",
    )
    yield "events that no customer saw", f"{EVENTS}?unseen=1"
    yield "events of a number, unseen", f"{EVENTS}?unseen=1&lease_number_of={applied.pk}"
    yield "events skipped in an hour", f"{EVENTS}?state=skipped&{window}"
    yield "events of a reason, 7 days", f"{EVENTS}?reason=gave_up&span=7d"
    yield "events of a kind, today", f"{EVENTS}?kind=reaction&span=today"
    yield "events of a driver", f"{EVENTS}?driver_of={applied.pk}"
    yield "events of a lease number, today", f"{EVENTS}?lease_number_of={applied.pk}&span=today"
    yield "events of a lease company, failed", f"{EVENTS}?company_of={applied.pk}&state=failed"
    yield "events of a lease number, failed", f"{EVENTS}?lease_number_of={applied.pk}&state=failed"
    yield "events of an enquiry", f"{EVENTS}?enquiry_of={applied.pk}"
    yield "events of a message", f"{EVENTS}?message_of={applied.pk}"
    yield "events of a delivery", f"{EVENTS}?delivery={applied.delivery_id}"
    yield "event, timeline", f"{EVENTS}{applied.pk}/change/"
    yield "event, timeline of a reaction", f"{EVENTS}{reaction.pk}/change/"
    yield "deliveries", "/admin/webhooks/delivery/"
    yield "delivery", f"/admin/webhooks/delivery/{applied.delivery_id}/change/"
    yield "task runs", "/admin/listeners/taskrun/"
    yield "task runs to be retried", "/admin/listeners/taskrun/?result__exact=try_again"
    yield "placements", "/admin/listeners/placement/"
    yield "replays", "/admin/replays/"
    yield "replay, preview of an hour", f"/admin/replays/new/?state=skipped&{window}"
    yield "replay, preview of an event", f"/admin/replays/new/?event={applied.pk}"
    yield "export, first thousand rows", f"/admin/export/events.csv?state=skipped&{window}"


def _event_at(moment: object) -> Event:
    found = Event.objects.filter(received_at__gte=moment).order_by("received_at").first()
    if found is None:
        raise SystemExit("The ledger is too small: fill it first.")
    return found
