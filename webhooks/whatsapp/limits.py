"""How long each field of an item may be: what is longer is not the thing it claims to be."""

# Meta sends up to 1000 items in a delivery. What comes after so many is one malformed container.
MAX_ITEMS = 20_000

NAME_LENGTH = 64  # Event.name, in characters; longer words are cut
PROFILE_NAME_LENGTH = 256  # TextMessage.profile_name, in characters; longer names are cut

# Longer values of these count as absent.
META_ID_LENGTH = 64  # Event.account_id and Event.phone_number_id, in characters
NUMBER_LENGTH = 32  # phone numbers, in digits (E.164 allows 15)
USER_ID_LENGTH = 160  # Person.user_id, in characters (a country, a dot and up to 128)
MESSAGE_ID_BYTES = 1500  # message ids, in bytes of UTF-8 (Firestore's limit for a document id)


def within(value: str | None, limit: int) -> str:
    """The value, or nothing if it is absent or has more characters than that."""
    return value if value and len(value) <= limit else ""
