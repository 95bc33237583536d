"""The services' views, called without what Django does for browsers and for whoever plugs in."""

from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, get_resolver, resolve
from django.utils.log import log_response
from django.utils.module_loading import import_string

from visn_whatsapp.database_sessions import keep_what_serves
from visn_whatsapp.service_view import ServiceView

View = Callable[[HttpRequest], HttpResponse]
StartResponse = Callable[..., Any]


class Services:
    """Answers at the paths of the services, as Django's own handler does, at less cost.

    What is left out says nothing to a service: prefixes of scripts, signals (connections are looked
    after here), a search through the routes, transactions around views, templates.
    """

    def __init__(self, request_class: Callable[[dict[str, Any]], HttpRequest]) -> None:
        """Finds the views of this process, and wraps each in the middleware of services."""
        self._request_class = request_class
        self._found = dict(_found())

    def __contains__(self, path: str) -> bool:
        return path in self._found

    def answer(
        self,
        environ: dict[str, Any],
        start_response: StartResponse,
        connections: Sequence[BaseDatabaseWrapper],
    ) -> list[bytes]:
        """Answers a request for one of the paths, with these connections to the databases."""
        _close_old(connections)
        try:
            request = self._request_class(environ)
            request.resolver_match, view = self._found[environ["PATH_INFO"]]
            response = view(request)
            keep_what_serves(connections, status=response.status_code)
            if response.status_code >= HTTPStatus.BAD_REQUEST:
                words = "%s: %s", response.reason_phrase, request.path
                log_response(*words, response=response, request=request)
            status = f"{response.status_code} {response.reason_phrase}"
            start_response(status, list(response.items()))
            return list(response)
        finally:
            _close_old(connections)


def _close_old(connections: Sequence[BaseDatabaseWrapper]) -> None:
    """As Django does before and after a request, with its connections."""
    for connection in connections:
        connection.close_if_unusable_or_obsolete()


def _found() -> Iterator[tuple[str, tuple[ResolverMatch, View]]]:
    """Each path of a service, with its route and its view in the middleware of services."""
    for route in get_resolver().url_patterns:
        view = getattr(route, "callback", None)
        if issubclass(getattr(view, "view_class", object), ServiceView):
            match = resolve(path := f"/{route.pattern}")
            yield path, (match, _in_middleware(match.func))


def _in_middleware(view: Callable[..., Any]) -> View:
    wrapped = convert_exception_to_response(view)
    for name in reversed(settings.SERVICE_MIDDLEWARE):
        wrapped = convert_exception_to_response(import_string(name)(wrapped))
    return cast(View, wrapped)
