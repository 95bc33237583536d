"""A route of the API: who may ask, how often, in what form, and what they may see."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, cast

import msgspec
from django.conf import settings
from django.http import HttpResponse
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import PermissionDenied, Throttled, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from eventlog.accounts import account_of
from eventlog.api import rate
from eventlog.api.answers import API
from eventlog.history import note_deed
from eventlog.questions.masking import Sight
from visn_whatsapp.authentication import ReaderIdentity, Service
from visn_whatsapp.body import djangos, read_body
from visn_whatsapp.service_view import ServiceView
from webhooks import clock, ledger
from webhooks.models import Event

REVEALED = "Revealed to a service, by the API."
MAX_BYTES = 64 * 1024  # of a body


class ApiView(ServiceView):
    """Lets in the services that the settings name, each so many times a minute."""

    authentication_classes = [ReaderIdentity]
    parser_classes = [JSONParser]
    answers = API

    now: datetime  # of the request, by the database's clock

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Every method is asked who it comes from."""
        return APIView.get_authenticators(self)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Lets the caller in, or not, and counts the call."""
        super().initial(request, *args, **kwargs)
        with ledger.reached():
            self.now = clock.now()
            rate.take(self.caller, now=self.now)

    @property
    def caller(self) -> str:
        """The e-mail of the service that asks."""
        return cast(Service, self.request.user).email

    def read(self, form: type[Serializer[Any]], given: Any) -> dict[str, Any]:
        """Returns what was asked for. Raises ValidationError."""
        known = form().fields
        if isinstance(given, Mapping) and set(given) - set(known):
            # What was sent is not repeated: whose number it holds nobody knows.
            names = ", ".join(known)
            raise ValidationError(f"There are names that this does not know; it knows {names}.")
        asked = form(data=given)
        asked.is_valid(raise_exception=True)
        return cast(dict[str, Any], asked.validated_data)

    def read_json(self, form: type[Serializer[Any]], *, limit: int = MAX_BYTES) -> dict[str, Any]:
        """Returns what the body asks for, of so many bytes at most. Raises ValidationError."""
        body = read_body(djangos(self.request), limit=limit)
        try:
            given = msgspec.json.decode(body)
        except (ValueError, RecursionError) as error:
            raise ValidationError("The body must be JSON.") from error
        return self.read(form, given)

    def sight(self, *, reveal: bool) -> Sight:
        """What the caller may see. Raises PermissionDenied if they ask for more."""
        if reveal and self.caller not in settings.API_REVEALERS:
            raise PermissionDenied
        return Sight(revealed=reveal)

    def let_replay(self) -> None:
        """Lets on who may begin replays. Raises PermissionDenied."""
        if self.caller not in settings.API_REPLAYERS:
            raise PermissionDenied

    def note(self, events: Sequence[Event | None], sight: Sight, words: str = REVEALED) -> None:
        """Notes what is shown of these events, before it is; None: of what is no event."""
        if sight.revealed and events:
            user = account_of(self.caller, may_log_in=False)
            note_deed(events, words, by=user.pk, now=self.now)

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        """Answers from the table, and says what was wrong with a question."""
        if isinstance(exc, Throttled):
            wait = {"Retry-After": str(rate.seconds_left(self.now))}
            return told({"error": "Too many calls."}, HTTPStatus.TOO_MANY_REQUESTS, wait)
        if isinstance(exc, ValidationError):
            return told({"error": " ".join(_words(exc.detail))}, HTTPStatus.BAD_REQUEST)
        return super().handle_exception(exc)


def _words(detail: Any, name: str = "") -> Iterator[str]:
    """What was wrong, each with the name of its field."""
    if isinstance(detail, Mapping):
        for field, each in detail.items():
            yield from _words(each, "" if field == "non_field_errors" else f"{field}: ")
    elif isinstance(detail, list):
        for each in detail:
            yield from _words(each, name)
    else:
        yield f"{name}{detail}"


def told(
    answer: dict[str, Any],
    status: HTTPStatus = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    """An answer as JSON, which nobody on the way keeps."""
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return HttpResponse(
        msgspec.json.encode(answer), status=status, content_type="application/json", headers=kept
    )
