"""The spans that there are, and what each of them tells: counts and ids of ours, never of a person.

Names and attributes are those of OpenTelemetry's semantic conventions for HTTP, messaging and
databases; what they have no word for begins with `visn`. https://opentelemetry.io/docs/specs/semconv/
"""

from collections.abc import Callable, Mapping
from enum import Enum, auto
from http import HTTPStatus
from time import time_ns
from typing import Any, Protocol, Self
from urllib.parse import urlsplit
from uuid import UUID

from visn_whatsapp import traces
from visn_whatsapp.traces import Trace

QUEUES = "gcp_cloud_tasks"
DATABASE = "gcp.firestore"
DELIVERY = "visn.delivery"
STATUS = "http.response.status_code"

Links = Mapping[UUID, Trace | None]  # what a span is for besides: deliveries, and their own traces
Attributes = Mapping[str, str | int]


class Kind(Enum):
    """How a span stands to others."""

    SERVER = auto()
    CLIENT = auto()
    PRODUCER = auto()
    CONSUMER = auto()
    INTERNAL = auto()


class Span(Protocol):
    """As long as it lasts, what its thread does stands under it. An error is told by its type."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None: ...

    def tell(self, name: str, value: str | int, /) -> None:
        """Adds an attribute."""

    def fail(self, why: str, /) -> None:
        """Says that what it is of went wrong, by a word of ours."""


class NoSpan:
    """In place of a span where nothing is exported, or not yet."""

    __slots__ = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        return

    def begin(self) -> None:
        """Of a request of a service."""

    def tell(self, *_: object) -> None:
        return

    def fail(self, *_: object) -> None:
        return


# The last is when it began, in nanoseconds since 1970; None: now.
Open = Callable[[str, Kind, Attributes, Links, int | None], Span]
NO_SPAN = NoSpan()
_open: Open | None = None


def open_with(exporter: Open | None) -> None:
    """Lets spans be exported from now on, or no more."""
    global _open  # noqa: PLW0603 - one for the process
    _open = exporter


def _opened(
    name: str, kind: Kind, attributes: Attributes, links: Links, began_at: int | None
) -> Span:
    exporter = _open  # which the end of the process takes away, in a thread of its own
    return NO_SPAN if exporter is None else exporter(name, kind, attributes, links, began_at)


def own() -> Trace | None:
    """What a delivery takes along into a group, to be linked; None where nothing is exported."""
    return None if _open is None else traces.current()


class Served:
    """The span of a request of a service, from when it is worked on, once its caller is known.

    Before that there is none: whoever is refused has nothing exported, however often they ask.
    """

    __slots__ = ("_began_at", "_environ", "_span")

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._environ = environ
        self._began_at = time_ns()
        self._span: Span = NO_SPAN

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._span.tell(STATUS, HTTPStatus.INTERNAL_SERVER_ERROR)
        self._span.__exit__(kind)

    def begin(self) -> None:
        """Opens it: it is known who asks. The path is one of ours."""
        path = self._environ["PATH_INFO"]
        told: Attributes = {
            "http.request.method": "POST",
            "http.route": path,
            "url.path": path,
            "url.scheme": self._environ["wsgi.url_scheme"],
        }
        if _open is not None:
            self._span = _opened(f"POST {path}", Kind.SERVER, told, {}, self._began_at)
            self._span.__enter__()

    def tell(self, name: str, value: str | int) -> None:
        """Adds an attribute."""
        self._span.tell(name, value)

    def fail(self, why: str) -> None:
        """Says that it went wrong, by a word of ours."""
        self._span.fail(why)


def served(environ: Mapping[str, Any]) -> Served | NoSpan:
    """Of a POST to a service, which its view begins as soon as its caller is known."""
    return NO_SPAN if _open is None else Served(environ)


def answered(span: Span, status: int, *, wrong_from: int) -> None:
    """Tells a span how an HTTP request was answered: from some status on, that it went wrong."""
    span.tell(STATUS, status)
    if status >= wrong_from:
        span.fail(str(status))


def called(url: str, deliveries: Links) -> Span:
    """Of a call of repair-serve-callable."""
    if _open is None:
        return NO_SPAN
    address = urlsplit(url)
    told = {"http.request.method": "POST", **_of(deliveries)}
    told["server.address"] = address.hostname or ""
    if address.port:
        told["server.port"] = address.port
    return _opened("POST", Kind.CLIENT, told, _others(deliveries), None)


def created(queue: str, deliveries: Links) -> Span:
    """Of a task that is made in a queue, which names these deliveries."""
    if _open is None:
        return NO_SPAN
    told = _messaging(queue, "create_task", "send", deliveries)
    return _opened(f"create_task {queue}", Kind.PRODUCER, told, _others(deliveries), None)


def handled(queue: str, deliveries: Links, *, retries: int) -> Span:
    """Of a task that the queue has handed over."""
    if _open is None:
        return NO_SPAN
    told = {**_messaging(queue, "process", "process", deliveries), "visn.retries": retries}
    return _opened(f"process {queue}", Kind.CONSUMER, told, _others(deliveries), None)


def shared(deliveries: Links) -> Span:
    """Of a run that the tasks of these deliveries share."""
    if _open is None:
        return NO_SPAN
    return _opened("apply", Kind.INTERNAL, _of(deliveries), _others(deliveries), None)


def of_firestore(operation: str, *, count: int) -> Span:
    """Of so many reads or writes in one."""
    if _open is None:
        return NO_SPAN
    told: dict[str, str | int] = {"db.system.name": DATABASE, "db.operation.name": operation}
    if count > 1:
        told["db.operation.batch.size"] = count
    return _opened(operation, Kind.CLIENT, told, {}, None)


def _messaging(queue: str, name: str, kind: str, deliveries: Links) -> dict[str, str | int]:
    told: dict[str, str | int] = {
        "messaging.system": QUEUES,
        "messaging.destination.name": queue,
        "messaging.operation.name": name,
        "messaging.operation.type": kind,
    }
    if len(deliveries) > 1:
        told["messaging.batch.message_count"] = len(deliveries)
    return told | _of(deliveries)


def _of(deliveries: Links) -> dict[str, str | int]:
    if len(deliveries) == 1:
        return {DELIVERY: str(next(iter(deliveries)))}
    return {"visn.deliveries": len(deliveries)}


def _others(deliveries: Links) -> Links:
    """What is done for one delivery alone stands under its trace, and needs no link to it."""
    return deliveries if len(deliveries) > 1 else {}
