"""Google's credentials of this process: asked for once, and given up at the first failure.

By itself Google's library goes on for 12 seconds if the metadata server is silent, for 15 if it
answers 408, 429 or 5xx, and begins again with every call.
"""

from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any

import google.auth
from google.auth import compute_engine
from google.auth.credentials import Credentials, TokenState
from google.auth.exceptions import GoogleAuthError, TransportError
from google.auth.transport import Request, Response
from google.auth.transport.requests import Request as GoogleRequest

from visn_whatsapp.budget import Budget
from visn_whatsapp.google.kept import Kept, Unobtainable
from visn_whatsapp.in_time import session

METADATA_TIMEOUT_SECONDS = 1.0
TOKEN_BUDGET_SECONDS = 1.0
SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
FINAL = {HTTPStatus.OK, HTTPStatus.NOT_FOUND}  # the library asks no second time


class NotAnswered(Exception):
    """Who gives out tokens is silent, or answers with anything but what was asked for."""


class PromptRequest(GoogleRequest):
    """Gives up at the first failure: after a second of silence, or two of half an answer."""

    def __init__(self) -> None:
        """Asks over connections of its own."""
        super().__init__(session())

    def __call__(self, *args: Any, **kwargs: Any) -> Response:
        """Sends a request. Raises NotAnswered, which the library does not take for a failure."""
        try:
            response: Response = super().__call__(  # type: ignore[no-untyped-call]
                *args, **(kwargs | {"timeout": METADATA_TIMEOUT_SECONDS})
            )
        except TransportError as error:
            raise NotAnswered from error
        if response.status not in FINAL:
            raise NotAnswered
        return response


class SharedCredentials(Credentials):
    """Credentials whose token one thread gets for all calls.

    By itself each call over gRPC has a thread of its own that asks the metadata server, and goes on
    asking long after the call is over.
    """

    def __init__(self, source: Credentials) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._source = source
        self._token = Kept(
            self._refreshed,
            name="access_token",
            fresh=lambda credentials: credentials.token_state is TokenState.FRESH,
            usable=lambda credentials: credentials.token_state is not TokenState.INVALID,
        )

    def _refreshed(self) -> Credentials:
        self._source.refresh(PromptRequest())
        return self._source

    @property
    def without_token(self) -> bool:
        """Whether there is none to be had, as was found out a moment ago."""
        return self._token.missing

    def refresh(self, request: Request) -> None:  # noqa: ARG002
        """Gets a token, as whoever asks for one outside of a call expects."""
        self.token = self._token.value(Budget(TOKEN_BUDGET_SECONDS)).token

    def before_request(
        self,
        request: Request,  # noqa: ARG002
        method: str,
        url: str,
        headers: MutableMapping[str, str],
    ) -> None:
        """Adds the token to a call. Raises GoogleAuthError if there is none."""
        try:
            credentials = self._token.value(Budget(TOKEN_BUDGET_SECONDS))
        except Unobtainable as error:
            raise GoogleAuthError from error
        if credentials.token_state is TokenState.FRESH:
            credentials.before_request(PromptRequest(), method, url, headers)
        else:  # another is on its way, and this one is good for minutes
            credentials.apply(headers)


def _find() -> Credentials:
    credentials, _ = google.auth.default(request=PromptRequest())
    # A key file needs no metadata server: its tokens are signed here.
    if isinstance(credentials, compute_engine.Credentials):
        return SharedCredentials(credentials.with_scopes(SCOPES))
    return credentials


_default: Kept[Credentials] = Kept(_find, name="credentials")


def default_credentials(budget: Budget) -> Credentials:
    """Returns the credentials that this process has. Raises Unobtainable."""
    return _default.value(budget)


def no_token() -> bool:
    """Tells whether a call that fails now would fail again: for want of a token, which gRPC names
    UNAVAILABLE, as it names a service that is away."""
    credentials = _default.held
    return isinstance(credentials, SharedCredentials) and credentials.without_token
