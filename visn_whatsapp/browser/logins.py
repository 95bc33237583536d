"""How often logging in may go wrong, and which browsers have logged in before."""

from datetime import timedelta
from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username, get_failure_limit
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse

# What one stranger can do in a quarter of an hour, however many addresses they have or make up.
FAILURES_OF_ONE_ACCOUNT = 8
ACCOUNTS_FROM_ONE_ADDRESS = 20
ACCOUNTS_ALTOGETHER = 200

KNOWN_FOR = timedelta(days=90)  # after its last login
_SALT = "known-browser"  # whatever the module is called: browsers keep what it signs
KEY = ("username", "ip_address", "user_agent")  # of a row of failures, as django-axes has it


class LoginThrottle(AxesDatabaseHandler):  # type: ignore[misc] # the library has no types
    """Counts as django-axes does, and what its settings cannot: accounts beside each other.

    A browser that has logged in to the account before is held to the settings alone, so that no
    stranger can shut the owner out (docs/decisions/0021).
    """

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """The failures that count against a login, or the limit where another one is reached."""
        failures = int(super().get_failures(request, credentials))
        username = get_client_username(request, credentials)
        if is_known(request, username=username) or not self._are_too_many(request, username):
            return failures
        return max(failures, int(get_failure_limit(request, credentials)))

    def user_login_failed(
        self,
        sender: Any,
        credentials: dict[str, Any],
        request: HttpRequest | None = None,
        **kwargs: Any,
    ) -> None:
        """Counts a failure; of several at once for one account nobody's fails in the database.

        Of two that find no row the second would break the key, and PostgreSQL's log quotes keys.
        """
        if request is None or request.axes_locked_out:  # type: ignore[attr-defined]
            super().user_login_failed(sender, credentials, request, **kwargs)
            return
        # Before the row is held: others hold theirs.
        self.clean_expired_user_attempts(request, credentials)
        with transaction.atomic():
            _hold_row(request, username=get_client_username(request, credentials))
            super().user_login_failed(sender, credentials, request, **kwargs)

    def _are_too_many(self, request: HttpRequest, username: str) -> bool:
        recent = AccessAttempt.objects.filter(attempt_time__gte=get_cool_off_threshold(request))
        of_account = recent.filter(username=username)
        here = recent.filter(ip_address=request.axes_ip_address)  # type: ignore[attr-defined]
        failures = of_account.aggregate(Sum("failures_since_start"))["failures_since_start__sum"]
        return (
            (failures or 0) >= FAILURES_OF_ONE_ACCOUNT
            or _accounts(here) >= ACCOUNTS_FROM_ONE_ADDRESS
            or _accounts(recent) >= ACCOUNTS_ALTOGETHER
        )


def _hold_row(request: HttpRequest, *, username: str) -> None:
    """Lets the row of these failures be there, and keeps others from it until the transaction ends.

    A new one has counted none, as django-axes finds it.
    """
    row = AccessAttempt(
        username=username,
        ip_address=request.axes_ip_address,  # type: ignore[attr-defined]
        user_agent=request.axes_user_agent,  # type: ignore[attr-defined]
        path_info=request.axes_path_info,  # type: ignore[attr-defined]
        failures_since_start=0,
    )
    AccessAttempt.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=KEY, update_fields=["path_info"]
    )


def _accounts(attempts: QuerySet[Any]) -> int:
    return attempts.order_by().values("username").distinct().count()


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Lets the browser of somebody who has just logged in be known the next time."""
    response.set_signed_cookie(
        settings.KNOWN_BROWSER_COOKIE_NAME,
        str(request.user.pk),
        salt=_SALT,
        max_age=int(KNOWN_FOR.total_seconds()),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def is_known(request: HttpRequest, *, username: str) -> bool:
    """Whether the request's browser has logged in to this account before."""
    owner = request.get_signed_cookie(
        settings.KNOWN_BROWSER_COOKIE_NAME, default="", salt=_SALT, max_age=KNOWN_FOR
    )
    accounts = get_user_model().objects.filter(username=username)
    return any(str(pk) == owner for pk in accounts.values_list("pk", flat=True))
