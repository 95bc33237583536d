"""Every question of the lists is answered from an index, on either database."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from eventlog.admin.delivery_filters import ODD, RepeatFilter, VerdictFilter
from eventlog.people.names import events_of
from eventlog.people.searching import Place, nameless
from eventlog.questions import newest
from eventlog.questions.filters import EventFilter, matching
from eventlog.questions.listing import narrowest, parts
from eventlog.questions.matches import find
from eventlog.questions.never_arrived import not_arrived
from eventlog.questions.newest import newest_of
from eventlog.questions.pending import open_events
from eventlog.questions.same import (
    Same,
    about_message,
    with_company,
    with_enquiry,
    with_messages,
    with_targets,
    with_user_id,
)
from eventlog.questions.windows import (
    NEWEST_FIRST,
    OLDEST_FIRST,
    Span,
    Window,
    newer_than,
    older_than,
    received_in,
)
from eventlog.watching import came_since, to_be_applied
from listeners.models import TaskRun
from sandbox.samples import wamid
from tests.rows import make_delivery
from tests.work import counted
from webhooks.conditions import ERASED
from webhooks.models import Delivery, Event
from webhooks.outcomes import OPEN, Reason, State
from webhooks.whatsapp.items import Kind
from webhooks.whatsapp.names import Names

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 30, 12, tzinfo=timezone.get_default_timezone())
EVENTS = 4000
LOOKED_THROUGH = 20
# Rows, or hundred steps of SQLite: of what is looked through, and of what indexes find.
WORK_OF_A_SEARCH = 200
WORK_OF_A_STEP = 20
PAGE = 51
HOUR = timedelta(hours=1)
# Where SQLite has names of its own.
SQLITE_NAMES = {
    "event_position": "sqlite_autoindex_webhooks_event_1",
}
COMMONEST = Reason.NO_ACTIVE_TRACKING  # of those that are not applied
KEYED = wamid("447700900007", 7)
OLD = Window(start=NOW - timedelta(hours=20), end=NOW - timedelta(hours=19))


@pytest.fixture
def log(new_tables: None) -> Event:
    """A log large enough that PostgreSQL does not rather read all of it. Returns one event."""
    moments = [NOW - timedelta(minutes=place) for place in range(EVENTS // 20)]
    deliveries = [make_delivery(received_at=moment) for moment in moments]
    make_delivery(verdict="malformed")
    for first in deliveries:
        make_delivery(repeat_of=first, digest=first.digest, received_at=first.received_at)
    Event.objects.bulk_create(_event(deliveries[place // 20], place) for place in range(EVENTS))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Event.objects.order_by("pk")[EVENTS // 2]


def _event(delivery: Delivery, place: int) -> Event:
    """Mostly processed statuses and texts of many drivers, evenly over a day; a few others."""
    rare = place % 200 == 0
    reason = COMMONEST if place % 10 == 0 else Reason.APPLIED
    reason = tuple(Reason)[place // 200] if rare else reason
    driver, received_at = place % 800, NOW - timedelta(seconds=20 * (EVENTS - place))
    return Event(
        delivery=delivery,
        position=place,
        kind=Kind.ERROR if rare else (Kind.TEXT if place % 3 else Kind.STATUS),
        name="text",
        lease_number=f"4477009001{driver:03}",
        person_number=f"447700900{driver:03}",
        person_user_id=f"GB.{driver}",
        message_id=f"wamid.{place}",
        target_id="" if place % 20 else f"wamid.{place - 1}",
        occurred_at=received_at,
        received_at=received_at,
        state=reason.state,
        reason=reason,
        settled_at=None if reason.state in OPEN else received_at,
        check_at=received_at if reason.state in OPEN else None,
        lease_id=f"lease-{driver}",
        enquiry_id=f"enquiry-{driver}",
    )


def page(**wanted: Any) -> QuerySet[Event]:
    """One page of the list for a filter."""
    return matching(EventFilter(**wanted), now=NOW).order_by(*NEWEST_FIRST)[:PAGE]


def reached(**wanted: Any) -> QuerySet[Any]:
    """What tells how far back a list is looked through."""
    rows = matching(narrowest(EventFilter(**wanted)), now=NOW).order_by(*NEWEST_FIRST)
    return rows.values_list("received_at", flat=True)[LOOKED_THROUGH - 1 : LOOKED_THROUGH + 1]


def looked_through(oldest: Event, **wanted: Any) -> QuerySet[Event]:
    """One page of the list for a filter that no index finds."""
    rows = matching(EventFilter(**wanted), now=NOW).filter(received_at__gte=oldest.received_at)
    return rows.order_by(*NEWEST_FIRST)[:PAGE]


def questions(event: Event) -> Mapping[str, QuerySet[Any]]:
    """What the pages ask, by the name of the index that should answer."""
    events, deliveries = Event.objects.all(), Delivery.objects.all()
    verdicts, repeats = (
        chosen(filter_class, queryset=Delivery.objects.defer("body"))
        for filter_class in (VerdictFilter, RepeatFilter)
    )
    alone, beside = with_user_id("GB.7")
    week = received_in(Window(start=NOW - timedelta(days=7)))
    failures = not_arrived(week).order_by(*NEWEST_FIRST)[:PAGE]
    theirs = events_of(Names(numbers=frozenset({"447700900007"}), user_ids=frozenset({"GB.7"})))
    to_erase = [Event.objects.filter(each).order_by("received_at", "pk")[:50] for each in theirs]
    return {
        "event_person_number to erase": to_erase[0],
        "event_user_id_alone to erase": to_erase[1],
        "event_named_together to erase": to_erase[2],
        "event_kind to search for a person": nameless(Place(since=NOW - timedelta(hours=9)))[:50],
        "event_rare_reason to search": nameless(Place(stream=2))[:50],
        "event_erased": events.filter(ERASED, erased_at__gte=NOW).order_by(),
        "event_open": page(states=(State.WAITING,)),
        "event_open to tell the log": to_be_applied()[:1],
        "event_received_at to tell the log of a minute": came_since(NOW - timedelta(hours=20)),
        "event_open for so long": page(open_for=timedelta(hours=1)),
        "event_received_at to know how far a list is looked through": reached(took=HOUR),
        "event_failed to know it of what one index finds": reached(
            took=HOUR, states=(State.FAILED,), kinds=(Kind.TEXT,)
        ),
        "event_received_at to look for what took long": looked_through(event, took=HOUR),
        "event_received_at to look for what was tried again": looked_through(event, tries=2),
        "event_skipped": page(states=(State.SKIPPED,)),
        "event_ignored": page(states=(State.IGNORED,)),
        "event_rare_reason": page(reasons=(Reason.NO_PERSON,)),
        "event_rare_reason beside the state": page(
            states=(State.SKIPPED,), reasons=(Reason.NO_PERSON,)
        ),
        "event_rare_reason of duplicates": page(states=(State.DUPLICATE,)),
        "event_kind": page(kinds=(Kind.ERROR,)),
        "event_word": page(words=("new_in_2027",)),
        "event_word that failed": page(words=("failed",)),
        "event_word of what never arrived": failures,
        "event_message_key of what arrived after all": failures,
        "event_message_without_key of the same": failures,
        "event_kind of a word that is one": page(words=("reaction",)),
        "event_error_code": page(codes=(131049,)),
        "event_not_shown": page(unseen=True),
        "event_not_shown within a span": page(unseen=True, span=Span.WEEK),
        "event_received_at to find a window": events.filter(received_at__gte=NOW).order_by(
            "received_at"
        )[:PAGE],
        "event_received_at within a window": page(window=OLD),
        "event_received_at within a window on a further page": matching(
            EventFilter(window=OLD), now=NOW
        )
        .filter(older_than(event.received_at, event.pk))
        .order_by(*NEWEST_FIRST)[:PAGE],
        "event_message_key about it": events.filter(about_message(KEYED)).order_by(*NEWEST_FIRST)[
            :PAGE
        ],
        "event_target_without_key about it": events.filter(about_message("wamid.7")).order_by(
            *NEWEST_FIRST
        )[:PAGE],
        "event_received_at within a span": page(span=Span.HOUR),
        "event_received_at on a further page": Event.objects.filter(
            older_than(event.received_at, event.pk)
        )[:PAGE],
        "event_failed|event_failed_of_company|event_failed_of_number within a span": page(
            states=(State.FAILED,), span=Span.WEEK
        ),
        "event_person_number": page(same=((Same.DRIVER, event.pk),)),
        "event_user_id_alone": page(same=((Same.DRIVER, event.pk),)),
        "event_named_together": page(same=((Same.DRIVER, event.pk),)),
        "event_person_number today": page(same=((Same.DRIVER, event.pk),), span=Span.TODAY),
        "event_enquiry": page(same=((Same.ENQUIRY, event.pk),)),
        "event_message_without_key": page(same=((Same.MESSAGE, event.pk),)),
        "event_target_without_key": page(same=((Same.MESSAGE, event.pk),)),
        "event_position": page(delivery=event.delivery_id),
        "event_person_number found": events.filter(person_number="447700900007")[:1],
        "event_lease_number found": events.filter(lease_number="4477009001007")[:1],
        "event_message_without_key found": events.filter(with_messages(["wamid.7"]))[:1],
        "event_message_key found": events.filter(with_messages([KEYED]))[:1],
        "event_target_without_key found": events.filter(with_targets(["wamid.7"]))[:1],
        "event_target_key found": events.filter(with_targets([KEYED]))[:1],
        "event_enquiry found": events.filter(with_enquiry("enquiry-7"))[:1],
        "event_lease found": events.filter(with_company("lease-7"))[:1],
        "event_user_id_alone found": events.filter(alone)[:1],
        "event_named_together found": events.filter(beside)[:1],
        "event_received_at looked through": newest_of(Event.objects).values_list("person_number"),
        "delivery_received_at looked through": newest_of(Delivery.objects).values_list("pk"),
        "event_check_at": open_events().order_by("check_at")[:PAGE],
        "event_check_at to count": open_events().order_by().values("pk")[:PAGE],
        "delivery_odd": verdicts[:PAGE],
        "delivery_repeats": repeats[:PAGE],
        "delivery_received_at": deliveries.filter(received_in(OLD))[:PAGE],
        "task_run_try_again": TaskRun.objects.filter(result="try_again")[:PAGE],
    }


def chosen(filter_class: Any, *, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """The deliveries that a filter of the list leaves when its first choice is taken."""
    value = ODD if filter_class is VerdictFilter else "only"
    made = filter_class(None, {filter_class.parameter_name: [value]}, Delivery, None)
    found: QuerySet[Delivery] = made.queryset(None, queryset)
    return found


def test_every_question_finds_its_index(log: Event) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # What PostgreSQL would do if the log were so large that reading it whole is no choice.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    asked = questions(log)
    used = {name: indexes(query) for name, query in asked.items()}
    assert {name: found for name, found in used.items() if not expected(name) & found} == {}


@pytest.mark.parametrize(
    ("same", "index"),
    [(Same.COMPANY, "event_failed_of_company"), (Same.LEASE_NUMBER, "event_failed_of_number")],
)
def test_what_failed_is_found_among_many_that_did_not(log: Event, same: Same, index: str) -> None:
    Event.objects.filter(pk__lt=log.pk).update(state=State.FAILED, reason=Reason.MALFORMED)
    own = Event.objects.filter(pk__range=(log.pk, log.pk + 200))
    own.update(lease_id="lease-7", lease_number="4477009001007")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert index in indexes(page(states=(State.FAILED,), same=((same, log.pk),)))


def expected(name: str) -> set[str]:
    """The indexes in a question's name, each as good as the other, as the database calls them."""
    names = name.partition(" ")[0].split("|")
    if connection.vendor != "sqlite":
        return set(names)
    return {SQLITE_NAMES.get(index, index) for index in names}


def indexes(query: QuerySet[Any]) -> set[str]:
    """The indexes that the database looks into, each to find something or to keep an order."""
    return set(
        re.findall(
            r"(?:USING(?: COVERING)? INDEX|USING INTEGER|using|Bitmap Index Scan on) (\w+)",
            plan(query),
        )
    )


def plan(query: QuerySet[Any]) -> str:
    """How the database would answer."""
    return query.explain()


def test_the_way_on_from_an_event_finds_the_index_of_its_list(log: Event) -> None:
    for index, wanted in (
        ("event_received_at", EventFilter()),
        ("event_received_at", EventFilter(span=Span.TODAY, kinds=(Kind.TEXT,))),
        ("event_skipped", EventFilter(states=(State.SKIPPED,))),
        ("event_rare_reason", EventFilter(reasons=(Reason.NO_PERSON,))),
        ("event_error_code", EventFilter(codes=(131049,))),
        ("event_not_shown", EventFilter(unseen=True)),
    ):
        listed, key = matching(wanted, now=NOW), (log.received_at, log.pk)
        newer = listed.filter(newer_than(*key)).order_by(*OLDEST_FIRST)
        older = listed.filter(older_than(*key)).order_by(*NEWEST_FIRST)
        for query in (newer[:1], older[:1]):
            with counted() as work:
                list(query)
            words = plan(query)
            assert (index in indexes(query), "OFFSET" in str(query.query)) == (True, False), words
            # Of what is rare a few rows may be sorted.
            if index == "event_received_at":
                assert re.findall(r"TEMP B-TREE|(?<!Incremental )Sort  \(", words) == []
            assert work.amount <= WORK_OF_A_STEP


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"codes": (131049, 131026)}, ["event_error_code", "event_error_code"]),
        ({"words": ("failed", "image")}, ["event_word", "event_word"]),
        (
            {"words": ("text", "failed", "reaction")},
            ["event_received_at", "event_word", "event_kind"],
        ),
        ({"codes": (0, 7), "words": ("failed", "text")}, ["event_error_code", "event_error_code"]),
    ],
)
def test_each_of_several_words_and_codes_finds_its_index(
    log: Event, wanted: dict[str, Any], found: list[str]
) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    queries = [matching(part, now=NOW) for part in parts(EventFilter(**wanted))]
    used = [indexes(query.order_by(*NEWEST_FIRST)[:PAGE]) for query in queries]
    assert [index in each for index, each in zip(found, used, strict=True)] == [True] * len(found)


@pytest.mark.parametrize("wanted", [{}, {"kinds": (Kind.TEXT,)}])
def test_what_most_events_are_is_read_newest_first(log: Event, wanted: dict[str, Any]) -> None:
    """No sort but of what has one moment: however large the log, its first page is quick."""
    words = plan(page(**wanted))
    assert re.findall(r"TEMP B-TREE|(?<!Incremental )Sort  \(", words) == []


@pytest.mark.parametrize("words", ["900007", "#4B1281", "1742fce2", "0790 0900 007"])
def test_a_part_of_a_name_is_looked_for_in_the_newest_alone(
    log: Event, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setattr(newest, "LOOKED_THROUGH", LOOKED_THROUGH)
    with counted() as work:
        found = find(words, lease_numbers=("447700900001", "15550783881"))
    assert found.older
    assert work.amount <= WORK_OF_A_SEARCH
