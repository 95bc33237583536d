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
    # Before anything else is asked: who this is.
    NOT_BY_THE_PROXY = Words(
        title="Come by the other address",
        why="The event log is open to those whom the identity-aware proxy lets through. This "
        "request did not come by it.",
        status=HTTPStatus.FORBIDDEN,
    )
    PROXY_NOT_BELIEVED = Words(
        title="Who you are cannot be told",
        why="What came as the word of the identity-aware proxy is not its word, or is meant for "
        "something else than this event log. The log of this process says which.",
        status=HTTPStatus.FORBIDDEN,
    )
    PROXY_KEYS_AWAY = Words(
        title="Who you are cannot be told now",
        why="The keys by which the word of the identity-aware proxy is known cannot be had from "
        "Google. Reload this page in a moment.",
        status=HTTPStatus.SERVICE_UNAVAILABLE,
    )
    NO_GROUP = Words(
        title="This is not for you",
        why="You are who you say, but no group of the event log is given to your address. Whoever "
        "runs it can do so, in IAP_GROUPS.",
        status=HTTPStatus.FORBIDDEN,
    )
    GROUP_UNKNOWN = Words(
        title="Your group is not there",
        why="IAP_GROUPS gives your address a group that the event log does not have. Whoever runs "
        "it can add the group, or correct its name.",
        status=HTTPStatus.FORBIDDEN,
    )
    CLOSED_ACCOUNT = Words(
        title="Your account is closed",
        why="Somebody has made your account inactive, or has taken the right to log in from it.",
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
