"""User ids and message ids: their forms, and the documents that they name."""

import re
from urllib.parse import quote

from webhooks.whatsapp.limits import MESSAGE_ID_BYTES, USER_ID_LENGTH

_USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]+")
_PARENT_USER_ID = re.compile(r"[A-Z]{2}\.ENT\.[A-Za-z0-9]+")
_RESERVED = re.compile(r"\.|\.\.|__.*__")

# One character becomes at most four bytes of UTF-8, each of them three characters (%XX).
_SURELY_SHORT = MESSAGE_ID_BYTES // 12


class UnusableMessageIdError(ValueError):
    """A message id that cannot name a Firestore document. The words never hold the id itself."""


def is_user_id(word: str) -> bool:
    """Whether this has the form of a business-scoped user id, `US.13491208655302741918`.

    The form is a country of two capitals, a dot, and ASCII letters or digits.
    """
    return len(word) <= USER_ID_LENGTH and _USER_ID.fullmatch(word) is not None


def is_parent_user_id(word: str) -> bool:
    """Whether this has the form of a parent user id, `US.ENT.11815799212886844830`.

    It stands for the person towards all businesses of one parent, beside the user id proper.
    """
    return ".ENT." in word and _PARENT_USER_ID.fullmatch(word) is not None


def document_id(message_id: str) -> str:
    """The id of the Firestore document of this message, as the contract with ViSN has it.

    Raises UnusableMessageIdError for an id that is empty or that Firestore would reject: longer
    than 1500 bytes, `.`, `..`, or between double underscores.
    """
    if not message_id:
        raise UnusableMessageIdError("the message id is empty")
    quoted = quote(message_id, safe="=")
    if len(quoted) > MESSAGE_ID_BYTES:
        raise UnusableMessageIdError(f"the message id exceeds {MESSAGE_ID_BYTES} bytes once quoted")
    if _RESERVED.fullmatch(quoted):
        raise UnusableMessageIdError("the message id is one that Firestore reserves")
    return quoted


def own_document_id(message_id: str) -> str:
    """The id of the document that we make for a text; empty if there can be none."""
    try:
        return document_id(message_id)
    except UnusableMessageIdError:
        return ""


def can_name_document(message_id: str) -> bool:
    """Whether `document_id` accepts this message id; cheap for those that Meta sends."""
    if 0 < len(message_id) <= _SURELY_SHORT and message_id[0] not in "._":
        return True
    try:
        document_id(message_id)
    except UnusableMessageIdError:
        return False
    return True
