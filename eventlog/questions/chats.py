"""Which chats a list of events is about."""

from collections.abc import Mapping

from django.db.models import Q

from eventlog.questions.filters import EventFilter
from eventlog.questions.same import CONDITIONS, LOOKED_AT, Same
from eventlog.questions.windows import NEWEST_FIRST
from listeners.tracking import ChatKey
from webhooks.models import Event

# A lease number and a company have many chats at a time.
OF_A_CHAT = (Same.DRIVER, Same.ENQUIRY, Same.MESSAGE)


def chats_of(wanted: EventFilter, referred: Mapping[int, Event]) -> Mapping[ChatKey, int]:
    """The chats of the driver, enquiry or message, and the newest event of each.

    `referred` are the events that the filter refers to. The newest chat comes first.
    """
    named = [
        CONDITIONS[same](referred[event])
        for same, event in wanted.same
        if same in OF_A_CHAT and event in referred
    ]
    if not named:
        return {}
    events = Event.objects.filter(Q(*named)).order_by(*NEWEST_FIRST)
    chats: dict[ChatKey, int] = {}
    for lease, enquiry, event in events.values_list("lease_id", "enquiry_id", "pk")[:LOOKED_AT]:
        if enquiry:
            chats.setdefault(ChatKey(lease_id=lease, enquiry_id=enquiry), event)
    return chats
