"""The chat of an event, as it stands in Firestore now."""

from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse

from eventlog.links import events_url
from eventlog.pages.page import Page
from eventlog.pages.reveal import Subject, veil
from eventlog.questions.conversation import LOOKED_THROUGH, Conversation, conversation
from eventlog.questions.filters import query_string
from eventlog.questions.unseen import unseen_by_driver
from listeners.firestore import connection as firestore_connection
from listeners.firestore.errors import Refused, Unavailable
from listeners.tracking import ChatKey
from visn_whatsapp.untrusted import whole_number
from webhooks.models import Event

PAGE_DIGITS = 4


def chat_view(request: HttpRequest, event_id: int) -> TemplateResponse:
    """Shows the conversation, or says that it cannot be had."""
    event = Event.objects.filter(pk=event_id).first()
    if event is None or not event.enquiry_id:
        raise Http404
    shown_to = veil(request, Subject.CHAT, event)
    unseen = unseen_by_driver(event)
    context = {
        "title": f"Chat of enquiry {event.enquiry_id}",
        "event": event,
        "chat": _conversation(event, _page(request)),
        "looked_through": LOOKED_THROUGH,
        "unseen": unseen,
        "unseen_url": events_url(query_string(unseen.wanted)),
        "veil": shown_to,
        "sight": shown_to.sight,
    }
    return TemplateResponse(request, "admin/chat.html", context)


def _page(request: HttpRequest) -> int | None:
    """Which page of the chat is asked for; None: the one with the event's message."""
    return whole_number(request.GET.get("page", ""), digits=PAGE_DIGITS)


def _conversation(event: Event, page: int | None) -> Conversation | None:
    chat = ChatKey(lease_id=event.lease_id, enquiry_id=event.enquiry_id)
    try:
        return conversation(
            chat, store=firestore_connection.connect(), wanted=event.document, page=page
        )
    except (Unavailable, Refused):
        return None


PAGES = (
    Page(
        path="chat/<int:event_id>/",
        name="chat",
        view=chat_view,
        permission="webhooks.view_event",
        title="Chat",
    ),
)
