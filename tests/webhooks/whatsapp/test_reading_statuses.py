"""What the statuses in the payload files mean."""

from dataclasses import replace

import pytest

from tests.webhooks.whatsapp.payloads import HERE, SHEENA, STATUS_ID, STATUS_TIME, items_of
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Item, Kind, Person, UnprocessedItem
from webhooks.whatsapp.kinds.status import Status, StatusUpdate

FAILED = StatusUpdate(
    position=0,
    **HERE,
    message_id=STATUS_ID,
    person=Person(number="16505551234"),
    occurred_at=STATUS_TIME,
    kind=Kind.STATUS,
    name="failed",
    status=Status.FAILED,
    errors=(
        {
            "code": 131049,
            "title": "This message was not delivered to maintain healthy ecosystem engagement.",
            "message": "This message was not delivered to maintain healthy ecosystem engagement.",
            "error_data": {
                "details": "In order to maintain a healthy ecosystem engagement, "
                "the message failed to be delivered."
            },
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
            "retry_after": None,
            "attempts": [1, 2.5, True],
        },
    ),
)
READ = replace(FAILED, person=SHEENA, name="read", status=Status.READ, errors=())


def _unprocessed(name: str, person: Person, reason: Reason) -> Item:
    return UnprocessedItem(
        position=0,
        **HERE,
        message_id=STATUS_ID,
        person=person,
        occurred_at=STATUS_TIME,
        kind=Kind.STATUS,
        name=name,
        reason=reason,
    )


CASES: dict[str, tuple[Item, ...]] = {
    "status_sent": (replace(READ, name="sent", status=Status.SENT),),
    "status_delivered": (replace(READ, name="delivered", status=Status.DELIVERED),),
    "status_read": (READ,),
    "status_played": (replace(READ, name="played", status=Status.PLAYED),),
    "status_failed": (FAILED,),
    "status_without_recipient_id": (
        replace(
            READ,
            person=Person(user_id="US.13491208655302741918"),
            name="delivered",
            status=Status.DELIVERED,
        ),
    ),
    "status_deleted": (_unprocessed("deleted", SHEENA, Reason.UNSUPPORTED_STATUS),),
    "status_warning": (_unprocessed("warning", SHEENA, Reason.UNSUPPORTED_STATUS),),
    "status_in_group": (
        _unprocessed("delivered", Person(number="120363423391234567"), Reason.GROUP),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_statuses(name: str) -> None:
    """Each file gives exactly these events."""
    assert items_of(name) == CASES[name]
