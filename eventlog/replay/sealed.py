"""What was foreseen, as a form carries it to the replay: signed, so that nobody makes it up."""

from collections.abc import Mapping
from datetime import timedelta

from django.core import signing

from eventlog.replay.fates import Fate
from listeners.tracking import ChatKey
from webhooks.outcomes import Reason

SALT = "foresight"
GOOD_FOR = timedelta(days=1)  # a form that was left open for longer is compared with nothing
NO_CHAT = -1


def seal(fates: Mapping[int, Fate]) -> str:
    """The fates as a word; empty for none. A few bytes for each event."""
    if not fates:
        return ""
    chats = sorted({fate.chat for fate in fates.values() if fate.chat is not None})
    places = {chat: place for place, chat in enumerate(chats)}
    told = {
        "chats": [[chat.lease_id, chat.enquiry_id] for chat in chats],
        "fates": [
            [event, fate.reason.value, places[fate.chat] if fate.chat else NO_CHAT]
            for event, fate in fates.items()
        ],
    }
    return signing.dumps(told, salt=SALT, compress=True)


def unseal(word: str) -> Mapping[int, Fate]:
    """The fates of such a word; none of one that is too old, or not ours."""
    try:
        told = signing.loads(word, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        return {}
    chats = [ChatKey(lease_id=lease, enquiry_id=enquiry) for lease, enquiry in told["chats"]]
    return {
        event: Fate(reason=Reason.of(reason), chat=None if place == NO_CHAT else chats[place])
        for event, reason, place in told["fates"]
    }
