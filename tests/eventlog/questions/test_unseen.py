"""What a driver sent that no chat shows."""

from typing import Any

import pytest

from eventlog.questions.unseen import SHOWN_AT_MOST, unseen_by_driver
from tests.rows import add_events, make_delivery, make_event
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Kind

pytestmark = pytest.mark.django_db


def test_it_is_named_by_what_it_is_and_why_it_is_in_no_chat() -> None:
    event = make_event()
    reasons = (Reason.NO_ACTIVE_TRACKING, Reason.UNSUPPORTED_TYPE)
    make_event(state=reasons[0].state, reason=reasons[0])
    photo: dict[str, Any] = {"kind": Kind.MESSAGE, "name": "image", "reason": reasons[1]}
    make_event(**photo, state=reasons[1].state)
    make_event(**photo, state=reasons[1].state, person_number="447700900199", person_user_id="")
    make_event(**photo, state=reasons[1].state, lease_number="447700900111")
    found = unseen_by_driver(event)
    assert [(each.label, each.why) for each in found.newest] == [
        ("Photo", "The driver sent a photo; the customer does not see it."),
        ("Text", "No active tracking"),
    ]
    assert not found.more


def test_only_the_newest_are_shown() -> None:
    event = make_event()
    reason = Reason.UNSUPPORTED_TYPE
    photos: dict[str, Any] = {
        "kind": Kind.MESSAGE,
        "name": "image",
        "state": reason.state,
        "reason": reason,
    }
    add_events(make_delivery(), count=SHOWN_AT_MOST + 1, **photos)
    found = unseen_by_driver(event)
    assert (len(found.newest), found.more) == (SHOWN_AT_MOST, True)
