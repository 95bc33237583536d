"""Firestore for the streams: our stand-in, and Google's emulator."""

from collections.abc import Iterator

import pytest

from sandbox.emulators import Options, Part, start


@pytest.fixture(scope="session")
def firestore() -> Iterator[str]:
    """Our stand-in, as host:port."""
    with start(Options(parts=frozenset({Part.FIRESTORE}))) as running:
        yield running.firestore_host
