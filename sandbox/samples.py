"""Made-up payloads of Meta's shape, for simulations, measurements and tests.

The numbers and ids are those of Meta's documentation. An empty string leaves a field out, as
Meta does with what it withholds.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping

from webhooks.whatsapp.envelope import MESSAGES, WHATSAPP

Json = dict[str, object]

ACCOUNT_ID = "102290129340398"
LEASE_NUMBER = "15550783881"
PHONE_NUMBER_ID = "106540352242922"
DRIVER_NUMBER = "16505551234"
DRIVER_USER_ID = "US.13491208655302741918"
DRIVER_NAME = "Sheena Nelson"
TEXT_ID = "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA="
REACTION_ID = "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQUFERjg0NDEzNDdFODU3MUMxMAA="
OUTBOUND_ID = "wamid.HBgLMTQxMjU1NTA4MjkVAgASGBQzQUNCNjk5RDUwNUZGMUZEM0VBRAA="
TIMESTAMP = 1749416383  # 2025-06-08T20:59:43Z

UNKNOWN_TYPE: Json = {
    "code": 131051,
    "title": "Message type unknown",
    "message": "Message type unknown",
    "error_data": {"details": "Message type is currently not supported."},
}
FAILURE: Json = {
    "code": 131049,
    "title": "This message was not delivered to maintain healthy ecosystem engagement.",
    "message": "This message was not delivered to maintain healthy ecosystem engagement.",
    "error_data": {
        "details": "In order to maintain a healthy ecosystem engagement, "
        "the message failed to be delivered."
    },
}


def wamid(number: str, serial: int, *, outbound: bool = False) -> str:
    """A message id of the form that Meta makes: it embeds the number of the person."""
    direction = b"\x11\x18\x12" if outbound else b"\x12\x18\x14"
    width = direction[-1]
    head = b"\x1c\x18" + bytes([len(number)]) + number.encode()
    tail = b"\x15\x02\x00" + direction + f"{serial:0{width}X}".encode() + b"\x00"
    return "wamid." + b64encode(head + tail).decode()


def text(
    *,
    message_id: str = TEXT_ID,
    number: str = DRIVER_NUMBER,
    user_id: str = DRIVER_USER_ID,
    timestamp: int = TIMESTAMP,
    body: str = "Does it come in another color?",
    reply_to: str = "",
    forwarded: bool = False,
) -> Json:
    """One of `messages`: a text of the driver; `reply_to` is Meta's id of the quoted message."""
    message = _message(message_id, number, user_id, timestamp)
    if reply_to:
        message["context"] = {"from": LEASE_NUMBER, "id": reply_to}
    elif forwarded:
        message["context"] = {"forwarded": True}
    return message | {"type": "text", "text": {"body": body}}


def reaction(
    *,
    message_id: str = REACTION_ID,
    number: str = DRIVER_NUMBER,
    user_id: str = DRIVER_USER_ID,
    timestamp: int = TIMESTAMP,
    target_id: str = OUTBOUND_ID,
    emoji: str | None = "\N{THUMBS UP SIGN}",
) -> Json:
    """One of `messages`: an emoji on a message; None leaves the emoji out, which removes it."""
    part = {"message_id": target_id} if emoji is None else {"message_id": target_id, "emoji": emoji}
    message = _message(message_id, number, user_id, timestamp)
    return message | {"type": "reaction", "reaction": part}


def system(
    *,
    message_id: str = TEXT_ID,
    number: str = DRIVER_NUMBER,
    timestamp: int = TIMESTAMP,
    type: str = "user_changed_number",  # noqa: A002 (Meta's word)
    **told: str,
) -> Json:
    """One of `messages`: WhatsApp says that the driver has another number or user id now."""
    message = _message(message_id, number, "", timestamp)
    return message | {"type": "system", "system": {"type": type} | _present(**told)}


def image(
    *,
    message_id: str = TEXT_ID,
    number: str = DRIVER_NUMBER,
    user_id: str = DRIVER_USER_ID,
    timestamp: int = TIMESTAMP,
    caption: str = "",
) -> Json:
    """One of `messages`: a photo, which is of a type that is not processed."""
    part = {"caption": caption} if caption else {}
    part |= {"mime_type": "image/jpeg", "sha256": "3f9d94d399fa", "id": "1003383421387256"}
    message = _message(message_id, number, user_id, timestamp)
    return message | {"type": "image", "image": part}


def unsupported(
    *,
    message_id: str = TEXT_ID,
    number: str = DRIVER_NUMBER,
    user_id: str = DRIVER_USER_ID,
    timestamp: int = TIMESTAMP,
    type: str = "poll_creation",  # noqa: A002 (Meta's word)
) -> Json:
    """One of `messages`: something that WhatsApp does not hand over, and of which type it is."""
    message = _message(message_id, number, user_id, timestamp)
    return message | {
        "type": "unsupported",
        "unsupported": {"type": type},
        "errors": [UNKNOWN_TYPE],
    }


def status(
    *,
    message_id: str = OUTBOUND_ID,
    word: str = "delivered",
    number: str = DRIVER_NUMBER,
    user_id: str = DRIVER_USER_ID,
    timestamp: int = TIMESTAMP,
    errors: Iterable[Mapping[str, object]] = (),
) -> Json:
    """One of `statuses`: how far an outbound message got; `errors` belong to a failed one."""
    item: Json = {"id": message_id, "status": word, "timestamp": str(timestamp)}
    item |= _present(recipient_id=number, recipient_user_id=user_id)
    return item | {"errors": list(errors)} if errors else item


def contact(
    *, number: str = DRIVER_NUMBER, user_id: str = DRIVER_USER_ID, name: str = DRIVER_NAME
) -> Json:
    """One of `contacts`: a person that the items beside it name."""
    return {"profile": _present(name=name)} | _present(wa_id=number, user_id=user_id)


def change(
    *,
    messages: Iterable[object] = (),
    statuses: Iterable[object] = (),
    errors: Iterable[object] = (),
    contacts: Iterable[object] = (),
    lease_number: str = LEASE_NUMBER,
    phone_number_id: str = PHONE_NUMBER_ID,
) -> Json:
    """One of `changes`: items of one business number. A list without items is left out."""
    metadata = _present(display_phone_number=lease_number, phone_number_id=phone_number_id)
    lists = {"contacts": contacts, "messages": messages, "statuses": statuses, "errors": errors}
    filled = {name: items for name, given in lists.items() if (items := list(given))}
    value = {"messaging_product": "whatsapp", "metadata": metadata} | filled
    return {"value": value, "field": MESSAGES}


def other_change(*, field: str = "account_update", value: object = None) -> Json:
    """One of `changes`: of a field other than messages."""
    return {"value": {"event": "ACCOUNT_VIOLATION"} if value is None else value, "field": field}


def entry(*changes: object, account_id: str = ACCOUNT_ID) -> Json:
    """One of `entry`: the changes of one WhatsApp Business Account."""
    return {"id": account_id, "changes": list(changes)}


def envelope(*entries: object) -> Json:
    """A whole payload."""
    return {"object": WHATSAPP, "entry": list(entries)}


def encode(payload: object) -> bytes:
    """The bytes that Meta would send and sign: ASCII, with `/` and `@` escaped as well."""
    ascii_json = json.dumps(payload, separators=(",", ":"))
    return ascii_json.replace("/", r"\/").replace("@", r"\u0040").encode("ascii")


def _message(message_id: str, number: str, user_id: str, timestamp: int) -> Json:
    sender = _present(from_user_id=user_id) | {"id": message_id, "timestamp": str(timestamp)}
    return _present(**{"from": number}) | sender


def _present(**fields: str) -> Json:
    return {name: value for name, value in fields.items() if value}
