"""What people see where a page could not be made: in words, and without the database."""

import sys
from http import HTTPStatus

from django.db import Error, IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.views import defaults
from django.views.decorators.cache import never_cache

from eventlog.admin.interruptions import Interruption
from webhooks import sequences

RETRY_AFTER_SECONDS = 30


@never_cache
def answer(request: HttpRequest) -> HttpResponse:
    """Answers what ended in an error: on a page of the admin there, elsewhere as Django does.

    To be called while the error is handled. Says nothing of the error's own words: they hold
    values, and whoever asks may be anybody.
    """
    if not request.path.startswith(reverse("admin:index")):
        return defaults.server_error(request)
    error = sys.exception()
    if isinstance(error, Error):
        sequences.note(error)
    words = _why(error).value
    context = {"title": words.title, "why": words.why, "sent": request.method == "POST"}
    page = render_to_string("admin/failure.html", context)
    response = HttpResponse(page, status=words.status)
    if words.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _why(error: BaseException | None) -> Interruption:
    if isinstance(error, IntegrityError):
        return Interruption.KEY_TAKEN
    if isinstance(error, OperationalError | InterfaceError):
        return Interruption.OUT_OF_REACH
    return Interruption.UNFORESEEN
