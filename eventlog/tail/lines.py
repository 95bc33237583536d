"""How an event is told at a terminal and to other services: in a line, or as JSON for programs.

It may get into a log, such as that of a job, so all numbers are masked, the company's as well, but
for a service that may reveal.
"""

from datetime import datetime
from typing import Any

from django.utils.timezone import localtime

from eventlog.questions.masking import MASKED, Sight
from eventlog.questions.wording import cause, title, undirected
from eventlog.tail.changes import change_of
from webhooks.models import Event

# Of a row, beside what tells how it stands.
COLUMNS = (
    *("delivery", "position", "kind", "name", "error_code", "detail"),
    *("lease_number", "person_number", "person_user_id", "message_id", "target_id"),
)
_LINE = "{since:14} {state:9} {reason:21} {what:19} {driver:12} {lease:12} {event}"
HEAD = _LINE.format(
    since="since (UTC)",
    state="state",
    reason="reason",
    what="what",
    driver="driver",
    lease="lease number",
    event="event",
)


def line(event: Event) -> str:
    """One line, of about a hundred characters; what is beyond them says why it is so."""
    columns = _LINE.format(
        since=f"{localtime(change_of(event).since):%m-%d %H:%M:%S}",
        state=event.state,
        reason=event.reason,
        what=_plain(title(event)),
        driver=_driver(event),
        lease=MASKED.number(event.lease_number),
        event=event.pk,
    )
    return " ".join((columns, *(_plain(each) for each in (event.detail, cause(event)) if each)))


def data(event: Event, sight: Sight = MASKED) -> dict[str, Any]:
    """The same and a little more; the runbook says what each key means."""
    return {
        "event": event.pk,
        "since": _moment(change_of(event).since),
        "state": event.state,
        "reason": event.reason,
        "detail": event.detail,
        "kind": event.kind,
        "name": MASKED.told(event.name),
        "error_code": event.error_code,
        "lease_number": sight.number(event.lease_number),
        "driver": _driver(event, sight),
        "message_id": sight.message_id(event.message_id),
        "target_id": sight.message_id(event.target_id),
        "received_at": _moment(event.received_at),
        "delivery": str(event.delivery_id),
        "position": event.position,
    }


def _driver(event: Event, sight: Sight = MASKED) -> str:
    return sight.number(event.person_number) or sight.user_id(event.person_user_id)


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def _plain(words: str) -> str:
    """Words that no terminal takes for a command, nor turns around."""
    return "".join(each if each.isprintable() else "?" for each in undirected(words))
