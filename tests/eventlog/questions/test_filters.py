"""What the address of a list says, and the events that it means."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.http import QueryDict
from django.utils import timezone

from eventlog.questions.filters import EventFilter, matching, query_string, read_filter
from eventlog.questions.same import LOOKED_AT, Same
from eventlog.questions.windows import Span, Window
from tests.rows import NOON, make_delivery, make_event
from webhooks.conditions import is_unseen
from webhooks.models import Event
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import Kind

DELIVERY = UUID("019cae82-7340-7000-8000-000000000000")
FULL = EventFilter(
    states=(State.SKIPPED, State.FAILED),
    reasons=(Reason.NO_PERSON,),
    kinds=(Kind.TEXT,),
    words=("failed", "image"),
    codes=(131049, 0),
    unseen=True,
    window=Window(start=NOON, end=NOON + timedelta(hours=1)),
    same=((Same.DRIVER, 7), (Same.ENQUIRY, 8)),
    delivery=DELIVERY,
    took=timedelta(seconds=90),
    open_for=timedelta(minutes=10),
    tries=2,
    waited=True,
)


@pytest.mark.parametrize("wanted", [EventFilter(), FULL, EventFilter(span=Span.YESTERDAY)])
def test_an_address_is_read_back_as_it_was_written(wanted: EventFilter) -> None:
    assert read_filter(QueryDict(query_string(wanted))) == wanted


@pytest.mark.parametrize(
    "query",
    [
        "state=",
        "state=lost&reason=&kind=x&span=year",
        "driver_of=16505551234x&delivery=7&driver_of=-1",
        "from=yesterday&to=0001-01-01",
        "from=9999-12-31T23:59&driver_of=" + "9" * 30,
        "q=1&p=2&o=1&before=3&after=4",
        "word=447700900102&code=131049x",
        "word=&code=-1",
        "code=13104900",
        "code=",
        "took=1&open=long&tries=many",
        "took=0s&open=-1s&tries=100",
    ],
)
def test_what_an_address_may_not_say_is_passed_over(query: str) -> None:
    assert read_filter(QueryDict(query)) == EventFilter()


@pytest.mark.parametrize("own", ["UTC", "Asia/Kolkata"])
def test_an_address_means_the_same_in_every_zone(own: str) -> None:
    """Without a zone it means UTC, as all addresses did before there were others."""
    with timezone.override(own):
        wanted = read_filter(QueryDict("from=2026-03-02T12:00&to=2026-03-02T13:00%2B01:00"))
        assert wanted.window == Window(start=NOON, end=NOON)
        there = read_filter(QueryDict("from=2026-03-02T13:00&zone=Europe/Amsterdam"))
        assert there == EventFilter(window=Window(start=NOON))
        today = read_filter(QueryDict("span=today")).window_at(NOON)
        assert today == Window(start=datetime(2026, 3, 2, tzinfo=UTC))


def test_a_day_is_of_the_zone_that_the_address_names() -> None:
    """At noon of UTC it is 01:00 of the next day in Auckland."""
    auckland = read_filter(QueryDict("span=today&zone=Pacific/Auckland"))
    assert query_string(auckland) == "span=today&zone=Pacific%2FAuckland"
    start = datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert auckland.window_at(NOON) == Window(start=start)
    assert auckland.closed_at(NOON) == EventFilter(window=Window(start=start, end=NOON))
    hour = read_filter(QueryDict("span=1h&zone=Pacific/Auckland"))
    assert hour == EventFilter(span=Span.HOUR)  # it is the same everywhere


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)]
)
def test_a_day_is_whole_when_clocks_are_set(day: str, hours: int) -> None:
    noon = datetime.fromisoformat(f"{day}T12:00+00:00")
    of_the_day = read_filter(QueryDict("span=yesterday&zone=Europe/Amsterdam"))
    window = of_the_day.window_at(noon + timedelta(days=1))
    assert window.start is not None
    assert window.end is not None
    assert window.end - window.start == timedelta(hours=hours)


def test_an_hour_that_comes_twice_is_within_the_window_twice() -> None:
    typed = "zone=Europe/Amsterdam&from=2026-10-25T02:30&to=2026-10-25T02:30"
    assert read_filter(QueryDict(typed)).window == Window(
        start=datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        end=datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    )


def test_a_closed_window_lets_nothing_in_that_is_still_to_come() -> None:
    later = NOON + timedelta(days=1)
    assert EventFilter().closed_at(NOON).window == Window(end=NOON)
    assert EventFilter(span=Span.HOUR).closed_at(NOON).window == Window(
        start=NOON - timedelta(hours=1), end=NOON
    )
    assert EventFilter(window=Window(end=later)).closed_at(NOON).window == Window(end=NOON)
    assert EventFilter(window=Window(end=NOON)).closed_at(later).window == Window(end=NOON)


@pytest.mark.parametrize(
    ("wanted", "fields"),
    [
        (EventFilter(states=(State.SKIPPED,)), {"state": "skipped", "reason": "no_person"}),
        (EventFilter(reasons=(Reason.NO_PERSON,)), {"state": "skipped", "reason": "no_person"}),
        (EventFilter(kinds=(Kind.ERROR,)), {"kind": "error"}),
        (EventFilter(kinds=(Kind.ERROR, Kind.STATUS)), {"kind": "status"}),
        (
            EventFilter(states=(State.SKIPPED,), reasons=(Reason.NO_PERSON, Reason.GROUP)),
            {"state": "skipped", "reason": "no_person"},
        ),
        (EventFilter(window=Window(end=NOON)), {"received_at": NOON - timedelta(minutes=1)}),
    ],
)
def test_a_filter_finds_what_it_asks_for(
    db: None, wanted: EventFilter, fields: dict[str, Any]
) -> None:
    make_event()
    meant = make_event(**fields)
    assert found(wanted) == [meant.pk]


def test_a_reason_of_another_state_finds_nothing(db: None) -> None:
    make_event(state="skipped", reason="no_person")
    assert found(EventFilter(states=(State.FAILED,), reasons=(Reason.NO_PERSON,))) == []


def test_a_number_of_long_ago_is_not_the_drivers_any_more(db: None) -> None:
    """Meta has withheld it for longer than is looked at: by now it may be somebody else's."""
    user_id, later = "GB.103", NOON + timedelta(hours=1)
    make_event(person_number="447700900103", person_user_id=user_id, received_at=NOON)
    events = [
        make_event(person_number="", person_user_id=user_id, received_at=later)
        for _ in range(LOOKED_AT)
    ]
    make_event(person_number="447700900103", person_user_id="GB.104")
    assert len(found(EventFilter(same=((Same.DRIVER, events[0].pk),)))) == LOOKED_AT + 1


def test_a_driver_is_known_by_his_number_in_any_spelling_and_by_his_user_id(db: None) -> None:
    first = make_event(person_number="5511987654321", person_user_id="BR.1")
    others = [
        make_event(person_number="551187654321", person_user_id=""),
        make_event(person_number="", person_user_id="BR.1"),
    ]
    make_event(person_number="551187654322", person_user_id="")
    make_event(person_number="", person_user_id="")
    assert found(EventFilter(same=((Same.DRIVER, first.pk),))) == [
        first.pk,
        *(other.pk for other in others),
    ]


@pytest.mark.parametrize("newest", [("447700900103", ""), ("", "GB.103")])
def test_a_driver_is_known_by_what_other_events_say_of_him(
    db: None, newest: tuple[str, str]
) -> None:
    number, user_id = "447700900103", "GB.103"
    names = [(number, user_id), ("", user_id), (number, ""), newest]
    events = [make_event(person_number=one, person_user_id=other) for one, other in names]
    make_event(person_number="447700900104", person_user_id="")
    wanted = EventFilter(same=((Same.DRIVER, events[-1].pk),))
    assert found(wanted) == [event.pk for event in events]


def test_nobody_is_the_driver_of_an_event_that_names_none(db: None) -> None:
    make_event(person_number="", person_user_id="GB.1")
    nameless = make_event(person_number="", person_user_id="")
    assert found(EventFilter(same=((Same.DRIVER, nameless.pk),))) == []


def test_a_message_has_its_statuses_its_reactions_and_the_replies_to_it(db: None) -> None:
    status = make_event(kind=Kind.STATUS, name="sent", message_id="wamid.A")
    reaction = make_event(kind=Kind.REACTION, message_id="wamid.R", target_id="wamid.A")
    reply = make_event(message_id="wamid.B", target_id="wamid.A")
    make_event(message_id="wamid.C", target_id="wamid.B")
    everything = [status.pk, reaction.pk, reply.pk]
    assert found(EventFilter(same=((Same.MESSAGE, status.pk),))) == everything
    assert found(EventFilter(same=((Same.MESSAGE, reaction.pk),))) == everything
    assert found(EventFilter(same=((Same.MESSAGE, reply.pk),)))[0] == reply.pk


@pytest.mark.parametrize(
    ("same", "field"),
    [(Same.LEASE_NUMBER, "lease_number"), (Same.COMPANY, "lease_id"), (Same.ENQUIRY, "enquiry_id")],
)
def test_what_events_have_in_common(db: None, same: Same, field: str) -> None:
    first, second, _, empty = (_with(field, value) for value in ("a", "a", "b", ""))
    assert found(EventFilter(same=((same, first.pk),))) == [first.pk, second.pk]
    assert found(EventFilter(same=((same, empty.pk),))) == []


def test_enquiries_of_two_companies_may_have_the_same_id(db: None) -> None:
    first = make_event(lease_id="lease-1", enquiry_id="7")
    make_event(lease_id="lease-2", enquiry_id="7")
    assert found(EventFilter(same=((Same.ENQUIRY, first.pk),))) == [first.pk]


def test_an_event_that_is_gone_has_nothing_in_common_with_others(db: None) -> None:
    make_event()
    assert found(EventFilter(same=((Same.DRIVER, 999),))) == []


def test_the_events_of_a_delivery(db: None) -> None:
    delivery = make_delivery()
    mine = make_event(delivery)
    make_event()
    assert found(EventFilter(delivery=delivery.pk)) == [mine.pk]


def _with(field: str, value: str) -> Event:
    fields: dict[str, Any] = {field: value}
    return make_event(**fields)


def found(wanted: EventFilter) -> list[int]:
    """The events of a filter, oldest first."""
    now = datetime(2026, 3, 2, 13, tzinfo=UTC)
    rows = matching(wanted, now=now).order_by("pk")
    assert rows.count() <= Event.objects.count()
    return [event.pk for event in rows]


@pytest.mark.parametrize(
    ("wanted", "fields"),
    [
        ({"words": ("image",)}, {"kind": Kind.MESSAGE, "name": "image"}),
        ({"words": ("failed",)}, {"kind": Kind.STATUS, "name": "failed"}),
        ({"words": ("reaction",)}, {"kind": Kind.REACTION, "name": "reaction"}),
        ({"words": ("read",)}, {"kind": Kind.STATUS, "name": "read"}),
        ({"words": ("new_in_2027", "image")}, {"kind": Kind.CHANGE, "name": "new_in_2027"}),
        ({"words": ("read", "failed")}, {"kind": Kind.STATUS, "name": "read"}),
        ({"words": ("read", "failed")}, {"kind": Kind.STATUS, "name": "failed"}),
        ({"words": ("image", "reaction")}, {"kind": Kind.REACTION, "name": "reaction"}),
        ({"codes": (131049,)}, {"kind": Kind.STATUS, "name": "failed", "error_code": 131049}),
        ({"codes": (131049, 0)}, {"error_code": 0}),
    ],
)
def test_events_by_what_meta_calls_them(
    db: None, wanted: dict[str, Any], fields: dict[str, Any]
) -> None:
    make_event()
    make_event(kind=Kind.STATUS, name="delivered", error_code=131026)
    meant = make_event(**fields)
    assert list(matching(EventFilter(**wanted), now=NOON)) == [meant]


LATE, AT_ONCE = NOON + timedelta(minutes=5), NOON + timedelta(milliseconds=300)
OPEN = {"state": "waiting", "reason": "waiting_for_message", "settled_at": None}


@pytest.mark.parametrize(
    ("wanted", "meant", "other"),
    [
        ({"took": "5m"}, {"settled_at": LATE}, {"settled_at": LATE - timedelta(milliseconds=1)}),
        ({"took": "1s"}, {"settled_at": LATE}, {"settled_at": AT_ONCE}),
        ({"took": "1s"}, {"settled_at": LATE}, {"settled_at": LATE, "reopened_at": LATE}),
        ({"took": "1s"}, {"settled_at": LATE}, OPEN),
        ({"open": "10m"}, OPEN, {"settled_at": AT_ONCE}),
        ({"open": "10m"}, OPEN, {**OPEN, "received_at": NOON + timedelta(minutes=51)}),
        ({"open": "10m"}, OPEN, {**OPEN, "reopened_at": NOON + timedelta(minutes=51)}),
        ({"tries": "2"}, {"waits": 1}, {}),
        ({"waited": "1"}, {"waits": 1}, {"rounds": 1}),
        ({"tries": "3"}, {"waits": 1, "rounds": 1}, {"rounds": 1}),
    ],
)
def test_events_by_how_long_and_how_often(
    db: None, wanted: dict[str, str], meant: dict[str, Any], other: dict[str, Any]
) -> None:
    make_event(**({"settled_at": AT_ONCE} | other))
    event = make_event(**({"settled_at": AT_ONCE} | meant))
    asked = read_filter(QueryDict(urlencode(wanted)))
    assert list(matching(asked, now=NOON + timedelta(hours=1))) == [event]


SENT: dict[str, tuple[dict[str, Any], Reason, bool]] = {
    "a photo": ({"kind": Kind.MESSAGE, "name": "image"}, Reason.UNSUPPORTED_TYPE, True),
    "a new type": ({"kind": Kind.MESSAGE, "name": "x"}, Reason.UNSUPPORTED_TYPE, True),
    "a malformed message": ({"kind": Kind.MESSAGE, "name": ""}, Reason.MALFORMED, True),
    "a stranger's text": ({}, Reason.NO_ACTIVE_TRACKING, True),
    "a text that failed": ({}, Reason.TOO_LARGE, True),
    "a text of a group": ({}, Reason.GROUP, True),
    "a reaction": ({"kind": Kind.REACTION, "name": "reaction"}, Reason.MESSAGE_NOT_FOUND, True),
    "a text": ({}, Reason.APPLIED, False),
    "the same again": ({}, Reason.ALREADY_APPLIED, False),
    "a text on its way": ({}, Reason.NONE, False),
    "a text that waits": ({}, Reason.WAITING_FOR_QUOTED, False),
    "a new number": ({"kind": Kind.MESSAGE, "name": "system"}, Reason.UNSUPPORTED_TYPE, False),
    "a chat": ({"kind": Kind.MESSAGE, "name": "request_welcome"}, Reason.UNSUPPORTED_TYPE, False),
    "a status": ({"kind": Kind.STATUS, "name": "failed"}, Reason.MESSAGE_NOT_FOUND, False),
    "a payment": ({"kind": Kind.STATUS, "name": "failed"}, Reason.UNSUPPORTED_STATUS, False),
    "a notice": ({"kind": Kind.ERROR, "name": "1"}, Reason.ERROR_NOTICE, False),
    "a change": ({"kind": Kind.CHANGE, "name": "calls"}, Reason.UNSUPPORTED_FIELD, False),
    "a container": ({"kind": Kind.CONTAINER, "name": "entry"}, Reason.MALFORMED, False),
}


@pytest.mark.parametrize("what", list(SENT))
def test_what_drivers_sent_and_no_customer_saw(db: None, what: str) -> None:
    fields, reason, unseen = SENT[what]
    event = make_event(**fields, state=reason.state, reason=reason)
    assert matching(EventFilter(unseen=True), now=NOON).exists() is unseen
    assert is_unseen(kind=event.kind, name=event.name, state=event.state) is unseen
