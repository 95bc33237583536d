"""Google's Firestore client over a channel of ours, which is all that is different."""

from collections.abc import Callable
from functools import partial
from typing import Any

import grpc
from google.cloud.firestore import Client

from visn_whatsapp.google.channels import OPTIONS, RenewedChannel

# Whoever asks for a stream reads it to its end, and needs no other thread for that.
STREAMS_ALONE = (grpc.experimental.ChannelOptions.SingleThreadedUnaryStream, 1)


class FirestoreClient(Client):
    """The client by itself leaves no way to name a channel, or options of one."""

    def _firestore_api_helper(self, transport: Any, client_class: Any, client_module: Any) -> Any:
        """Makes what calls the API, once, as the client does."""
        if self._firestore_api_internal is None:
            channel = RenewedChannel(self._opens(transport))
            self._transport = transport(host=self._target, channel=channel)
            self._firestore_api_internal = client_class(
                transport=self._transport, client_options=self._client_options
            )
            client_module._client_info = self._client_info  # noqa: SLF001 - as the client does
        return self._firestore_api_internal

    def _opens(self, transport: Any) -> Callable[[], grpc.Channel]:
        if self._emulator_host:
            return partial(
                grpc.insecure_channel, self._emulator_host, options=(*OPTIONS, STREAMS_ALONE)
            )
        credentials = self._credentials
        return partial(
            transport.create_channel,
            self._target,
            credentials=credentials,
            options=(*OPTIONS, STREAMS_ALONE),
        )

    def connected(self) -> "FirestoreClient":
        """Makes its channel at once, before several threads ask for it."""
        self._firestore_api  # noqa: B018 - a property that makes it
        return self

    def close(self) -> None:
        """Ends the connection too, which the client leaves open (findings/)."""
        super().close()  # type: ignore[no-untyped-call]
        if self._firestore_api_internal is not None:
            self._firestore_api_internal.transport.close()
