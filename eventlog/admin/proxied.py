"""The login of whom the identity-aware proxy has let through: at every request, by its header.

Who somebody is Google says, what they may do `IAP_GROUPS` says, and both are asked each time. A
session is of one person of the proxy's (their lasting id, not their address), and of nobody where
the header is missing.
"""

import logging
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth import SESSION_KEY, login
from django.contrib.auth.models import AnonymousUser, Group, User
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from eventlog.accounts import account_of
from eventlog.admin.interruptions import Interruption
from visn_whatsapp.browser import proxy
from visn_whatsapp.browser.proxy import Doubt, NotBelieved, Person

logger = logging.getLogger(__name__)

SUBJECT = "proxied"  # of a session: whose it is
BACKEND = "django.contrib.auth.backends.ModelBackend"  # that knows what they may do
# Answered by the proxy itself, which forgets the browser
# (https://cloud.google.com/iap/docs/query-parameters-and-headers-howto).
SIGN_OUT = "gcp-iap-mode=CLEAR_LOGIN_COOKIE"
# Who may have another account of Google's, that is let in.
KNOWN = {Interruption.NO_GROUP, Interruption.GROUP_UNKNOWN, Interruption.CLOSED_ACCOUNT}
WHY = {Doubt.MISSING: Interruption.NOT_BY_THE_PROXY, Doubt.NO_KEYS: Interruption.PROXY_KEYS_AWAY}
RETRY_AFTER_SECONDS = 10


class Refused(Exception):
    """Somebody does not get in."""

    def __init__(self, why: Interruption, *, reason: str) -> None:
        """Says why: to them, and in a word for the log."""
        super().__init__(reason)
        self.why = why
        self.reason = reason


class SignInMiddleware:
    """Lets each request be of whom the proxy says, where the settings name its audience."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers as the rest of the project does, or says why somebody does not get in."""
        without = proxy.HEADER not in request.META and not settings.IAP_REQUIRED
        if without or not settings.IAP_AUDIENCE:
            _end_what_the_proxy_began(request)
            return self._get_response(request)
        try:
            _sign_in(request)
        except Refused as refused:
            logger.warning(
                "Nobody is logged in by the identity-aware proxy.", extra={"reason": refused.reason}
            )
            return _page(refused.why)
        return self._get_response(request)


def is_proxied(request: HttpRequest) -> bool:
    """Whether it is the proxy that somebody is logged in by."""
    return SUBJECT in request.session


def sign_out_url() -> str:
    """Where the proxy forgets the browser."""
    return f"{reverse('admin:index')}?{SIGN_OUT}"


def _end_what_the_proxy_began(request: HttpRequest) -> None:
    if is_proxied(request):
        request.session.flush()
        request.user = AnonymousUser()


def _sign_in(request: HttpRequest) -> None:
    """Lets the request be of whom the proxy let through. Raises Refused."""
    try:
        someone = proxy.person(request)
    except NotBelieved as error:
        why = WHY.get(error.doubt, Interruption.PROXY_NOT_BELIEVED)
        raise Refused(why, reason=error.doubt.value) from error
    user = _account(someone)
    session = request.session
    if session.get(SUBJECT) == someone.subject and session.get(SESSION_KEY) == str(user.pk):
        request.user = user
        return
    session.flush()  # whoever it was of, and whatever they have revealed
    login(request, user, backend=BACKEND)
    session[SUBJECT] = someone.subject


def _account(someone: Person) -> User:
    """Somebody's account, in just the groups that they have now. Raises Refused."""
    names = proxy.groups_of(someone)
    if not names:
        raise Refused(Interruption.NO_GROUP, reason="no_group")
    user = account_of(someone.email, may_log_in=True)
    if not user.is_active or not user.is_staff:
        raise Refused(Interruption.CLOSED_ACCOUNT, reason="closed")
    if set(user.groups.values_list("name", flat=True)) != names:
        groups = Group.objects.filter(name__in=names)
        if len(groups) < len(names):
            raise Refused(Interruption.GROUP_UNKNOWN, reason="group_unknown")
        user.groups.set(groups)
    return user


def _page(why: Interruption) -> HttpResponse:
    words = why.value
    elsewhere = sign_out_url() if why in KNOWN else ""
    context = {"title": words.title, "why": words.why, "elsewhere": elsewhere}
    page = render_to_string("admin/failure.html", context)
    response = HttpResponse(page, status=words.status)
    add_never_cache_headers(response)
    if words.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
