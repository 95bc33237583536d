"""How the tests call: once, so that a refusal is seen and not retried, and not for ever."""

from typing import Any, TypedDict

from google.cloud.firestore import Client
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.field_path import FieldPath
from google.cloud.firestore_v1.types import RunQueryRequest, StructuredQuery


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


def found(
    client: Client,
    query: dict[str, Any],
    *,
    below: str = "",
    collection: str = "chats",
    group: bool = False,
) -> list[str]:
    """Returns the ids that a query finds which the client by itself would not send."""
    source = {"collection_id": collection, "all_descendants": group}
    structured = StructuredQuery.pb()(from_=[source], **query)
    parent = f"{client._database_string}/documents{below}"
    request = RunQueryRequest.pb()(parent=parent, structured_query=structured)
    answers = client._firestore_api.run_query(RunQueryRequest.wrap(request), **ONCE)
    return [each.document.name.rsplit("/", 1)[-1] for each in answers if each.document.name]


def read(client: Client, name: str) -> dict[str, Any] | None:
    """Returns the fields of a document, None if there is none."""
    fields: dict[str, Any] | None = client.document(name).get(**ONCE).to_dict()
    return fields
