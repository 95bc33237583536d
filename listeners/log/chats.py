"""Which chats a list of events is about."""

from collections.abc import Mapping

from django.db.models import Q

from listeners.log.filters import CONDITIONS, EventFilter, Same
from webhooks.models import Event

# A lease number and a company have many chats at a time.
OF_A_CHAT = (Same.DRIVER, Same.ENQUIRY, Same.MESSAGE)
# So many of the newest events are looked at; a driver may have written for years without a chat.
LOOKED_AT = 100


def chats_of(wanted: EventFilter, referred: Mapping[int, Event]) -> Mapping[str, int]:
    """The chats of the driver, enquiry or message, by enquiry, and the newest event of each.

    `referred` are the events that the filter refers to. The newest chat comes first.
    """
    named = [
        CONDITIONS[same](referred[event])
        for same, event in wanted.same
        if same in OF_A_CHAT and event in referred
    ]
    if not named:
        return {}
    events = Event.objects.filter(Q(*named)).order_by("-pk").values_list("enquiry_id", "pk")
    chats: dict[str, int] = {}
    for enquiry, event in events[:LOOKED_AT]:
        if enquiry:
            chats.setdefault(enquiry, event)
    return chats
