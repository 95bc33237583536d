"""What was foreseen, as it is carried to the replay: signed, so that nobody makes it up."""

from collections.abc import Mapping
from datetime import timedelta

from django.core import signing

from eventlog.replay.fates import Fate
from listeners.tracking import ChatKey
from webhooks.outcomes import Reason

SALT = "foresight"
GOOD_FOR = timedelta(days=1)  # what was shown before that says nothing of today
LONGEST = 800_000  # characters; a form and a body of the API may have a megabyte
NO_CHAT = -1


class Unsealable(Exception):
    """The word is not ours, or too old."""


def seal(fates: Mapping[int, Fate]) -> str:
    """The fates as a word; empty for none. A few bytes for each event and chat.

    Also empty where chats have ids so long that nothing would take the word in.
    """
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
    word = signing.dumps(told, salt=SALT, compress=True)
    return word if len(word) <= LONGEST else ""


def unseal(word: str) -> Mapping[int, Fate]:
    """The fates of such a word; none of an empty one. Raises Unsealable."""
    if not word:
        return {}
    try:
        told = signing.loads(word, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature as error:
        raise Unsealable from error
    chats = [ChatKey(lease_id=lease, enquiry_id=enquiry) for lease, enquiry in told["chats"]]
    return {
        event: Fate(reason=Reason.of(reason), chat=None if place == NO_CHAT else chats[place])
        for event, reason, place in told["fates"]
    }
