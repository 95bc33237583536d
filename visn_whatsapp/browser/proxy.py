"""Whom Google's Identity-Aware Proxy (IAP) has let through, by the header that it signs.

It stands before the admin, asks Google who somebody is, and adds `X-Goog-IAP-JWT-Assertion` to each
request: a JWT, signed with ES256 by keys of its own, made out to what stands behind it
(https://cloud.google.com/iap/docs/signed-headers-howto). What services know each other by
(`authentication`) is not believed here, nor this there: all of it is other, down to the algorithm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from google.auth import jwt
from google.auth.exceptions import GoogleAuthError

from visn_whatsapp.budget import Budget
from visn_whatsapp.google.certificates import certificates
from visn_whatsapp.google.kept import Unobtainable

HEADER = "HTTP_X_GOOG_IAP_JWT_ASSERTION"  # as WSGI names it
ISSUER = "https://cloud.google.com/iap"
CLOCK_SKEW_SECONDS = 30  # that Google asks to allow for
KEYS_BUDGET_SECONDS = 2.5
KEYS_KEPT_SECONDS = 300.0  # at least, whatever their address says of it
LONGEST = 8192  # characters of a header


class Doubt(StrEnum):
    """Why somebody is not taken for whom the proxy let through, as logs name it."""

    MISSING = "missing"  # the request did not come by the proxy
    INVALID = "invalid"  # no JWT, not signed with a key of the proxy's, expired, or from the future
    ISSUER = "issuer"  # signed by it, and not issued by it
    AUDIENCE = "audience"  # let through to something else
    NOBODY = "nobody"  # without an e-mail or a lasting id
    NO_KEYS = "no_keys"  # the proxy's keys cannot be had at the moment


class NotBelieved(Exception):
    """The request does not say who it is of."""

    def __init__(self, doubt: Doubt) -> None:
        super().__init__(doubt.value)
        self.doubt = doubt


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody with an account of Google's."""

    subject: str  # of Google's account, whatever it is called: accounts.google.com:1234
    email: str  # in small letters
    domain: str  # of the organisation that the account belongs to; empty for a private one


def person(request: HttpRequest) -> Person:
    """Returns whom the proxy let through with this request. Raises NotBelieved."""
    header = str(request.META.get(HEADER, ""))
    if not header:
        raise NotBelieved(Doubt.MISSING)
    claims = _verified(header)
    if claims.get("iss") != ISSUER:
        raise NotBelieved(Doubt.ISSUER)
    if not settings.IAP_AUDIENCE or claims.get("aud") != settings.IAP_AUDIENCE:
        raise NotBelieved(Doubt.AUDIENCE)
    subject, email = (_word(claims, name) for name in ("sub", "email"))
    if not subject or "@" not in email:
        raise NotBelieved(Doubt.NOBODY)
    return Person(subject=subject, email=email.lower(), domain=_word(claims, "hd").lower())


def groups_of(someone: Person) -> frozenset[str]:
    """Returns the groups that the settings give somebody; none: they may not look.

    `IAP_GROUPS` holds `ADDRESS=GROUP`, where `@DOMAIN=GROUP` is for everybody whose account belongs
    to that organisation, as Google says of the account: of an address alone it does not follow.
    """
    names = {someone.email, f"@{someone.domain}"}
    pairs = (each.partition("=") for each in settings.IAP_GROUPS)
    return frozenset(group.strip() for who, _, group in pairs if who.strip().lower() in names)


def _verified(header: str) -> Mapping[str, Any]:
    if len(header) > LONGEST:
        raise NotBelieved(Doubt.INVALID)
    try:
        says = jwt.decode_header(header)
        if says.get("alg") != "ES256":
            raise NotBelieved(Doubt.INVALID)
        keys = _keys(str(says.get("kid", "")))
        claims: Mapping[str, Any] = jwt.decode(
            header, certs=keys, clock_skew_in_seconds=CLOCK_SKEW_SECONDS
        )
    except (ValueError, TypeError, RecursionError, GoogleAuthError) as error:
        # Also TypeError: the library calculates with whatever `iat` and `exp` are.
        raise NotBelieved(Doubt.INVALID) from error
    return claims


def _keys(key_id: str) -> Mapping[str, str]:
    try:
        return certificates(
            settings.IAP_KEYS_URL,
            key_id=key_id,
            budget=Budget(KEYS_BUDGET_SECONDS),
            kept_seconds=KEYS_KEPT_SECONDS,
        )
    except Unobtainable as error:
        raise NotBelieved(Doubt.NO_KEYS) from error


def _word(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name, "")
    return value if isinstance(value, str) else ""
