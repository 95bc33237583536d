"""A list of events: its pages, how many there are, and how far back it was looked through."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from eventlog.questions import newest
from eventlog.questions.filters import EventFilter, matching
from eventlog.questions.listing import Hits, listing, narrowest, parts, reach
from eventlog.questions.same import Same
from eventlog.questions.windows import Span, Window
from tests.rows import NOON, add_events, make_delivery, make_event
from webhooks import transitions
from webhooks.models import Event
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import Kind

pytestmark = pytest.mark.django_db

NOW = NOON + timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def outcomes(*reasons: Reason) -> list[int]:
    """An event a minute, each with the next of the outcomes. Returns their keys, newest first."""
    made = [
        make_event(state=reason.state, reason=reason, received_at=NOON + place * MINUTE)
        for place, reason in enumerate(reasons)
    ]
    return [event.pk for event in reversed(made)]


MIXED = (Reason.MALFORMED, Reason.NO_PERSON, Reason.APPLIED, Reason.MALFORMED, Reason.NO_PERSON)


@pytest.mark.parametrize(
    "wanted",
    [
        EventFilter(states=(State.SKIPPED, State.FAILED)),
        EventFilter(reasons=(Reason.NO_PERSON, Reason.MALFORMED)),
    ],
)
def test_what_is_asked_for_together_comes_in_one_order(wanted: EventFilter) -> None:
    keys = outcomes(*MIXED)
    meant = [keys[0], keys[1], keys[3], keys[4]]
    shown = listing(wanted, now=NOW)
    assert [event.pk for event in shown.page(Q(), limit=3)] == meant[:3]
    assert [event.pk for event in shown.page(Q(), limit=3, backwards=True)] == meant[:0:-1]
    assert {event.pk for event in shown.events} == {*meant}
    assert shown.hits() == Hits(count=4)


def test_what_is_settled_between_two_queries_is_listed_once() -> None:
    """What is open is read first, and what failed after it."""
    event = make_event(state=State.QUEUED, reason=Reason.NONE, received_at=NOON)
    shown = listing(EventFilter(states=(State.QUEUED, State.FAILED)), now=NOW)
    struck: list[int] = []

    def strike(execute: Callable[..., Any], *query: Any) -> Any:
        answer = execute(*query)
        if not struck:
            struck.append(event.pk)
            transitions.give_up(Event.objects.filter(pk=event.pk), now=NOW)
        return answer

    with connection.execute_wrapper(strike):
        found = shown.page(Q(), limit=9)
    assert [(row.pk, row.state) for row in found] == [(event.pk, State.FAILED)]


@pytest.mark.parametrize(
    "wanted",
    [
        EventFilter(states=tuple(State)),
        EventFilter(states=(State.RECEIVED, State.WAITING, State.DUPLICATE)),
        EventFilter(states=(State.SKIPPED, State.FAILED), reasons=(Reason.NO_PERSON, Reason.GROUP)),
        EventFilter(states=(State.FAILED,), reasons=(Reason.NO_PERSON, Reason.GROUP)),
        EventFilter(kinds=(Kind.MESSAGE, Kind.ERROR)),
        EventFilter(kinds=(Kind.TEXT, Kind.ERROR), states=(State.SKIPPED, State.IGNORED)),
        EventFilter(words=("read", "failed", "reaction", "image", "sent")),
        EventFilter(words=("failed", "image"), states=(State.SKIPPED, State.IGNORED)),
        EventFilter(words=("failed", "image"), reasons=(Reason.NO_PERSON, Reason.GROUP)),
        EventFilter(codes=(7, 0), words=("failed", "read"), kinds=(Kind.TEXT, Kind.ERROR)),
    ],
)
def test_the_parts_of_a_filter_are_the_whole_and_share_nothing(wanted: EventFilter) -> None:
    names = cycle(["failed", "read", "reaction", "image", "text"])
    for kind in (Kind.TEXT, Kind.MESSAGE, Kind.ERROR):
        for reason, code in zip(Reason, cycle([None, 0, 7, 8]), strict=False):
            make_event(
                kind=kind, state=reason.state, reason=reason, name=next(names), error_code=code
            )
    found = [row.pk for part in parts(wanted) for row in matching(part, now=NOW)]
    assert sorted(found) == sorted(row.pk for row in matching(wanted, now=NOW))


@pytest.mark.parametrize(
    ("wanted", "split"),
    [
        (EventFilter(codes=(7, 0)), [{"codes": (7,)}, {"codes": (0,)}]),
        (
            EventFilter(words=("read", "failed", "sent", "reaction")),
            [{"words": ("read", "sent")}, {"words": ("failed",)}, {"words": ("reaction",)}],
        ),
        (EventFilter(words=("read", "sent")), [{"words": ("read", "sent")}]),
    ],
)
def test_what_has_an_index_is_a_part_of_its_own(
    wanted: EventFilter, split: list[dict[str, Any]]
) -> None:
    assert parts(wanted) == [replace(wanted, **each) for each in split]


def test_how_far_several_states_reach_is_found_by_the_index_of_each() -> None:
    """One walk for both would look at all that was ever received to find few of them."""
    outcomes(*MIXED)
    asked = EventFilter(states=(State.SKIPPED, State.FAILED), words=("failed", "text"))
    with CaptureQueriesContext(connection) as queries:
        reach(asked, now=NOW)
    of_states = [each["sql"] for each in queries if "'skipped'" in each["sql"]]
    assert [each for each in of_states if "'failed'" in each] == []
    assert len(of_states) == 1


def test_hits_are_counted_up_to_a_thousand() -> None:
    add_events(make_delivery(), count=1000, state=State.FAILED, reason=Reason.MALFORMED)
    failed = listing(EventFilter(states=(State.FAILED,)), now=NOW)
    assert failed.hits().words == "1,000 events"
    make_event(state=State.FAILED, reason=Reason.MALFORMED)
    with CaptureQueriesContext(connection) as queries:
        assert failed.hits().words == "More than 1,000 events"
    [query] = [each["sql"] for each in queries]
    assert "LIMIT 1001" in query


def test_several_things_at_once_are_counted_among_the_newest_of_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(newest, "LOOKED_THROUGH", 3)
    outcomes(*[Reason.MALFORMED] * 5)
    both = EventFilter(states=(State.FAILED,), kinds=(Kind.TEXT,))
    assert listing(both, now=NOW).hits().words == "At least 3 events"
    assert len(listing(both, now=NOW).page(Q(), limit=9)) == 5
    assert listing(replace(both, kinds=()), now=NOW).hits().words == "5 events"
    monkeypatch.setattr(newest, "LOOKED_THROUGH", 5)
    assert listing(both, now=NOW).hits().words == "5 events"


def test_what_no_index_finds_is_looked_for_in_the_newest_of_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(newest, "LOOKED_THROUGH", 2)
    keys = outcomes(*MIXED)
    Event.objects.update(settled_at=NOON + timedelta(hours=9))
    slow = listing(EventFilter(took=MINUTE), now=NOW)
    assert ([row.pk for row in slow.page(Q(), limit=9)], slow.hits()) == (keys[:2], Hits(count=2))
    assert slow.since == NOON + 3 * MINUTE
    failed = listing(EventFilter(took=MINUTE, states=(State.FAILED,)), now=NOW)
    assert ([row.pk for row in failed.page(Q(), limit=9)], failed.since) == (
        [keys[1], keys[4]],
        None,
    )
    older = EventFilter(took=MINUTE, window=Window(end=slow.since))
    assert [row.pk for row in listing(older, now=NOW).page(Q(), limit=9)] == keys[2:4]


def test_one_event_is_one() -> None:
    assert (Hits(count=0).words, Hits(count=1).words) == ("0 events", "1 event")


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ({"took": MINUTE}, set()),
        ({"states": (State.PROCESSED,), "kinds": (Kind.TEXT,), "words": ("text", "image")}, set()),
        ({"states": (State.FAILED,), "codes": (131049,)}, {"codes"}),
        ({"states": (State.FAILED,), "kinds": (Kind.ERROR,)}, {"states"}),
        ({"same": ((Same.DRIVER, 7),), "reasons": (Reason.NO_PERSON,)}, {"same"}),
        ({"open_for": MINUTE, "states": (State.WAITING,)}, {"open_for"}),
        ({"unseen": True, "kinds": (Kind.MESSAGE,), "words": ("image",)}, {"words"}),
    ],
)
def test_the_narrowest_of_what_is_asked_for_and_the_window(
    wanted: dict[str, object], kept: set[str]
) -> None:
    asked = EventFilter(span=Span.WEEK, **wanted)  # type: ignore[arg-type]
    rest = EventFilter(span=Span.WEEK, **{name: wanted[name] for name in kept})  # type: ignore[arg-type]
    assert narrowest(asked) == rest
