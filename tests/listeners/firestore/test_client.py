"""Google's client with a channel of ours."""

import pytest

from listeners.firestore.client import FirestoreClient
from tests.wire import wire


def test_whoever_closes_it_ends_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    with wire() as asked:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", asked.host)
        client = FirestoreClient(project="test").connected()
        cars = client.collection("cars")
        assert list(cars.stream(timeout=5.0, retry=None)) == []
        client.close()
        with pytest.raises(ValueError, match="closed channel"):
            list(cars.stream(timeout=5.0, retry=None))


def test_one_that_was_never_used_is_closed_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:9")
    FirestoreClient(project="test").close()
