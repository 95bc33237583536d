"""Why the admin did not do what was asked of it, as its pages say it."""

from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What a page says, and the status that it is sent with."""

    title: str
    why: str
    status: HTTPStatus


class Interruption(Enum):
    """What came between."""

    NOT_FOUND = Words(
        title="Nothing is here",
        why="The address is wrong, or retention has deleted what it names.",
        status=HTTPStatus.NOT_FOUND,
    )
    FORBIDDEN = Words(
        title="This is not for you",
        why="Your account lacks the right. An administrator can give it.",
        status=HTTPStatus.FORBIDDEN,
    )
    NOT_BY_LINK = Words(
        title="Nothing was done",
        why="This address only takes what a page of the log sends to it. A link does nothing.",
        status=HTTPStatus.METHOD_NOT_ALLOWED,
    )
    NOT_UNDERSTOOD = Words(
        title="Nothing was done",
        why="The address or the form holds something that no page of the log would write there.",
        status=HTTPStatus.BAD_REQUEST,
    )
    FROM_ELSEWHERE = Words(
        title="Nothing was done",
        why="Your browser does not say that a page of the log sent this. Go there and try again.",
        status=HTTPStatus.FORBIDDEN,
    )
    # With what was sent, to go on with it.
    EXPIRED = Words(
        title="You are logged in again",
        why="Your login had expired, so what you sent was not taken. It is still here.",
        status=HTTPStatus.OK,
    )
    STALE = Words(
        title="Nothing was done yet",
        why="The page was older than your login, so what you sent was not taken. It is still here.",
        status=HTTPStatus.FORBIDDEN,
    )
    OUT_OF_REACH = Words(
        title="The database does not answer",
        why="The event log cannot be read or changed now. What Meta sends is not lost: it comes "
        "again until it is stored. Reload this page in a minute.",
        status=HTTPStatus.SERVICE_UNAVAILABLE,
    )
    KEY_TAKEN = Words(
        title="The database did not take it",
        why="The key of a new row was taken. After a restore a sequence may stand behind its "
        "table: `manage mend_sequences --dry-run` tells, and the runbook says more.",
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
    )
    UNFORESEEN = Words(
        title="Something went wrong",
        why="The fault is ours, and the log of this process says what it was.",
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
    )
