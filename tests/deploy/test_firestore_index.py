"""The files that make Firestore's index, held to the types of its interface and to each other."""

import json
from typing import Any

from google.cloud.firestore_admin_v1.types import Field, Index

from tests.deploy.definitions import DEPLOY
from tests.deploy.document import DEPLOYMENT, block

FIREBASE = json.loads((DEPLOY / "firestore.indexes.json").read_text())
MADE = Field.from_json((DEPLOY / "firestore-index.json").read_text())
EXEMPT = Field.from_json((DEPLOY / "firestore-exemption.json").read_text())
Scope = tuple[str, str]


def indexes(field: Field) -> list[Scope]:
    """Returns scope and kind of each index that the interface is asked for."""
    found = [(index.query_scope.name, index.fields[0]) for index in field.index_config.indexes]
    return [(scope, _kind(one)) for scope, one in found]


def _kind(field: Index.IndexField) -> str:
    order, of_arrays = field.order.name, field.array_config.name
    return str(of_arrays if order == "ORDER_UNSPECIFIED" else order)


def overridden(override: dict[str, Any]) -> list[Scope]:
    """Returns the same of a field in the file for the Firebase tools."""
    found = override["indexes"]
    return [(index["queryScope"], index.get("order") or index["arrayConfig"]) for index in found]


def test_a_message_is_found_wherever_its_chat_is() -> None:
    assert ("COLLECTION_GROUP", "ASCENDING") in indexes(MADE)


def test_what_firestore_gives_every_field_is_kept() -> None:
    kept = {("COLLECTION", kind) for kind in ("ASCENDING", "DESCENDING", "CONTAINS")}
    assert kept <= set(indexes(MADE))


def test_an_exemption_says_so() -> None:
    """An absent list would bring the field back to what Firestore gives every field."""
    assert "index_config" in EXEMPT
    assert indexes(EXEMPT) == []


def test_the_firebase_tools_are_told_the_same() -> None:
    given = {each["fieldPath"]: overridden(each) for each in FIREBASE["fieldOverrides"]}
    assert given.pop("whatsappMessageId") == indexes(MADE)
    assert set(map(tuple, given.values())) == {()}
    command = block(DEPLOYMENT, holding="set_index")
    assert f"for field in {' '.join(given)}; do" in command
    assert FIREBASE["indexes"] == []
