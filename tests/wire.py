"""What a client of gRPC says over its connection: path, headers and message, byte by byte."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One call."""

    path: str
    headers: dict[str, Any]
    request: bytes


@dataclass
class Wire(grpc.GenericRpcHandler):  # type: ignore[type-arg]
    """Answers every call with an empty message, and keeps what it was asked."""

    host: str = ""
    calls: list[Asked] = field(default_factory=list)

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        def answer(request: bytes, _: grpc.ServicerContext) -> bytes:
            headers = {name: value for name, value in details.invocation_metadata}  # noqa: C416 - pairs of gRPC's own
            self.calls.append(Asked(path=details.method, headers=headers, request=request))
            return b""

        if details.method.endswith(("/RunQuery", "/BatchGetDocuments")):
            return grpc.unary_stream_rpc_method_handler(lambda *asked: iter([answer(*asked)]))
        return grpc.unary_unary_rpc_method_handler(answer)


@contextmanager
def wire() -> Iterator[Wire]:
    """A server that listens to clients, until the end."""
    listening = Wire()
    server = grpc.server(ThreadPoolExecutor(1), handlers=[listening])
    listening.host = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield listening
    finally:
        server.stop(None).wait()
