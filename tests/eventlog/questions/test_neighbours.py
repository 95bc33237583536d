"""The events beside one: by receipt and id, within the filters, and none at the ends."""

from datetime import timedelta

import pytest

from eventlog.questions import newest
from eventlog.questions.filters import EventFilter
from eventlog.questions.neighbours import neighbours
from tests.rows import NOON, make_event
from webhooks.models import Event
from webhooks.outcomes import Reason, State

pytestmark = pytest.mark.django_db


def beside(event: Event, wanted: EventFilter = EventFilter()) -> list[int | None]:  # noqa: B008 (frozen)
    """The newer one and the older one."""
    found = neighbours(event, wanted, now=NOON + timedelta(hours=1))
    return [each.pk if each else None for each in (found.newer, found.older)]


def test_the_way_leads_over_every_event_of_the_list() -> None:
    at = [NOON, NOON, NOON, NOON + timedelta(seconds=1), NOON - timedelta(seconds=1)]
    for moment in at:
        make_event(received_at=moment)
    way = list(Event.objects.order_by("-received_at", "-pk"))
    ids: list[int | None] = [None, *(event.pk for event in way), None]
    assert [beside(event) for event in way] == [
        [newer, older] for newer, older in zip(ids, ids[2:], strict=False)
    ]


def test_only_what_the_filters_let_through_is_beside_it() -> None:
    first = make_event(state=State.FAILED, reason=Reason.GAVE_UP)
    between = make_event()
    last = make_event(state=State.FAILED, reason=Reason.GAVE_UP)
    failed = EventFilter(states=(State.FAILED,))
    assert beside(first, failed) == [last.pk, None]
    assert beside(last, failed) == [None, first.pk]
    assert beside(between, failed) == [last.pk, first.pk]
    assert beside(first) == [between.pk, None]


def test_the_way_on_through_several_states_and_what_was_looked_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(newest, "LOOKED_THROUGH", 2)
    late = NOON + timedelta(hours=1)
    oldest, skipped, failed = (
        make_event(
            state=state, reason=reason, received_at=NOON + timedelta(minutes=place), settled_at=late
        )
        for place, (state, reason) in enumerate(
            [("failed", "malformed"), ("skipped", "no_person"), ("failed", "malformed")]
        )
    )
    both = EventFilter(states=(State.SKIPPED, State.FAILED))
    assert beside(skipped, both) == [failed.pk, oldest.pk]
    slow = EventFilter(took=timedelta(minutes=1))
    assert beside(skipped, slow) == [failed.pk, None]
