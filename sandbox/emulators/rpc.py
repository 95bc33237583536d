"""Serves the methods of a Google API over gRPC, with counters and faults in front of each."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc

from sandbox.emulators.counters import Counters
from sandbox.emulators.faults import FaultKind, Faults

NO_DEADLINE_SECONDS = 1e9
WORKERS = 64  # threads per server: how many calls can be under way, slow ones included

CODES = {
    FaultKind.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    FaultKind.ABORTED: grpc.StatusCode.ABORTED,
    FaultKind.RESOURCE_EXHAUSTED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    FaultKind.DEADLINE_EXCEEDED: grpc.StatusCode.DEADLINE_EXCEEDED,
    FaultKind.INTERNAL: grpc.StatusCode.INTERNAL,
    FaultKind.INVALID_ARGUMENT: grpc.StatusCode.INVALID_ARGUMENT,
    FaultKind.PERMISSION_DENIED: grpc.StatusCode.PERMISSION_DENIED,
    FaultKind.UNAUTHENTICATED: grpc.StatusCode.UNAUTHENTICATED,
    FaultKind.SILENT: grpc.StatusCode.UNAVAILABLE,
    FaultKind.UNREADABLE: grpc.StatusCode.INTERNAL,  # what a client makes of it
    FaultKind.UNAVAILABLE_AFTER_APPLYING: grpc.StatusCode.UNAVAILABLE,
    FaultKind.DEADLINE_AFTER_APPLYING: grpc.StatusCode.DEADLINE_EXCEEDED,
    FaultKind.BREAKS_OFF: grpc.StatusCode.UNAVAILABLE,
    FaultKind.BREAKS_OFF_EMPTY: grpc.StatusCode.UNAVAILABLE,
}


class Refused(Exception):
    """A call is answered with an error."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(message: str) -> Refused:
    """Returns the refusal of a request that can never be right."""
    return Refused(grpc.StatusCode.INVALID_ARGUMENT, message)


def unimplemented(what: str) -> Refused:
    """Returns the refusal of something that Google knows and the stand-in does not."""
    return Refused(grpc.StatusCode.UNIMPLEMENTED, f"{what} is not supported by this stand-in.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """How one method is answered: `handle` takes the request and returns the answer.

    One that streams returns the list of its answers.
    """

    request: Any  # the raw protobuf class
    handle: Callable[[Any], Any]
    streams: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a service refuses before it looks closer."""

    request_bytes: int
    deadline_seconds: float | None = None  # the furthest deadline that a caller may ask for


@dataclass(frozen=True, kw_only=True, slots=True)
class Api:
    """A gRPC service: its full name, its short name for faults and counters, its methods."""

    name: str
    service: str
    methods: Mapping[str, Method]
    limits: Limits


class Server:
    """One API on one port of 127.0.0.1."""

    def __init__(self, *, api: Api, port: int, faults: Faults, counters: Counters) -> None:
        """Starts to serve; port 0 takes a free one. Raises RuntimeError if the port is taken."""
        self._api = api
        self._faults = faults
        self._counters = counters
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix=api.service)
        self._server = grpc.server(
            self._pool,
            options=[
                ("grpc.so_reuseport", 0),
                ("grpc.max_send_message_length", -1),
                # Above the API's own limit, so that the refusal is in the API's words.
                ("grpc.max_receive_message_length", 2 * api.limits.request_bytes),
            ],
        )
        handlers = {name: self._handler(name, method) for name, method in api.methods.items()}
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(api.name, handlers),)
        )
        self.host = f"127.0.0.1:{self._server.add_insecure_port(f'127.0.0.1:{port}')}"
        self._server.start()

    def stop(self) -> None:
        """Ends all calls and closes the port."""
        self._server.stop(grace=0).wait()
        self._pool.shutdown(cancel_futures=True)

    def _handler(self, name: str, method: Method) -> "grpc.RpcMethodHandler[bytes, bytes]":
        def unary(content: bytes, context: grpc.ServicerContext) -> bytes:
            try:
                return bytes(self._answer(name, method, content, context).SerializeToString())
            except Refused as refusal:
                context.abort(refusal.code, refusal.message)

        def stream(content: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
            try:
                for answer in self._answer(name, method, content, context):
                    if isinstance(answer, Refused):
                        raise answer
                    yield answer.SerializeToString()
            except Refused as refusal:
                context.abort(refusal.code, refusal.message)

        if method.streams:
            return grpc.unary_stream_rpc_method_handler(stream)
        return grpc.unary_unary_rpc_method_handler(unary)

    def _answer(
        self, name: str, method: Method, content: bytes, context: grpc.ServicerContext
    ) -> Any:
        self._counters.count(service=self._api.service, method=name)
        fault = self._faults.take(service=self._api.service, method=name, content=content)
        if fault is not None:
            self._faults.wait(fault)
            if fault.refuses_before:
                raise Refused(CODES[fault.kind], "A test asked for this fault.")
        self._check(content, context)
        request = method.request.FromString(content)
        answer = method.handle(request)
        if fault is not None and fault.kind is FaultKind.TWICE:
            answer = method.handle(request)
        if fault is not None and fault.refuses_after:
            raise Refused(CODES[fault.kind], "The call was applied, and a test asked to say not.")
        if fault is not None and fault.breaks_off:
            return _broken_off(answer, fault.kind, streams=method.streams)
        return answer

    def _check(self, content: bytes, context: grpc.ServicerContext) -> None:
        limits = self._api.limits
        if len(content) > limits.request_bytes:
            raise invalid(f"Request payload size exceeds the limit: {limits.request_bytes} bytes.")
        remaining = context.time_remaining()  # without a deadline: None, or hundreds of years
        if limits.deadline_seconds is None or remaining is None:
            return
        if limits.deadline_seconds < remaining < NO_DEADLINE_SECONDS:
            raise invalid(
                f"The request deadline is {remaining:.0f}s away. The deadline cannot be more than "
                f"{limits.deadline_seconds:.0f}s in the future."
            )


def _broken_off(answer: Any, kind: FaultKind, *, streams: bool) -> list[Any]:
    """Returns the beginning of a stream and how it ends. Raises Refused if there is no stream."""
    end = Refused(CODES[kind], "A test asked for this end.")
    if not streams:
        raise end
    first = answer[0]
    if kind is FaultKind.BREAKS_OFF_EMPTY:
        first = type(first)(read_time=first.read_time)
    return [first, end]
