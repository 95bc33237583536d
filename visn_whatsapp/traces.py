"""The trace of the request that a thread handles: by it Cloud Logging groups what is logged.

Cloud Run names it in two headers, and anybody else may write into them what they like: only ids of
the documented forms are read, and nothing else of a header gets any further. Whoever is asked for
something within a request is told the same (`passed_on`), so that all of its way has one trace.
"""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

# https://www.w3.org/TR/trace-context/: nothing follows in version 00, anything may in later ones.
_TRACEPARENT = re.compile(
    r"(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?"
)
# https://cloud.google.com/trace/docs/trace-context: the span is a decimal number, or 0 for none.
_CLOUD_TRACE = re.compile(r"(?!0{32})([0-9a-f]{32})(?:/([0-9]{1,20}))?(?:;o=([0-9]))?")

_HIGHEST_SPAN = 2**64 - 1
_SAMPLED = 1  # of the flags, in both headers


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """Where a request stands among all that Google traces."""

    id: str  # 32 hexadecimal digits
    span: str  # 16 of them; empty where the header names none
    is_sampled: bool  # whether whoever began the trace keeps it

    @property
    def header(self) -> str:
        """The `traceparent` of what is done under it; empty where there is no span."""
        return f"00-{self.id}-{self.span}-{self.is_sampled:02x}" if self.span else ""


class _Handled(threading.local):
    """What this thread handles."""

    request: Mapping[str, Any] | None = None  # its environ
    trace: Trace | None = None  # another than the request's


_handled = _Handled()


class Handling:
    """As long as it lasts, this thread handles a request.

    It costs each request, and few of them log anything: headers are read only when a line is.
    """

    __slots__ = ("_request",)

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._request = environ

    def __enter__(self) -> Self:
        _handled.request = self._request
        return self

    def __exit__(self, *_: object) -> None:
        _handled.request = None


class Under:
    """As long as it lasts, what this thread does stands under this trace; None: as before."""

    __slots__ = ("_before", "_trace")

    def __init__(self, trace: Trace | None) -> None:
        self._trace = trace

    def __enter__(self) -> Self:
        self._before = _handled.trace
        _handled.trace = self._trace or self._before
        return self

    def __exit__(self, *_: object) -> None:
        _handled.trace = self._before


def current() -> Trace | None:
    """The trace that this thread works under: its request's, unless another is named."""
    if _handled.trace is not None:
        return _handled.trace
    return None if _handled.request is None else trace_of(_handled.request)


def passed_on() -> dict[str, str]:
    """The headers by which whoever is asked now learns what trace it is for; none without one."""
    trace = current()
    return {"traceparent": trace.header} if trace is not None and trace.span else {}


def trace_of(environ: Mapping[str, Any]) -> Trace | None:
    """The trace of a request; None where neither header has the form that it should have."""
    return of_header(environ.get("HTTP_TRACEPARENT", "")) or _of_cloud_trace(
        environ.get("HTTP_X_CLOUD_TRACE_CONTEXT", "")
    )


def of_header(header: str) -> Trace | None:
    """What a `traceparent` says; None if it has not the form of one."""
    found = _TRACEPARENT.fullmatch(header)
    if found is None:
        return None
    trace, span, flags = found.groups()
    return Trace(id=trace, span=span, is_sampled=bool(int(flags, 16) & _SAMPLED))


def _of_cloud_trace(header: str) -> Trace | None:
    found = _CLOUD_TRACE.fullmatch(header)
    if found is None:
        return None
    trace, span, options = found.groups("0")
    number = int(span)
    if number > _HIGHEST_SPAN:
        return None
    return Trace(
        id=trace, span=f"{number:016x}" if number else "", is_sampled=bool(int(options) & _SAMPLED)
    )
