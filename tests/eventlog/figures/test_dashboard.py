"""The dashboard: its numbers, where they lead, and what it costs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.http import QueryDict
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from eventlog.figures.board import Stretch
from eventlog.figures.dashboard import Dashboard, dashboard
from eventlog.figures.rollups import roll_up
from eventlog.models import LeaseNumber
from eventlog.questions.filters import matching, read_filter
from sandbox.samples import LEASE_NUMBER
from tests.eventlog.admin.staff import PART
from tests.eventlog.figures.ledger import MINUTE, NOON, SECOND, make_delivery, make_event
from webhooks.outcomes import Reason

OTHER_NUMBER = "447700900111"
# A lease number as Meta named it first and names it now: the newer is not always the longer.
RESPELLED = [
    ("554199990001", "5541999990001"),
    ("5491123456789", "541123456789"),
    ("5215512345678", "525512345678"),
    ("22507123456", "2250707123456"),
    ("22997123456", "2290197123456"),
]
NOW = NOON + 20 * MINUTE
LONG = "?number=" + "9" * 5000  # of more digits than Python reads
pytestmark = pytest.mark.django_db

REASONS = [Reason.APPLIED] * 4 + [
    Reason.NO_ACTIVE_TRACKING,
    Reason.NO_ACTIVE_TRACKING,
    Reason.GAVE_UP,
    Reason.UNSUPPORTED_TYPE,
    Reason.NONE,
    Reason.WAITING_FOR_MESSAGE,
]


@pytest.fixture
def ledger() -> None:
    """Ten events of one number and one of another."""
    for number, reason in enumerate(REASONS):
        name = "image" if reason is Reason.UNSUPPORTED_TYPE else "text"
        code = 131051 if reason is Reason.UNSUPPORTED_TYPE else None
        make_event(reason, at=NOON + number * MINUTE, name=name, error_code=code)
    make_event(lease_number=OTHER_NUMBER, at=NOON)
    roll_up(clock=lambda: NOW, until=NOW + SECOND)


def shown(stretch: Stretch = Stretch.HOUR, *, number: str = "", now: datetime = NOW) -> Dashboard:
    row = LeaseNumber.objects.filter(number=number).first()
    return dashboard(stretch, number_id=row.pk if row else None, now=now)


def counts(found: Dashboard) -> Iterator[tuple[str, int, str]]:
    """All that is counted, with how often and the list that it leads to."""
    for tile in found.tiles:
        yield tile.label, tile.value, tile.query
    for line in found.reasons:
        yield line.reason.value, line.count, line.query
    for named in (*found.ignored, *found.codes, *found.kinds, *found.unseen):
        yield named.name, named.count, named.query
    for each in (found.received, found.waited, found.settled, found.underway):
        yield each.name, each.count, each.query
    for column in found.chart.columns:
        if any(column.counts):
            yield column.words, sum(column.counts), column.query


def assert_lists_are_as_long(found: Dashboard, *, now: datetime = NOW) -> None:
    listed = [
        (name, matching(read_filter(QueryDict(query)), now=now).count(), query)
        for name, _, query in counts(found)
    ]
    assert listed == list(counts(found))


def values(found: Dashboard) -> dict[str, int]:
    return {tile.label: tile.value for tile in found.tiles}


def test_the_tiles_count_everything(ledger: None) -> None:
    assert values(shown()) == {
        "Received": 11,
        "Processed": 5,
        "Skipped": 2,
        "Failed": 1,
        "On their way": 2,
    }


def test_the_tiles_count_one_number_alone(ledger: None) -> None:
    assert values(shown(number=LEASE_NUMBER)) == {
        "Received": 10,
        "Processed": 4,
        "Skipped": 2,
        "Failed": 1,
        "On their way": 2,
    }
    assert values(shown(number=OTHER_NUMBER))["On their way"] == 0


@pytest.mark.parametrize("number", ["", LEASE_NUMBER])
def test_each_number_leads_to_the_list_of_just_these_events(ledger: None, number: str) -> None:
    assert_lists_are_as_long(shown(number=number))


def test_what_had_to_wait_leads_to_the_list_of_it(db: None) -> None:
    make_event(Reason.WAITING_FOR_MESSAGE, waits=2)
    make_event(Reason.GAVE_UP, waits=1)
    make_event(rounds=1)
    roll_up(clock=lambda: NOW, until=NOW + SECOND)
    found = shown()
    assert (found.waited.count, found.settled.count, found.underway.count) == (2, 2, 1)
    assert_lists_are_as_long(found)


def test_no_address_holds_a_number(ledger: None) -> None:
    found = shown(number=LEASE_NUMBER)
    assert [query for _, _, query in counts(found) if LEASE_NUMBER in query] == []


@pytest.mark.parametrize("spelled", RESPELLED)
@pytest.mark.parametrize("added_up", [True, False], ids=["added_up", "live"])
def test_a_number_in_two_spellings_is_counted_once(
    db: None, spelled: tuple[str, str], *, added_up: bool
) -> None:
    """Under its newer name, however long ago and with whatever code the older one was added up."""
    for place, reason in enumerate(REASONS * 2):
        image = reason is Reason.UNSUPPORTED_TYPE
        make_event(
            reason,
            at=NOON + (place // 2) * MINUTE,
            lease_number=spelled[place // len(REASONS)],
            kind="message" if image else "text",
            name="image" if image else "text",
            error_code=131051 if image else None,
        )
    make_event(at=NOON, lease_number=OTHER_NUMBER)
    roll_up(clock=lambda: NOON + MINUTE, until=NOON + MINUTE)
    now = NOW if added_up else NOON + 10 * MINUTE
    if added_up:
        roll_up(clock=lambda: NOW, until=NOW + SECOND)
    for stretch in Stretch:
        assert_lists_are_as_long(shown(stretch, now=now), now=now)
        for number in spelled if added_up else spelled[:1]:
            found = shown(stretch, number=number, now=now)
            assert_lists_are_as_long(found, now=now)
            assert list(values(found).values()) == [20, 8, 4, 2, 4]
            assert [(line.name, line.count) for line in found.codes] == [("131051", 2)]
            assert [line.count for line in found.unseen] == [8]
            assert found.oldest_open is not None
    everything = shown(now=now)
    newest = spelled[1] if added_up else spelled[0]
    assert [each.number for each in everything.numbers] == sorted([newest, OTHER_NUMBER])
    assert [line.name for line in everything.unseen] == [newest]


def test_reasons_come_by_how_bad_they_are(ledger: None) -> None:
    assert [(line.reason.value, line.count) for line in shown().reasons] == [
        ("gave_up", 1),
        ("no_active_tracking", 2),
        ("unsupported_type", 1),
    ]
    [line] = shown().ignored
    assert (line.name, line.label, line.count) == ("image", "Photo", 1)


def test_a_word_of_metas_tells_no_number(db: None) -> None:
    for name in ("447700900102", "447700900103", "image"):
        make_event(Reason.UNSUPPORTED_TYPE, kind="message", name=name)
    roll_up(clock=lambda: NOW, until=NOW + SECOND)
    assert [(line.name, line.label, line.count) for line in shown().ignored] == [
        ("••••", "", 2),
        ("image", "Photo", 1),
    ]


def test_a_notice_is_named_by_its_code_and_says_what_it_means(db: None) -> None:
    for name in ("131031", "424242"):
        make_event(Reason.ERROR_NOTICE, kind="error", name=name, error_code=int(name))
    roll_up(clock=lambda: NOW, until=NOW + SECOND)
    assert [(line.name, line.label) for line in shown().ignored] == [
        ("131031", "Account locked"),
        ("424242", "Unknown code"),
    ]


def test_metas_errors_are_counted_by_code(db: None) -> None:
    for code in (131049, 131026, 131049, 424242):
        make_event(kind="status", name="failed", error_code=code)
    make_event()
    roll_up(clock=lambda: NOW, until=NOW + SECOND)
    assert [(line.name, line.label, line.count) for line in shown().codes] == [
        ("131049", "Held back as too much marketing", 2),
        ("131026", "Undeliverable to this number", 1),
        ("424242", "Unknown code", 1),
    ]


def test_what_no_customer_saw_is_counted_by_lease_number(ledger: None) -> None:
    make_event(Reason.GROUP, at=NOW, lease_number=OTHER_NUMBER)
    assert [(line.name, line.count) for line in shown().unseen] == [
        (LEASE_NUMBER, 4),
        (OTHER_NUMBER, 1),
    ]
    for stretch in Stretch:
        assert [line.count for line in shown(stretch).unseen] == [4, 1]
    assert [line.name for line in shown(number=OTHER_NUMBER).unseen] == [OTHER_NUMBER]


def test_what_was_not_seen_of_an_unknown_number_is_counted_as_well(db: None) -> None:
    make_event(Reason.UNSUPPORTED_TYPE, at=NOW, kind="message", name="image")
    make_event(Reason.MALFORMED, at=NOW, lease_number="")
    assert [(line.name, line.count, line.query) for line in shown().unseen] == [
        (LEASE_NUMBER, 1, ""),
        ("no lease number", 1, ""),
    ]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason.APPLIED, "Nothing: all that drivers sent"),
        (Reason.UNSUPPORTED_FIELD, "None of it was counted."),
        (Reason.GROUP, "Sent by drivers and in no chat"),
    ],
)
def test_all_is_said_to_be_seen_only_where_it_must_be(
    support: Client, reason: Reason, words: str
) -> None:
    kind = "change" if reason == Reason.UNSUPPORTED_FIELD else "text"
    make_event(reason, at=datetime.now(UTC), kind=kind)
    html = " ".join(support.get("/admin/").content.decode().split())
    panel = html.partition("What customers never saw")[2].partition("</section>")[0]
    assert words in panel


def test_the_oldest_open_event_is_named(ledger: None) -> None:
    oldest = shown().oldest_open
    assert oldest is not None
    assert oldest.received_at == NOON + 8 * MINUTE
    assert shown(number=OTHER_NUMBER).oldest_open is None


def test_items_that_are_not_accounted_for_show(ledger: None) -> None:
    assert shown().accounted
    make_delivery(NOW - MINUTE, items=3)
    assert not shown().accounted


@pytest.mark.parametrize("stretch", list(Stretch))
def test_it_takes_the_same_queries_however_much_there_is(
    ledger: None, stretch: Stretch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (0, 30):
        for number in range(count):
            make_event(at=NOON - number * MINUTE, lease_number=f"4477009002{number:02}")
        roll_up(clock=lambda: NOW, until=NOW + SECOND)
        LeaseNumber.objects.update(first_event_at=NOON - timedelta(weeks=3))
        with django_assert_num_queries(12):
            dashboard(stretch, number_id=None, now=NOW)


# The pages


@pytest.mark.parametrize(
    ("ages", "words"),
    [
        ([1, 1], ["2 numbers are too young to be judged"]),
        ([1, 5], ["all that can be judged are within", "1 number is too young to be judged"]),
        ([5, 5], ["all that can be judged are within"]),
    ],
)
def test_numbers_that_are_too_young_are_not_said_to_be_well(
    support: Client, ages: list[int], words: list[str]
) -> None:
    now = datetime.now(UTC)
    for number, weeks in enumerate(ages):
        LeaseNumber.objects.create(
            number=f"44770090010{number}",
            first_event_at=now - timedelta(weeks=weeks),
            last_event_at=now,
            last_event=1,
        )
    page = support.get("/admin/").content.decode()
    known = ("all that can be judged are within", "too young to be judged")
    assert [part in page for part in known] == [
        any(part in each for each in words) for part in known
    ]
    assert [each for each in words if each not in page] == []


@pytest.fixture
def support(client: Client) -> Client:
    """Somebody of the group Support."""
    user = User.objects.create_user("grace", is_staff=True)
    user.groups.add(Group.objects.get(name="Support"))
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    "query",
    ["", "?stretch=day", "?stretch=week&number=1", "?stretch=x&number=y", "?number=٣", LONG],
)
@pytest.mark.parametrize("path", ["/admin/", "/admin/figures/"])
def test_the_pages_answer_whatever_the_address_says(support: Client, path: str, query: str) -> None:
    now = datetime.now(UTC)
    make_event(Reason.NO_PERSON, at=now - timedelta(minutes=5))
    roll_up(clock=lambda: now, until=now + SECOND)
    answer = support.get(path + query, headers=PART)
    assert answer.status_code == 200
    assert "Why events were not applied" in answer.content.decode()


def test_nothing_in_the_pages_is_inline(support: Client) -> None:
    make_event(Reason.NO_PERSON, at=datetime.now(UTC))
    page = support.get("/admin/").content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick=" not in page


def test_whoever_may_not_see_events_sees_no_figures(client: Client) -> None:
    user = User.objects.create_user("eve", is_staff=True)
    client.force_login(user)
    assert client.get("/admin/figures/").status_code == 403
    assert "How it is going" not in client.get("/admin/").content.decode()


def test_a_stranger_is_sent_to_the_login(client: Client) -> None:
    assert client.get("/admin/figures/").status_code == 302


def test_where_nothing_came_in_nothing_is_said_to_be_well(client: Client) -> None:
    user = User.objects.create_user("ada", is_staff=True)
    user.groups.add(Group.objects.get(name="Support"))
    client.force_login(user)
    page = client.get("/admin/").content.decode()
    assert "all-well" not in page
    assert "Nothing came in, so there is nothing to compare." in page
