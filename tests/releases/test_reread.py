"""What `manage.py reread` says of the rows that another release has written."""

from datetime import datetime
from typing import Any

import pytest

from eventlog.rereading.differences import Difference, Way, Words, reread_one
from tests.releases.test_older_rows import ROWS, UNCOUNTED
from tests.rows import NOON
from tests.webhooks.whatsapp.payloads import load
from webhooks.models import Delivery, Event
from webhooks.outcomes import Reason
from webhooks.whatsapp.payload import parse

BARE = Difference(way=Way.NOT_IN_LEDGER, kind="change")


def of_another_reason(kind: str, was: str, now: str, *columns: str) -> Difference:
    """An item that is the same, and settled otherwise as it is read."""
    words = (Words(column="reason", was=was, now=now),)
    return Difference(way=Way.OTHERWISE, kind=kind, fields=(*columns, "reason"), words=words)


PAYMENT = of_another_reason("status", "to_be_applied", "unsupported_status")
ALIAS = of_another_reason(
    "message", "unsupported_type", "identity_noted", "person_number", "person_user_id"
)
# By payload, with the positions; all others are read as that release read them.
MEANT: dict[str, list[tuple[int, Difference]]] = {
    "lists_that_are_none": [(5, BARE)],
    "user_actions_only": [(0, BARE)],
    "status_payment_failed": [(0, PAYMENT)],
    "system": [(0, ALIAS)],
}


def compared(name: str) -> list[tuple[int | None, Difference]]:
    """Reads a payload again, and compares it with what that release wrote of it."""
    body = load(name)
    delivery = Delivery(received_at=NOON, body=body, verdict=parse(body).verdict.value)
    rows = [row(delivery, fields) for fields in ROWS[name]]
    return list(reread_one(delivery, rows).differences)


def row(delivery: Delivery, fields: dict[str, Any]) -> Event:
    written = {"state": Reason.of(fields["reason"]).state, "occurred_at": None} | fields
    if written["occurred_at"]:
        written["occurred_at"] = datetime.fromisoformat(written["occurred_at"])
    return Event(**written, delivery=delivery)


@pytest.mark.parametrize("name", ROWS)
def test_it_tells_what_this_release_is_meant_to_read_otherwise(name: str) -> None:
    assert compared(name) == MEANT.get(name, [])


def test_what_was_not_counted_is_told() -> None:
    uncounted = {
        name: [found.way for _, found in differences].count(Way.NOT_IN_LEDGER)
        for name, differences in MEANT.items()
    }
    assert {name: count for name, count in uncounted.items() if count} == UNCOUNTED
