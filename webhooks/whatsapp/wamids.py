"""What is in a message id: whose chat it is of, and the message's own key.

An id is opaque by contract with Meta. It is looked into for one thing: WhatsApp is seen to name one
message by several ids, which differ in the person that they embed (by number here, by user id
there) and in flags, while the key is the same.
"""

import re
from binascii import Error, a2b_base64

_PREFIX = "wamid."
# As seen: 1c 18 <length> person 15 <flags> 00 11|12 18 <length> key 00. The key is in hexadecimal
# digits, of which 18, 20 and 32 are seen.
_HEAD, _AFTER_PERSON, _BEFORE_LENGTH, _END = b"\x1c\x18", 0x15, 0x18, 0
_DIRECTIONS = (0x11, 0x12)
_KEY_LENGTHS = range(16, 65)
_HEX = re.compile(rb"[0-9A-Fa-f]+")
_STANDARD = str.maketrans("-_", "+/")  # older ids are in the alphabet for addresses
_SHORT = 16  # digits: eight bytes
_HALF, _WHOLE = 1 << 63, 1 << 64


def key_of(message_id: str) -> str:
    """The message's own key in capital hexadecimal digits; empty for an id of another form."""
    return _key(message_id).decode().upper()


def short_key(message_id: str) -> int | None:
    """The last eight bytes of the key as a signed number, for an index; None without a key.

    Two ids may have it in common by chance: `key_of` tells.
    """
    key = _key(message_id)
    if not key:
        return None
    number = int(key[-_SHORT:], 16)
    return number - _WHOLE if number >= _HALF else number


def _key(message_id: str) -> bytes:
    if not message_id.startswith(_PREFIX):
        return b""
    encoded = message_id[len(_PREFIX) :]
    if "-" in encoded or "_" in encoded:
        encoded = encoded.translate(_STANDARD)
    try:
        raw = a2b_base64(encoded)
        at = 3 + raw[2]  # where the person ends
        key = raw[at + 6 : -1]
        if (
            raw.startswith(_HEAD)
            and raw[at] == _AFTER_PERSON
            and raw[at + 3] in _DIRECTIONS
            and raw[at + 4] == _BEFORE_LENGTH
            and raw[at + 5] == len(key)
            and raw[-1] == _END
            and len(key) in _KEY_LENGTHS
            and _HEX.fullmatch(key)
        ):
            return key
    except (Error, ValueError, IndexError):
        pass
    return b""
