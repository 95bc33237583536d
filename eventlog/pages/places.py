"""Places of a chat in an address, sealed: each holds the id of a message, which embeds a number."""

import binascii
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac

from listeners.firestore.chats import Place
from listeners.tracking import ChatKey

# Whatever the module is called: an address is kept as a bookmark.
_SALT = "place-of-a-chat"
_LONGEST = 6000  # characters of an address; an id may have 1500 bytes


def sealed(place: Place, chat: ChatKey) -> str:
    """A place as an address has it: nobody reads it without the project's secret key."""
    return _seal(chat).encrypt(f"{place.time.hex()}/{place.document_id}".encode()).decode()


def unsealed(words: str, chat: ChatKey) -> Place | None:
    """The place that `sealed` has written for the same chat; None for anything else."""
    if not words or len(words) > _LONGEST:
        return None
    try:
        time, _, document_id = _seal(chat).decrypt(words).decode().partition("/")
    except (InvalidToken, binascii.Error, ValueError):
        return None
    return Place(document_id=document_id, time=bytes.fromhex(time))


def _seal(chat: ChatKey) -> Fernet:
    key = salted_hmac(_SALT, f"{chat.lease_id}/{chat.enquiry_id}", algorithm="sha256").digest()
    return Fernet(urlsafe_b64encode(key))
