"""What our Firestore stand-in cannot do, it says, instead of answering wrongly."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from google.api_core.exceptions import MethodNotImplemented
from google.cloud.firestore import Client, Maximum
from google.cloud.firestore_v1.base_query import And, FieldFilter, Or

from sandbox.emulators import Emulators
from tests.sandbox.emulators.firestore.calls import ONCE, ids, where


@pytest.fixture
def client(stand_ins: Emulators, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A client of our stand-in alone."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", stand_ins.firestore_host)
    client = Client(project=f"test-{uuid.uuid4().hex[:20]}")
    client.document("numbers/1").set({"a": 1}, **ONCE)
    yield client
    client.close()


both = And([FieldFilter("a", "==", 1), FieldFilter("b", "==", 2)])
either = Or([both, FieldFilter("a", "==", 2)])
CALLS: dict[str, Callable[[Client], Any]] = {
    "less than": lambda client: where(client.collection("c"), "a", "<", 1),
    "not equal": lambda client: where(client.collection("c"), "a", "!=", 1),
    "contains": lambda client: where(client.collection("c"), "a", "array_contains", 1),
    "by name": lambda client: where(
        client.collection("c"), "__name__", "==", client.document("c/1")
    ),
    "or of and": lambda client: ids(client.collection("c").where(filter=either)),
    "end": lambda client: ids(
        client.collection("c").order_by("__name__").end_at({"__name__": client.document("c/1")})
    ),
    "count": lambda client: client.collection("c").count().get(**ONCE),
    "maximum": lambda client: client.document("c/1").set({"a": Maximum(1)}, **ONCE),
    "past": lambda client: client.document("c/1").get(read_time=datetime.now(UTC), **ONCE),
    "read-only": lambda client: client.transaction(read_only=True)._begin(),
    "collections": lambda client: list(client.collections(**ONCE)),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_it_is_unimplemented(client: Client, call: Callable[[Client], Any]) -> None:
    with pytest.raises(MethodNotImplemented):
        call(client)
