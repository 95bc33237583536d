"""Meta's signature: an HMAC over the raw body, keyed with the app secret."""

import hmac
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from django.conf import settings
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from visn_whatsapp.body import djangos, read_body
from webhooks.refusals import refusals

logger = logging.getLogger(__name__)

# The legacy SHA-1 header, X-Hub-Signature, is never looked at.
SIGNATURE_HEADER = "X-Hub-Signature-256"
_META_KEY = "HTTP_X_HUB_SIGNATURE_256"
_WELL_FORMED = re.compile(r"sha256=[0-9a-f]{64}")


class Cause(StrEnum):
    """Why a signature is refused, as the log and the counts name it; the caller is not told."""

    MISSING = "missing"  # no signature header
    MALFORMED = "malformed"  # not `sha256=` and 64 lowercase hexadecimal digits
    MISMATCH = "mismatch"  # made with another secret, or over other bytes
    UNCONFIGURED = "unconfigured"  # we have none to check with


class SignatureRefused(Exception):
    """The bytes are not proved to come from Meta."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.value)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Meta:
    """The caller, as the view finds it in `request.user`."""

    is_authenticated: bool = True


@dataclass(frozen=True, slots=True)
class SignedBody:
    """The bytes that the signature was checked over, as the view finds them in `request.auth`."""

    raw: bytes


class MetaSignature(BaseAuthentication):
    """Lets in whoever signs the body with the app secret, the current or the previous one.

    There is no anonymous caller: without a good signature it is 401. Raises BodyTooLarge and
    BodyIncomplete as well.
    """

    def authenticate(self, request: Request) -> tuple[Meta, SignedBody]:
        """Returns Meta and the proved bytes; the view cannot get at any others."""
        asked = djangos(request)
        raw = read_body(asked, limit=settings.WEBHOOK_MAX_BYTES)
        secrets = (settings.WHATSAPP_APP_SECRET, settings.WHATSAPP_APP_SECRET_PREVIOUS)
        try:
            verify(raw, signature=asked.META.get(_META_KEY), secrets=secrets)
        except SignatureRefused as refused:
            logger.warning("A webhook was refused.", extra={"reason": refused.cause.value})
            refusals.add(refused.cause.value, now=timezone.now())
            raise AuthenticationFailed from refused
        return Meta(), SignedBody(raw)

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        """Names the scheme in the `WWW-Authenticate` header of a 401."""
        return SIGNATURE_HEADER


def sign(raw: bytes, *, secret: str) -> str:
    """Returns the header's value for these bytes: `sha256=` and lowercase hex."""
    return f"sha256={hmac.new(_key(secret), raw, sha256).hexdigest()}"


def verify(raw: bytes, *, signature: str | None, secrets: Sequence[str]) -> None:
    """Compares a header with the signature that each non-empty secret gives, in constant time.

    Raises SignatureRefused.
    """
    keys = [secret for secret in secrets if secret]
    if not keys:
        raise SignatureRefused(Cause.UNCONFIGURED)
    if not signature:
        raise SignatureRefused(Cause.MISSING)
    if not _WELL_FORMED.fullmatch(signature):
        raise SignatureRefused(Cause.MALFORMED)
    given = signature.encode()
    if not any(hmac.compare_digest(given, sign(raw, secret=key).encode()) for key in keys):
        raise SignatureRefused(Cause.MISMATCH)


def _key(secret: str) -> bytes:
    # A variable of the environment that is not UTF-8 holds its odd bytes as surrogates.
    return secret.encode(errors="surrogateescape")
