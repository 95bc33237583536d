"""Answers whether this process is alive, and whether it can do its work."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as PatienceLost
from http import HTTPStatus

from django.db import Error, connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse

# As patient as the service, which gives a new connection five seconds, and a second to answer.
PATIENCE_SECONDS = 6.0
# A standby answers too, and can keep nothing. Neither can a database that was made read-only.
TAKES_WRITES = {"postgresql": "SELECT current_setting('transaction_read_only') = 'off'"}


_hangs: list[Callable[[], bool]] = []


def end_where(hangs: Callable[[], bool]) -> None:
    """Lets this process be taken for dead as soon as this says so; it is asked at each probe."""
    _hangs.append(hangs)


def live(_: HttpRequest) -> JsonResponse:
    """Answers 200 as long as the process answers at all, and nothing in it hangs for good."""
    if any(hangs() for hangs in _hangs):
        return JsonResponse({"status": "hangs"}, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return JsonResponse({"status": "live"})


def ready(_: HttpRequest) -> JsonResponse:
    """Answers 200, or 503 with the names of what is not ready.

    Google's services are left out on purpose: without them events are still stored, and an
    instance taken out of service would not even do that.
    """
    if database.answers():
        return JsonResponse({"status": "ready"})
    return JsonResponse(
        {"status": "unavailable", "not_ready": ["database"]},
        status=HTTPStatus.SERVICE_UNAVAILABLE,
    )


class Asking:
    """Asks the database, once for all who want to know at the same time.

    Whoever gives up waiting does not end it: with a probe's timeout as long as its period, one of
    several probes hears the answer of a database that takes longer than that to connect to.
    """

    def __init__(self) -> None:
        """Has one thread: a database that hangs holds up this one alone."""
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ready")
        self._lock = threading.Lock()
        self._asked: Future[bool] | None = None

    def answers(self) -> bool:
        """Tells whether the database answers, within PATIENCE_SECONDS."""
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = self._threads.submit(_query)
            asked = self._asked
        try:
            return asked.result(timeout=PATIENCE_SECONDS)
        except PatienceLost:
            return False


def _query() -> bool:
    """Asks over a new connection: a kept one might be the only one that still works."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(TAKES_WRITES.get(connection.vendor, "SELECT 1"))
            return bool(cursor.fetchone()[0])
    except Error:
        return False
    finally:
        connection.close()


database = Asking()
PROBES = {"/health/live": live, "/health/ready": ready}


class ProbesFirstMiddleware:
    """Answers probes before anything looks at their Host, which is often an address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers a probe itself, and anything else as the rest of the project does."""
        return PROBES.get(request.path_info, self._get_response)(request)
