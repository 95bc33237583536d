"""Answers whether this process is alive, and whether it can do its work."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as BudgetExceeded
from http import HTTPStatus

from django.db import Error, connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse

DATABASE_BUDGET_SECONDS = 1.0

# One thread: a database that hangs holds up this one alone, however often somebody asks.
_probes = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ready")


def live(_: HttpRequest) -> JsonResponse:
    """Answers 200 as long as the process answers at all."""
    return JsonResponse({"status": "live"})


def ready(_: HttpRequest) -> JsonResponse:
    """Answers 200, or 503 with the names of what is not ready.

    Google's services are left out on purpose: without them events are still stored, and an
    instance taken out of service would not even do that.
    """
    if _database_answers():
        return JsonResponse({"status": "ready"})
    return JsonResponse(
        {"status": "unavailable", "not_ready": ["database"]},
        status=HTTPStatus.SERVICE_UNAVAILABLE,
    )


def _database_answers() -> bool:
    probe: Future[bool] = _probes.submit(_query)
    try:
        return probe.result(timeout=DATABASE_BUDGET_SECONDS)
    except BudgetExceeded:
        probe.cancel()
        return False


def _query() -> bool:
    """Asks over a new connection: a kept one might be the only one that still works."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except Error:
        return False
    finally:
        connection.close()


PROBES = {"/health/live": live, "/health/ready": ready}


class ProbesFirstMiddleware:
    """Answers probes before anything looks at their Host, which is often an address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers a probe itself, and anything else as the rest of the project does."""
        return PROBES.get(request.path_info, self._get_response)(request)
