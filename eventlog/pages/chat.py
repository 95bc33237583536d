"""The chat of an event, as it stands in Firestore now, opened at the event's message."""

from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse

from eventlog.links import NEWER, OLDER, chat_url, events_url, with_query
from eventlog.pages.page import Page
from eventlog.pages.places import sealed, unsealed
from eventlog.pages.reveal import Subject, veil
from eventlog.questions.conversation import Conversation, Standing, Wanted, opened, turned
from eventlog.questions.filters import query_string
from eventlog.questions.unseen import unseen_by_driver
from listeners.firestore import connection as firestore_connection
from listeners.firestore.chats import Place
from listeners.firestore.errors import Refused, Unavailable
from listeners.tracking import ChatKey
from webhooks.models import Event


def chat_view(request: HttpRequest, event_id: int) -> TemplateResponse:
    """Shows the conversation, or says that it cannot be had."""
    event = Event.objects.filter(pk=event_id).first()
    if event is None or not event.enquiry_id:
        raise Http404
    key = ChatKey(lease_id=event.lease_id, enquiry_id=event.enquiry_id)
    chat, trouble = _read(request, event, key)
    shown_to = veil(request, Subject.CHAT, event)
    unseen = unseen_by_driver(event)
    context = {
        "title": f"Chat of enquiry {event.enquiry_id}",
        "event": event,
        "chat": chat,
        "trouble": trouble,
        "standing": chat.standing.name.lower() if chat else "",
        "older_url": _turn(OLDER, chat.older if chat else None, key, part="#newest"),
        "newer_url": _turn(NEWER, chat.newer if chat else None, key, part="#oldest"),
        "message_url": chat_url(event.pk) if chat and chat.standing is Standing.ELSEWHERE else "",
        "unseen": unseen,
        "unseen_url": events_url(query_string(unseen.wanted)),
        "veil": shown_to,
        "sight": shown_to.sight,
    }
    return TemplateResponse(request, "admin/chat.html", context)


def _read(request: HttpRequest, event: Event, chat: ChatKey) -> tuple[Conversation | None, str]:
    """The page of the chat that is asked for, or why there is none: `unavailable`, `refused`."""
    wanted = Wanted(document_id=event.document, message_id=event.held_as)
    try:
        store = firestore_connection.connect()
        for name, newer in ((OLDER, False), (NEWER, True)):
            place = unsealed(request.GET.get(name, ""), chat)
            if place is not None:
                return turned(chat, wanted, place, newer=newer, store=store), ""
        return opened(chat, wanted, store=store), ""
    except Unavailable:
        return None, "unavailable"
    except Refused:
        return None, "refused"


def _turn(name: str, place: Place | None, chat: ChatKey, *, part: str) -> str:
    """Where the next page is; empty where there is none."""
    return with_query(part, {name: sealed(place, chat)}) if place else ""


PAGES = (
    Page(
        path="chat/<int:event_id>/",
        name="chat",
        view=chat_view,
        permission="webhooks.view_event",
        title="Chat",
    ),
)
