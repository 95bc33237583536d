"""gRPC channels to Google that notice when their connection has gone silent.

A connection that swallows everything (a NAT or a balancer that has forgotten it) looks like one
whose other side is slow. So a channel is opened anew after a deadline was missed; calls under way
go on, and the connection of before ends with the last of them.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

import grpc

from visn_whatsapp.budget import Clock

OPTIONS: Sequence[tuple[str, int]] = (
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    # As Firestore's client has it; the one for Cloud Tasks has none. A connection that is dead
    # while a call waits is asked after half a minute, and given up ten seconds later. By itself
    # gRPC waits a minute for that answer, whatever `grpc.keepalive_timeout_ms` says (measured).
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.http2.ping_timeout_ms", 10_000),
    # After an outage a process waits as long as it has waited last, by itself up to two minutes.
    ("grpc.max_reconnect_backoff_ms", 5_000),
    # How long one attempt to connect may take; by itself 20 s.
    ("grpc.min_reconnect_backoff_ms", 5_000),
    # Channels of one process to one address share their connection otherwise, old and new.
    ("grpc.use_local_subchannel_pool", 1),
)
# Between two openings: a service that is slow and not silent shall not get ever new connections.
SHORTEST_LIFE_SECONDS = 5.0

Open = Callable[[], grpc.Channel]


class RenewedChannel(grpc.Channel):
    """A channel over another one, which is replaced after a call has missed its deadline."""

    def __init__(self, open_channel: Open, *, clock: Clock = time.monotonic) -> None:
        self._open = open_channel
        self._clock = clock
        self._lock = threading.Lock()
        self._renewed_at = float("-inf")
        self.current = open_channel()

    def noticed(self, channel: grpc.Channel, code: grpc.StatusCode) -> None:
        """Hears how a call over this channel ended."""
        if code is not grpc.StatusCode.DEADLINE_EXCEEDED:
            return
        with self._lock:
            now = self._clock()
            if self.current is channel and now - self._renewed_at >= SHORTEST_LIFE_SECONDS:
                self.current = self._open()
                self._renewed_at = now

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> "_UnaryUnary":
        """Returns what calls the method over whichever channel is the current one."""
        return _UnaryUnary(self, lambda channel: channel.unary_unary(method, *args, **kwargs))

    def unary_stream(self, method: str, *args: Any, **kwargs: Any) -> "_UnaryStream":
        """The same for a method that answers with a stream."""
        return _UnaryStream(self, lambda channel: channel.unary_stream(method, *args, **kwargs))

    def stream_unary(self, *args: Any, **kwargs: Any) -> Any:
        """Nothing that we call sends a stream: such a call stays with the channel of now."""
        return self.current.stream_unary(*args, **kwargs)

    def stream_stream(self, *args: Any, **kwargs: Any) -> Any:
        """As `stream_unary`."""
        return self.current.stream_stream(*args, **kwargs)

    def subscribe(self, callback: Any, try_to_connect: bool = False) -> None:
        """Tells about the channel of now."""
        self.current.subscribe(callback, try_to_connect)

    def unsubscribe(self, callback: Any) -> None:
        """Tells no more."""
        self.current.unsubscribe(callback)

    def close(self) -> None:
        """Ends the connection and all calls over it."""
        self.current.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Method:
    """A method of the service, made again for each channel that there is."""

    def __init__(self, channel: RenewedChannel, make: Callable[[grpc.Channel], Any]) -> None:
        self._channel = channel
        self._make = make
        self._made: tuple[grpc.Channel | None, Any] = (None, None)

    def _on_current(self) -> tuple[grpc.Channel, Any]:
        current = self._channel.current
        channel, method = self._made
        if channel is not current:
            method = self._make(current)
            self._made = (current, method)
        return current, method

    def _call(self, how: str, *args: Any, **kwargs: Any) -> Any:
        channel, method = self._on_current()
        try:
            return getattr(method, how)(*args, **kwargs)
        except grpc.RpcError as error:
            if isinstance(error, grpc.Call):
                self._channel.noticed(channel, error.code())
            raise

    def _begin(self, how: str, *args: Any, **kwargs: Any) -> Any:
        channel, method = self._on_current()
        call = getattr(method, how)(*args, **kwargs)
        call.add_done_callback(lambda ended: self._channel.noticed(channel, ended.code()))
        return call


class _UnaryUnary(_Method, grpc.UnaryUnaryMultiCallable):  # type: ignore[type-arg]
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("__call__", *args, **kwargs)

    def with_call(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("with_call", *args, **kwargs)

    def future(self, *args: Any, **kwargs: Any) -> Any:
        return self._begin("future", *args, **kwargs)


class _UnaryStream(_Method, grpc.UnaryStreamMultiCallable):  # type: ignore[type-arg]
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._begin("__call__", *args, **kwargs)
