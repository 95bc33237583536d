"""Which chat a list of events is about."""

from collections.abc import Mapping

from django.db.models import Q

from listeners.log.filters import CONDITIONS, EventFilter, Same
from webhooks.models import Event

# A lease number and a company have many chats at a time.
OF_A_CHAT = (Same.DRIVER, Same.ENQUIRY, Same.MESSAGE)
# So many of the newest events are looked at; a driver may have written for years without a chat.
LOOKED_AT = 100


def newest_in_a_chat(wanted: EventFilter, referred: Mapping[int, Event]) -> int | None:
    """The newest event of the driver, enquiry or message that belongs to a chat.

    `referred` are the events that the filter refers to.
    """
    named = [
        CONDITIONS[same](referred[event])
        for same, event in wanted.same
        if same in OF_A_CHAT and event in referred
    ]
    if not named:
        return None
    events = Event.objects.filter(Q(*named)).order_by("-pk").values_list("pk", "enquiry_id")
    return next((pk for pk, enquiry in events[:LOOKED_AT] if enquiry), None)
