"""The tolerant reader: JSON that the fast parser refuses, as values that can be stored.

It takes what the standard library takes and more: any Unicode encoding with or without a byte
order mark, invalid bytes, lone surrogates, control characters in strings, NaN and Infinity,
numbers of any size and any depth of nesting. Strings come out without NUL, which PostgreSQL
refuses, and without surrogates, which nothing can encode: each becomes U+FFFD.
"""

import json
import re

# Containers nested deeper become null. What we use lies within ten levels, Meta's deepest
# messages have about fifteen.
MAX_DEPTH = 32

# Python's own limit for the digits of an integer, which keeps reading them fast.
_INTEGER_DIGITS = 4300

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_DELIMITER = re.compile(r'\\.|"|[\[{]+|[\]}]+', re.DOTALL)


class NotJsonError(ValueError):
    """The bytes are not JSON, however generously read."""


def load(raw: bytes) -> object:
    """What `raw` says, as dicts, lists, strings, numbers, booleans and None.

    Raises NotJsonError. Takes linear time, and no more stack than MAX_DEPTH needs.
    """
    text = raw.decode(json.detect_encoding(raw), errors="replace")
    try:
        try:
            tree = _parse(text)
        except RecursionError:
            tree = _parse(prune(text))
    except ValueError as error:
        raise NotJsonError("the payload is not JSON") from error
    return _clean(tree, MAX_DEPTH)


def prune(text: str) -> str:
    """JSON text in which every container nested deeper than MAX_DEPTH is null."""
    kept: list[str] = []
    kept_to = 0  # everything before this index is decided
    depth = 0
    in_string = False
    for match in _DELIMITER.finditer(text):
        mark = match[0]
        if mark == '"':
            in_string = not in_string
        elif in_string or mark[0] == "\\":
            continue
        elif mark[0] in "[{":
            if depth <= MAX_DEPTH < depth + len(mark):
                kept += text[kept_to : match.start() + MAX_DEPTH - depth], "null"
            depth += len(mark)
        else:
            depth -= len(mark)
            if depth <= MAX_DEPTH < depth + len(mark):
                kept_to = match.end() - (MAX_DEPTH - depth)
    return "".join(kept) + ("" if depth > MAX_DEPTH else text[kept_to:])


def _parse(text: str) -> object:
    tree: object = json.loads(text, strict=False, parse_int=_integer)
    return tree


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= _INTEGER_DIGITS else float(text)


def _clean(value: object, levels: int) -> object:
    """A copy without unstorable characters and without containers below so many levels."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_clean(item, levels - 1) for item in value] if levels else None
    if isinstance(value, dict):
        if not levels:
            return None
        return {_UNSTORABLE.sub("\ufffd", k): _clean(v, levels - 1) for k, v in value.items()}
    return value
