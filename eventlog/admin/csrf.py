"""What is answered to a form that came without the token of the browser's session."""

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache


@never_cache
def refused(request: HttpRequest, reason: str = "") -> HttpResponseBase:  # noqa: ARG001 (Django's)
    """Answers with a page of the admin, which is the only one that has forms."""
    from eventlog.admin.site import site  # noqa: PLC0415 (checks load this in every process)

    return site.form_refused(request)
