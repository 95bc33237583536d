"""Reveals personal data of one object to one person for a few minutes, and notes who saw what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from math import ceil
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.http import HttpResponseRedirect as Redirect

from eventlog.links import (
    ITEM,
    LIST,
    NEWER,
    OLDER,
    chat_url,
    delivery_url,
    event_url,
    unreadable_url,
    with_query,
)
from eventlog.pages.noting import note
from eventlog.pages.page import Page
from eventlog.questions.masking import Sight
from listeners.models import UnreadableTask
from webhooks import clock
from webhooks.models import Delivery, Event

PERMISSION = "webhooks.reveal_personal_data"
REVEALED_FOR = timedelta(minutes=5)
SESSION_KEY = "revealed"


class Subject(StrEnum):
    """What can be revealed."""

    EVENT = "event"
    DELIVERY = "delivery"
    CHAT = "chat"
    TASK = "task"


@dataclass(frozen=True, kw_only=True, slots=True)
class Veil:
    """How an object looks to whoever asks, and what they can do about it."""

    subject: Subject
    row_id: object  # of the row that the button names
    until: datetime | None  # until when it is revealed; None: it is masked
    seconds_left: int  # until then, by the ledger's clock: a reader's may be another
    liftable: bool  # they may reveal it
    kept: Mapping[str, str]  # of the page's address, for the page that comes after

    @property
    def sight(self) -> Sight:
        """What may be seen of it now."""
        return Sight(revealed=self.until is not None)


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """How one subject is found, called and shown."""

    rows: Callable[[], QuerySet[Any]]
    key: Callable[[Any], str]  # of what is revealed, in the session
    url: Callable[[Any], str]
    words: str  # for the history of the row
    keeps: tuple[str, ...] = ()  # of its page's address, the names that say what is shown of it
    part: str = ""  # of the page, where it says so


KINDS: Mapping[str, _Kind] = {
    Subject.EVENT: _Kind(
        rows=Event.objects.all,
        key=lambda event: f"event:{event.pk}",
        url=lambda event: event_url(event.pk),
        words="Revealed number, ids and text of the event and its message.",
        keeps=(LIST,),
    ),
    Subject.DELIVERY: _Kind(
        rows=lambda: Delivery.objects.defer("body"),
        key=lambda delivery: f"delivery:{delivery.pk}",
        url=lambda delivery: delivery_url(delivery.pk),
        words="Revealed the raw bytes and all numbers and ids in them.",
        keeps=(ITEM,),
        part="#item",
    ),
    Subject.CHAT: _Kind(
        rows=Event.objects.all,
        key=lambda event: f"chat:{event.lease_id}/{event.enquiry_id}",
        url=lambda event: chat_url(event.pk),
        words="Revealed the chat of the event's enquiry.",
        keeps=(OLDER, NEWER),
    ),
    Subject.TASK: _Kind(
        rows=lambda: UnreadableTask.objects.defer("body"),
        key=lambda task: f"task:{task.pk}",
        url=lambda task: unreadable_url(task.pk),
        words="Revealed the bytes of the task.",
    ),
}


def veil(request: HttpRequest, subject: Subject, row: Event | Delivery | UnreadableTask) -> Veil:
    """How a row looks to whoever asks."""
    kind = KINDS[subject]
    liftable = may_reveal(request)
    ends = request.session.get(SESSION_KEY, {}).get(kind.key(row))
    until = datetime.fromtimestamp(ends or 0, tz=UTC)
    left = until - clock.now() if ends else timedelta()
    revealed = liftable and left > timedelta()
    return Veil(
        subject=subject,
        row_id=row.pk,
        until=until if revealed else None,
        seconds_left=ceil(left.total_seconds()) if revealed else 0,
        liftable=liftable,
        kept=_kept(kind, request.GET),
    )


def _kept(kind: _Kind, given: Mapping[str, str]) -> Mapping[str, str]:
    return {name: given[name] for name in kind.keeps if name in given}


def may_reveal(request: HttpRequest) -> bool:
    """Whether whoever asks has the permission."""
    return request.user.has_perm(PERMISSION)


def reveal_view(request: HttpRequest, subject: str, row_id: str) -> HttpResponseBase:
    """Reveals a row, or with `hide` masks it again, and leads back to its page, as a link does."""
    kind = KINDS.get(subject)
    if kind is None:
        raise Http404
    row = _row(kind, row_id)
    if request.method != "POST":
        return Redirect(kind.url(row), status=HTTPStatus.SEE_OTHER)
    key = kind.key(row)
    now = clock.now()
    revealed = request.session.get(SESSION_KEY, {})
    current = {name: ends for name, ends in revealed.items() if ends > now.timestamp()}
    current.pop(key, None)
    if "hide" not in request.POST:
        note(request, row, kind.words, at=now)
        current[key] = (now + REVEALED_FOR).timestamp()
    request.session[SESSION_KEY] = current
    kept = _kept(kind, request.POST)
    shown = with_query(f"{kind.url(row)}{kind.part if kept else ''}", kept)
    return Redirect(shown, status=HTTPStatus.SEE_OTHER)


def _row(kind: _Kind, row_id: str) -> Any:
    try:
        return kind.rows().get(pk=row_id)
    except (ObjectDoesNotExist, ValidationError, ValueError, OverflowError) as error:
        raise Http404 from error


PAGES = (
    Page(
        path="reveal/<str:subject>/<str:row_id>/",
        name="reveal",
        view=reveal_view,
        permission=PERMISSION,
        title="Reveal",
    ),
)
