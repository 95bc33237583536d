"""What can be chosen for a replay, what it is called, and what is said before it."""

from datetime import timedelta

import pytest

from eventlog.models import ReplayedEvent, ReplayJob
from eventlog.questions.filters import EventFilter
from eventlog.questions.same import Same
from eventlog.questions.windows import Span, Window
from eventlog.replay.choosing import name_for, of_events, of_filter
from eventlog.replay.selection import HINTS, WHY_NOT, Preview, preview
from sandbox.samples import DRIVER_NUMBER
from tests.eventlog.figures.ledger import MINUTE, NOON, make_delivery, make_event
from webhooks.models import Event
from webhooks.outcomes import REOPENABLE, Reason, State

NOW = NOON + MINUTE
DAY = timedelta(days=1)


def of(wanted: EventFilter, *, limit: int = 100) -> Preview:
    return preview(of_filter(wanted, now=NOW), limit=limit)


def groups(found: Preview) -> list[tuple[str, str, int]]:
    return [(group.state.value, group.reason.value, group.count) for group in found.groups]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (
            EventFilter(),
            "received from 2026-03-01 12:01:00 to 2026-03-02 12:01:00 UTC",
        ),
        (
            EventFilter(span=Span.HOUR, states=(State.SKIPPED, State.FAILED)),
            "skipped or failed, received from 2026-03-02 11:01:00 to 2026-03-02 12:01:00 UTC",
        ),
        (
            EventFilter(words=("failed", "read"), codes=(131049, 0, 7), window=Window(start=NOON)),
            "of Meta’s word failed or read, with error 131049, 0 or 7, "
            "received from 2026-03-02 12:00:00 to 2026-03-02 12:01:00 UTC",
        ),
        (
            EventFilter(
                reasons=(Reason.NO_PERSON,),
                same=((Same.DRIVER, 7),),
                window=Window(start=NOON - DAY, end=NOON + DAY),
            ),
            "no person, same driver as event 7, "
            "received from 2026-03-01 12:00:00 to 2026-03-02 12:01:00 UTC",
        ),
    ],
)
def test_the_words_for_a_choice(db: None, wanted: EventFilter, words: str) -> None:
    assert of_filter(wanted, now=NOW).words == words


def test_a_replay_of_everything_is_named_after_its_window(db: None) -> None:
    hour = EventFilter(window=Window(start=NOON, end=NOON + MINUTE))
    name = name_for(of_filter(hour, now=NOW), hour, now=NOW)
    assert name == "Replay of what was received from 2026-03-02 12:00:00 to 2026-03-02 12:01:00 UTC"
    skipped = EventFilter(states=(State.SKIPPED,), window=hour.window)
    name = name_for(of_filter(skipped, now=NOW), skipped, now=NOW)
    assert name == "Replay of skipped, 02 Mar 12:01 UTC"


def test_words_hold_no_personal_data(db: None) -> None:
    event = make_event(person_number=DRIVER_NUMBER, message_id="wamid.secret")
    wanted = EventFilter(same=((Same.DRIVER, event.pk), (Same.MESSAGE, event.pk)))
    words = of_filter(wanted, now=NOW).words
    assert DRIVER_NUMBER not in words
    assert "wamid" not in words


def test_a_window_never_stays_open_for_events_to_come(db: None) -> None:
    make_event(Reason.NO_PERSON, at=NOW + timedelta(seconds=1))
    make_event(Reason.NO_PERSON, at=NOW - 2 * DAY)
    kept = make_event(Reason.NO_PERSON, at=NOW - timedelta(seconds=1))
    assert list(of_filter(EventFilter(), now=NOW).events) == [kept]


def test_the_events_of_a_delivery_need_no_window(db: None) -> None:
    delivery = make_delivery(NOON - 90 * DAY)
    event = make_event(Reason.NO_PERSON, at=delivery.received_at, delivery=delivery)
    selection = of_filter(EventFilter(delivery=delivery.pk), now=NOW)
    assert list(selection.events) == [event]
    assert selection.words == f"delivery {delivery.pk}"


def test_events_picked_by_hand_are_named_by_how_many(db: None) -> None:
    assert of_events([5]).words == "event 5"
    assert of_events([5, 6]).words == "2 events picked by hand"


def test_a_preview_says_what_would_be_opened_and_what_not(db: None) -> None:
    reasons = [Reason.NO_PERSON] * 3 + [Reason.REFUSED, Reason.APPLIED, Reason.APPLIED, Reason.NONE]
    for reason in reasons:
        make_event(reason)
    found = of(EventFilter())
    assert groups(found) == [
        ("skipped", "no_person", 3),
        ("failed", "refused", 1),
        ("processed", "applied", 2),
        ("received", "", 1),
    ]
    assert (found.replayable, found.left_alone, found.busy) == (4, 3, 0)
    assert found.possible


def test_every_reason_has_a_remark() -> None:
    for reason in Reason:
        if reason.state in REOPENABLE:
            assert reason in HINTS or reason.state is State.IGNORED
        else:
            assert reason.state in WHY_NOT


def test_what_another_replay_has_is_not_opened_twice(db: None) -> None:
    job = ReplayJob.objects.create(name="x", asked_at=NOON)
    ReplayedEvent.objects.create(job=job, event=make_event(Reason.NO_PERSON))
    make_event(Reason.NO_PERSON)
    found = of(EventFilter())
    assert (found.busy, found.replayable, found.left_alone) == (1, 1, 1)


def test_nothing_to_open_is_not_possible(db: None) -> None:
    make_event()
    assert not of(EventFilter()).possible


@pytest.mark.parametrize(("limit", "possible"), [(3, True), (2, False)])
def test_too_much_is_not_possible(db: None, limit: int, possible: bool) -> None:
    for _ in range(3):
        make_event(Reason.NO_PERSON)
    found = of(EventFilter(), limit=limit)
    assert (found.possible, found.too_many) == (possible, not possible)


def test_counting_ends_somewhere(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventlog.replay.selection.COUNTED_AT_MOST", 2)
    for _ in range(3):
        make_event(Reason.NO_PERSON)
    found = of(EventFilter())
    assert (found.cut_off, found.possible) == (True, False)


def test_a_preview_changes_nothing(db: None) -> None:
    make_event(Reason.NO_PERSON)
    before = Event.objects.values().get()
    of(EventFilter())
    assert Event.objects.values().get() == before
