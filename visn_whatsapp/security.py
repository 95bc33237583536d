"""What browsers may do with our pages, and where their requests come from."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

# Everything comes from us and from files: a script or a style within a page never runs, even if
# somebody's message should ever get there unescaped.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


def client_address(request: HttpRequest) -> str:
    """The address that a request came from, as the nearest proxy that is trusted saw it.

    A caller may write any X-Forwarded-For; only what our own proxies have added to it counts.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    count = settings.TRUSTED_PROXIES
    if not 0 < count <= len(forwarded):
        return direct
    return forwarded[-count].strip() or direct


class ContentSecurityPolicyMiddleware:
    """Adds the policy to every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers as the rest of the project does, with the policy."""
        response = self._get_response(request)
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response
