"""Meta's verification handshake: whoever sets up the webhook proves to know our verify token."""

import hmac
from urllib.parse import parse_qsl

_PARAMETERS = (b"hub.mode", b"hub.verify_token", b"hub.challenge")
_MAX_PARAMETERS = 100


class HandshakeRefused(Exception):
    """Whoever asks does not know our verify token."""


def challenge(query: str, *, verify_token: str) -> bytes | None:
    """Returns the challenge to answer, byte for byte, or None if this is no handshake of ours.

    `query` is the query string as WSGI gives it, each character one byte. Each of the three
    parameters comes exactly once: of a repeated one, others might read another value than we do.
    """
    try:
        pairs = _parse(query)
    except ValueError:
        return None
    values = [[value for name, value in pairs if name == wanted] for wanted in _PARAMETERS]
    if any(len(given) != 1 or not given[0] for given in values):
        return None
    mode, token, answer = (given[0] for given in values)
    return answer if mode == b"subscribe" and _matches(token, verify_token) else None


def _parse(query: str) -> list[tuple[bytes, bytes]]:
    pairs = parse_qsl(
        query, keep_blank_values=True, encoding="latin-1", max_num_fields=_MAX_PARAMETERS
    )
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


def _matches(given: bytes, verify_token: str) -> bool:
    expected = verify_token.encode(errors="surrogateescape")
    return bool(expected.strip()) and hmac.compare_digest(given, expected)
