"""How the tests call: once, so that a refusal is seen and not retried, and not for ever."""

from typing import Any, TypedDict

from google.cloud.firestore import Client
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.field_path import FieldPath


class Once(TypedDict):
    """The arguments for a call without retries."""

    retry: None
    timeout: float


ONCE: Once = {"retry": None, "timeout": 20.0}


def path(*names: str) -> str:
    """Returns a field path of these names, quoted where they need it."""
    return str(FieldPath(*names).to_api_repr())


def where(query: Any, field: str, operator: str, value: object) -> list[str]:
    """Returns the ids of the documents that a query with this filter finds."""
    return ids(query.where(filter=FieldFilter(field, operator, value)))


def ids(query: Any) -> list[str]:
    """Returns the ids of the documents that a query finds, in its order."""
    return [snapshot.id for snapshot in query.stream(**ONCE)]


def read(client: Client, name: str) -> dict[str, Any] | None:
    """Returns the fields of a document, None if there is none."""
    fields: dict[str, Any] | None = client.document(name).get(**ONCE).to_dict()
    return fields
