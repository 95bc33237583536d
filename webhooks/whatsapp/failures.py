"""The errors of a failed message, kept whole in the form that Firestore can hold.

Meta gives them once and they cannot be fetched again. What Firestore refuses as it stands is kept
as its JSON text: an array directly inside an array, an integer beyond 64 bits, NaN and Infinity,
and an object with a key that is empty, reserved (`__x__`) or longer than 1500 bytes.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence

from visn_whatsapp.untrusted import whole_number

# Containers nested deeper than this, counted from `errors` itself, become null. Firestore allows
# 20; both readers of payloads keep more than this of a status.
MAX_DEPTH = 12

# Longer ones count as absent: the longest that Meta documents has as many, and a number has more.
CODE_DIGITS = 7

_KEY_BYTES = 1500
_RESERVED_KEY = re.compile("__.*__", re.DOTALL)
_INT64 = range(-(2**63), 2**63)


def kept(errors: object) -> tuple[Mapping[str, object], ...]:
    """`errors[]` of a failed status, one mapping each.

    Meta documents a list of objects. A lone object counts as a list of one; an error that is no
    object is kept as `{"value": …}`.
    """
    if errors is None:
        return ()
    listed = errors if isinstance(errors, list) else [errors]
    storable = [_storable(_cut(error, MAX_DEPTH - 1)) for error in listed]
    return tuple(one if isinstance(one, dict) else {"value": one} for one in storable)


def code_of(errors: Sequence[Mapping[str, object]]) -> int | None:
    """The code of the first of `errors[]`; None where Meta gave none that is one."""
    code = errors[0].get("code") if errors else None
    if isinstance(code, str):
        return whole_number(code, digits=CODE_DIGITS)
    known = isinstance(code, int) and not isinstance(code, bool) and 0 <= code < 10**CODE_DIGITS
    return code if known else None  # type: ignore[return-value]


def _cut(value: object, levels: int) -> object:
    if isinstance(value, list):
        return [_cut(item, levels - 1) for item in value] if levels else None
    if isinstance(value, dict):
        return {key: _cut(item, levels - 1) for key, item in value.items()} if levels else None
    return value


def _storable(value: object) -> object:
    if isinstance(value, list):
        return [_text(item) if isinstance(item, list) else _storable(item) for item in value]
    if isinstance(value, dict):
        if not all(map(_is_storable_key, value)):
            return _text(value)
        return {key: _storable(item) for key, item in value.items()}
    if isinstance(value, int):
        return value if value in _INT64 else _text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else _text(value)
    return value


def _is_storable_key(key: str) -> bool:
    return 0 < len(key.encode()) <= _KEY_BYTES and not _RESERVED_KEY.fullmatch(key)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
