"""The page of a delivery: what came in, byte for byte, and what was read from it."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from eventlog.links import ITEM, named
from eventlog.pages.replays import REPLAY
from eventlog.pages.reveal import Subject, veil
from eventlog.questions.answers import answer
from eventlog.questions.shown_bytes import shown_bytes
from eventlog.questions.windows import OLDEST_FIRST
from eventlog.replay.buttons import of_delivery
from listeners.models import TaskRun
from visn_whatsapp.untrusted import whole_number
from webhooks.models import Delivery, Event
from webhooks.whatsapp.payload import Verdict

SHOWN_AT_MOST = 100  # events, repeats and runs
ITEM_DIGITS = 6


def delivery_context(request: HttpRequest, delivery: Delivery) -> dict[str, Any]:
    """What the page shows. A repeat shows the bytes and events of the first."""
    first_id = delivery.repeat_of_id or delivery.pk
    shown_to = veil(request, Subject.DELIVERY, delivery)
    stored = Delivery.objects.values_list("body", flat=True).get(pk=first_id)
    body = bytes(stored or b"")
    items = Event.objects.filter(delivery=first_id).order_by("position")
    events = list(items[:SHOWN_AT_MOST])
    queued_at = min((event.queued_at for event in events if event.queued_at), default=None)
    repeats = Delivery.objects.filter(repeat_of=first_id).defer("body").order_by(*OLDEST_FIRST)
    return {
        "title": named(delivery),
        "delivery": delivery,
        "first_id": first_id,
        "queued_at": queued_at,
        "answer": answer(delivery, task_made=bool(queued_at) and not delivery.repeat_of_id),
        "pruned": stored is None,
        "replayable": request.user.has_perm(REPLAY) and of_delivery(delivery),
        "verdict": Verdict.known(delivery.verdict),
        "events": events,
        "repeats": repeats[:SHOWN_AT_MOST],
        "runs": TaskRun.objects.filter(delivery=first_id).order_by("pk")[:SHOWN_AT_MOST],
        "bytes": shown_bytes(body, revealed=shown_to.sight.revealed, own=_own(request)),
        "raw_url": reverse("admin:delivery-raw", args=[delivery.pk]),
        "veil": shown_to,
        "sight": shown_to.sight,
    }


def _own(request: HttpRequest) -> int | None:
    """The position of the item that the page is opened for, as people count: from 1 on."""
    item = whole_number(request.GET.get(ITEM, ""), digits=ITEM_DIGITS)
    return item - 1 if item else None
