"""Who calls whom between our services: identity tokens that Google signs.

Cloud Tasks and our own services send `Authorization: Bearer <token>`. The token is a JWT that names
its issuer, its audience (one per endpoint, from the settings) and the e-mail of the service account
that calls. Anybody with a Google account can get a token for our audience, so the e-mail decides.
"""

import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from google.auth import jwt
from google.auth.exceptions import GoogleAuthError
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from visn_whatsapp.body import djangos
from visn_whatsapp.budget import Budget
from visn_whatsapp.google import tokens
from visn_whatsapp.google.certificates import certificates
from visn_whatsapp.google.kept import Unobtainable

logger = logging.getLogger(__name__)

CLOCK_SKEW_SECONDS = 10  # how far the clocks of Google and of this machine may differ
CERTIFICATES_BUDGET_SECONDS = 2.5
TOKEN_BUDGET_SECONDS = 1.5
LATEST = 2**53  # seconds since 1970 that a float tells apart
TOKEN_MAX_CHARACTERS = 8192  # Google's have about a thousand
TOKENS_REMEMBERED = 1024


class IdentityUnavailable(APIException):
    """Google's certificates, or a token of our own, cannot be had: nobody's fault, try again."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "The identity of services cannot be established at the moment."
    default_code = "identity_unavailable"


class Refusal(StrEnum):
    """Why a caller is refused, as logs name it; the caller is not told."""

    MISSING = "missing"  # no bearer token
    INVALID = "invalid"  # not a token, not signed with a known key, expired, or from the future
    # Cloud Run's own check of callers replaces the signature, so ours has nothing left to verify:
    # the service must be deployed without that check (docs/deployment.md).
    SIGNATURE_REMOVED = "signature_removed"
    ISSUER = "issuer"  # signed with a known key, but not issued by Google
    AUDIENCE = "audience"  # meant for another endpoint
    ACCOUNT = "account"  # a token of an account that is not allowed here


@dataclass(frozen=True, kw_only=True, slots=True)
class Claims:
    """What a verified token says."""

    issuer: str
    audience: str
    email: str  # empty unless Google has verified it
    expires_at: float  # seconds since 1970


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """The caller, as a view finds it in `request.user`."""

    email: str
    is_authenticated: bool = True


class ServiceIdentity(BaseAuthentication):
    """Lets in the service accounts that a subclass names, with tokens for its audience.

    No token, or none that holds: 401. The token of another account: 403. Google's certificates
    out of reach: 503. There is no anonymous caller.
    """

    @property
    def audience(self) -> str:
        """The endpoint's own audience, from the settings, never from the Host header."""
        raise NotImplementedError

    @property
    def accounts(self) -> Collection[str]:
        """The e-mails of the service accounts that may call."""
        raise NotImplementedError

    def authenticate(self, request: Request) -> tuple[Service, None]:
        """Returns the calling service, or raises what answers 401, 403 or 503."""
        token = _bearer_token(request)
        if token.endswith(".SIGNATURE_REMOVED_BY_GOOGLE"):
            raise _refused(Refusal.SIGNATURE_REMOVED)
        claims = verify(token)
        if claims is None or claims.expires_at + CLOCK_SKEW_SECONDS < time.time():
            raise _refused(Refusal.INVALID)
        if claims.issuer not in settings.TOKEN_ISSUERS:
            raise _refused(Refusal.ISSUER)
        if not self.audience or claims.audience != self.audience:
            raise _refused(Refusal.AUDIENCE)
        if not claims.email or claims.email not in self.accounts:
            _log(Refusal.ACCOUNT)
            raise PermissionDenied
        return Service(email=claims.email), None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        """Names the scheme in the `WWW-Authenticate` header of a 401."""
        return "Bearer"


class TaskHandlerIdentity(ServiceIdentity):
    """Cloud Tasks, calling queue-services."""

    @property
    def audience(self) -> str:
        """The audience that our tasks carry."""
        return str(settings.TASK_HANDLER_AUDIENCE)

    @property
    def accounts(self) -> Collection[str]:
        """The account that our tasks are sent as."""
        return (settings.TASKS_SERVICE_ACCOUNT,)


class SchedulerIdentity(ServiceIdentity):
    """Cloud Scheduler, starting a chore in queue-services."""

    @property
    def audience(self) -> str:
        """The audience that its jobs name."""
        return str(settings.CHORES_AUDIENCE)

    @property
    def accounts(self) -> Collection[str]:
        """The accounts that they are sent as."""
        return tuple(settings.CHORES_CALLERS)


class ReaderIdentity(ServiceIdentity):
    """Another service, asking the event log at /api/v1/."""

    @property
    def audience(self) -> str:
        """The audience that such services ask a token for."""
        return str(settings.API_AUDIENCE)

    @property
    def accounts(self) -> Collection[str]:
        """Their accounts."""
        return tuple(settings.API_CALLERS)


class CallableIdentity(ServiceIdentity):
    """repair-serve-api, or another gateway, calling repair-serve-callable."""

    @property
    def audience(self) -> str:
        """The audience that gateways ask a token for."""
        return str(settings.CALLABLE_AUDIENCE)

    @property
    def accounts(self) -> Collection[str]:
        """The gateways' accounts."""
        return tuple(settings.CALLABLE_CALLERS)


def _bearer_token(request: Request) -> str:
    scheme, _, token = str(djangos(request).META.get("HTTP_AUTHORIZATION", "")).partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _refused(Refusal.MISSING)
    return token.strip()


def _refused(refusal: Refusal) -> AuthenticationFailed:
    _log(refusal)
    return AuthenticationFailed()


def _log(refusal: Refusal) -> None:
    logger.warning("A caller was refused.", extra={"reason": refusal.value})


def verify(token: str) -> Claims | None:
    """Returns what a token says if Google signed it and it has not expired, otherwise None.

    Cloud Tasks sends the same token for up to an hour, so what was verified once is remembered:
    whoever asks compares `expires_at` with the clock, each time.

    Raises IdentityUnavailable if Google's certificates are needed and out of reach.
    """
    if len(token) > TOKEN_MAX_CHARACTERS:
        return None
    try:
        return _verified(token, settings.TOKEN_CERTS_URL)
    except (ValueError, TypeError, RecursionError, GoogleAuthError):
        return None  # also TypeError: the library calculates with whatever `iat` and `exp` are


@lru_cache(maxsize=TOKENS_REMEMBERED)
def _verified(token: str, certificates_url: str) -> Claims:
    if jwt.decode_header(token).get("alg") != "RS256":
        raise ValueError("not signed as Google signs")
    claims: Mapping[str, Any] = jwt.decode(
        token,
        certs=_certificates(token, certificates_url),
        clock_skew_in_seconds=CLOCK_SKEW_SECONDS,
    )
    _seconds(claims["iat"])
    return Claims(
        issuer=str(claims.get("iss", "")),
        audience=str(claims.get("aud", "")),
        email=str(claims.get("email", "")) if claims.get("email_verified") is True else "",
        expires_at=_seconds(claims["exp"]),
    )


def _seconds(moment: object) -> float:
    """Seconds since 1970, a number that can be compared. Raises ValueError for anything else."""
    plain = isinstance(moment, int | float) and not isinstance(moment, bool)
    if not plain or not 0 <= moment <= LATEST:  # type: ignore[operator] # NaN is on neither side
        raise ValueError("no moment")
    return float(moment)  # type: ignore[arg-type]


def _certificates(token: str, url: str) -> Mapping[str, str]:
    key_id = str(jwt.decode_header(token).get("kid", ""))
    try:
        return certificates(url, key_id=key_id, budget=Budget(CERTIFICATES_BUDGET_SECONDS))
    except Unobtainable as error:
        raise IdentityUnavailable from error


def identity_token(audience: str) -> str:
    """Returns a token with which this process may call the endpoint that has this audience.

    Raises IdentityUnavailable, within about a second, if there is none to be had.
    """
    try:
        return tokens.token(audience, budget=Budget(TOKEN_BUDGET_SECONDS))
    except Unobtainable as error:
        raise IdentityUnavailable from error
