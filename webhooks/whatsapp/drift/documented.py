"""Meta's payloads as they are documented, whole: what is not here is drift.

From Meta's webhook reference (developers.facebook.com/documentation/business-messaging/whatsapp/
webhooks/reference, pages of October 2025 to November 2026): of the field `messages` every key, of
other fields the name alone. What others have seen and Meta does not document is left out.
"""

import re

from visn_whatsapp.untrusted import is_digits
from webhooks.whatsapp.drift.shapes import (
    ANYTHING,
    Array,
    Choice,
    Fields,
    Scalar,
    Shape,
    Word,
    Written,
)
from webhooks.whatsapp.drift.words import FIELDS, MESSAGE_TYPES, PAYMENT_STATUSES
from webhooks.whatsapp.envelope import MESSAGES, WHATSAPP
from webhooks.whatsapp.identifiers import is_parent_user_id, is_user_id
from webhooks.whatsapp.identity import NUMBER_CHANGED, USER_ID_CHANGED
from webhooks.whatsapp.kinds.status import STATUSES

_TEXT = Scalar((str,))
_NUMBER = Scalar((int, float))
_BOOLEAN = Scalar((bool,))
_DIGITS = Written(is_digits)  # a phone number
_USER_ID = Written(is_user_id)
_PARENT_USER_ID = Written(is_parent_user_id)
_SECONDS = Written(re.compile("[0-9]{1,10}").fullmatch)  # since 1970; eleven digits begin in 2286


def _texts(*keys: str) -> dict[str, Scalar]:
    return dict.fromkeys(keys, _TEXT)


def _object(*keys: str) -> Fields:
    """An object of strings."""
    return Fields(_texts(*keys))


_ERRORS = Array(
    Fields(
        {"code": _NUMBER, "error_data": _object("details"), **_texts("title", "message", "href")}
    )
)
_MEDIA = _texts("caption", "mime_type", "sha256", "id", "url")
_SHARED_CONTACT = Fields(
    {
        "addresses": Array(
            _object("city", "country", "country_code", "state", "street", "type", "zip")
        ),
        "emails": Array(_object("email", "type")),
        "name": _object(
            "formatted_name", "first_name", "last_name", "middle_name", "suffix", "prefix"
        ),
        "org": _object("company", "department", "title"),
        "phones": Array(_object("phone", "wa_id", "user_id", "type")),
        "urls": Array(_object("url", "type")),
        **_texts("birthday", "vcard"),
    }
)
_ORDERED = Fields(
    {"quantity": _NUMBER, "item_price": _NUMBER, **_texts("product_retailer_id", "currency")}
)
_CONTEXT = Fields(
    {
        "forwarded": _BOOLEAN,
        "frequently_forwarded": _BOOLEAN,
        "referred_product": _object("catalog_id", "product_retailer_id"),
        **_texts("from", "id"),
    }
)
_CONTENTS: dict[str, Shape] = {  # under the key that is named like the type
    "audio": Fields({**_MEDIA, "voice": _BOOLEAN}),
    "button": _object("payload", "text"),
    "contacts": Array(_SHARED_CONTACT),
    "document": Fields({**_MEDIA, "filename": _TEXT}),
    "image": Fields(_MEDIA),
    "interactive": Fields(
        {
            "type": Word(
                frozenset({"button_reply", "list_reply", "nfm_reply", "call_permission_reply"})
            ),
            "button_reply": _object("id", "title"),
            "list_reply": _object("id", "title", "description"),
            "nfm_reply": _object("name", "body", "response_json"),
            "call_permission_reply": ANYTHING,
        }
    ),
    "location": Fields(
        {"latitude": _NUMBER, "longitude": _NUMBER, **_texts("address", "name", "url")}
    ),
    "order": Fields({"product_items": Array(_ORDERED), **_texts("catalog_id", "text")}),
    "reaction": Fields(_texts("message_id", "emoji"), always=frozenset({"message_id"})),
    "revoke": _object("original_message_id"),
    "sticker": Fields({**_MEDIA, "animated": _BOOLEAN}),
    "system": Fields(
        {
            "type": Word(NUMBER_CHANGED | {USER_ID_CHANGED}),
            "user_id": _USER_ID,
            "previous_user_id": _USER_ID,
            "parent_user_id": _PARENT_USER_ID,
            "previous_parent_user_id": _PARENT_USER_ID,
            **_texts("body", "wa_id", "new_wa_id", "customer", "identity"),
        }
    ),
    "text": Fields(_texts("body"), always=frozenset({"body"})),
    "unsupported": _object("type"),
    "video": Fields(_MEDIA),
}
_EDITED = Fields({"type": Word(MESSAGE_TYPES), "context": _CONTEXT, **_CONTENTS})
_MESSAGE = Fields(
    {
        "from": _DIGITS,
        "from_user_id": _USER_ID,
        "from_parent_user_id": _PARENT_USER_ID,
        "timestamp": _SECONDS,
        "type": Word(MESSAGE_TYPES),
        "context": _CONTEXT,
        "errors": _ERRORS,
        "identity": Fields({"acknowledged": _BOOLEAN, "created_timestamp": _NUMBER, "hash": _TEXT}),
        "edit": Fields({"original_message_id": _TEXT, "message": _EDITED}),
        "referral": Fields(
            {
                "welcome_message": _object("text"),
                **_texts("source_url", "source_id", "source_type", "body", "headline"),
                **_texts("media_type", "image_url", "video_url", "thumbnail_url", "ctwa_clid"),
            }
        ),
        **_CONTENTS,
        **_texts("id", "group_id", "origin"),
    },
    always=frozenset({"id", "timestamp", "type"}),
)

_OF_EVERY_STATUS: dict[str, Shape] = {
    "timestamp": _SECONDS,
    "type": Word(frozenset({"message", "payment"})),
    "recipient_user_id": _USER_ID,
    "recipient_parent_user_id": _PARENT_USER_ID,
    "recipient_type": Word(frozenset({"group", "individual"})),
    "conversation": Fields(
        {"id": _TEXT, "expiration_timestamp": _SECONDS, "origin": _object("type")}
    ),
    "pricing": Fields({"billable": _BOOLEAN, **_texts("pricing_model", "category", "type")}),
    "errors": _ERRORS,
    "payment": Fields(
        {
            "amount": Fields({"value": _NUMBER, "offset": _NUMBER}),
            "transaction": ANYTHING,
            **_texts("reference_id", "currency"),
        }
    ),
    **_texts("id", "recipient_id", "recipient_participant_id"),
    **_texts("recipient_identity_key_hash", "biz_opaque_callback_data"),
}
_STATUS_HAS = frozenset({"id", "status", "timestamp"})
_STATUS = Choice(
    key="type",
    cases={"payment": Fields({**_OF_EVERY_STATUS, "status": Word(PAYMENT_STATUSES)}, _STATUS_HAS)},
    otherwise=Fields({**_OF_EVERY_STATUS, "status": Word(frozenset(STATUSES))}, _STATUS_HAS),
)

_CONTACT = Fields(
    {
        "profile": _object("name", "username"),
        "wa_id": _DIGITS,
        "user_id": _USER_ID,
        "parent_user_id": _PARENT_USER_ID,
        "identity_key_hash": _TEXT,
    }
)
_VALUE = Fields(
    {
        "messaging_product": Word(frozenset({"whatsapp"})),
        "metadata": Fields(
            {"display_phone_number": _DIGITS, "phone_number_id": _TEXT},
            always=frozenset({"display_phone_number", "phone_number_id"}),
        ),
        "contacts": Array(_CONTACT),
        "messages": Array(_MESSAGE),
        "statuses": Array(_STATUS),
        "errors": _ERRORS,
    },
    always=frozenset({"messaging_product", "metadata"}),
)
_CHANGE_HAS = frozenset({"field", "value"})
_CHANGE = Choice(
    key="field",
    cases={MESSAGES: Fields({"field": _TEXT, "value": _VALUE}, _CHANGE_HAS)},
    otherwise=Fields({"field": Word(FIELDS), "value": ANYTHING}, _CHANGE_HAS),
)
_ENTRY = Fields(
    {"id": _TEXT, "time": _NUMBER, "changes": Array(_CHANGE)}, frozenset({"id", "changes"})
)

_PAYLOAD_HAS = frozenset({"object", "entry"})
_OBJECT = Word(frozenset({WHATSAPP}))
PAYLOAD = Choice(
    key="object",
    cases={WHATSAPP: Fields({"object": _OBJECT, "entry": Array(_ENTRY)}, _PAYLOAD_HAS)},
    # Of another product nothing else is documented here.
    otherwise=Fields({"object": _OBJECT, "entry": ANYTHING}, frozenset({"object"})),
)
