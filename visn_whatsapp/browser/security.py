"""What browsers may do with our pages, and where their requests come from."""

import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

# Everything comes from us and from files: a script or a style within a page never runs, even if
# somebody's message should ever get there unescaped.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
# An address with a port, as far as it can be told from an address: `[IPv6]`, `[IPv6]:1`, `IPv4:1`.
_HOST = re.compile(r"(?:\[(?P<v6>[^\]]*)\](?::[0-9]*)?|(?P<v4>[0-9.]+):[0-9]*)")
_HOST_BITS = 64


def client_address(request: HttpRequest) -> str | None:
    """The address that a request came from, as the nearest proxy that is trusted saw it.

    A caller may write any X-Forwarded-For; only what our own proxies have added to it counts. Where
    that is no address ("unknown", a word, nothing), the address of the connection counts, and None
    if that is none either. One subscriber has a whole /64 of IPv6 and may take a new address for
    each request, so the network stands for all of them: `2001:db8:1:2::`.

    It is a hint and no proof: WSGI knows no difference between `X-Forwarded-For` and
    `X_Forwarded_For`, and the server keeps whichever it reads last (docs/decisions/0021).
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    count = settings.TRUSTED_PROXIES
    trusted = forwarded[-count] if 0 < count <= len(forwarded) else ""
    return network_address(trusted) or network_address(direct)


def network_address(written: str) -> str | None:
    """What an address counts as: itself, or the first of its /64; None for what is no address.

    Understands the forms that proxies write (RFC 7239, section 6): with a port, in brackets, in
    quotes, with a zone, IPv4 within IPv6.
    """
    words = written.strip().strip('"')
    host = _HOST.fullmatch(words)
    try:
        address = ip_address((host["v6"] or host["v4"]) if host else words)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> _HOST_BITS << _HOST_BITS))


class ContentSecurityPolicyMiddleware:
    """Adds the policy to every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers as the rest of the project does, with the policy."""
        response = self._get_response(request)
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response
