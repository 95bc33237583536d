"""Names of documents: `projects/P/databases/D/documents/COLLECTION/ID/COLLECTION/ID…`."""

import re

from sandbox.emulators.rpc import invalid

ROOT_SEGMENTS = 5  # projects, P, databases, D, documents
RESERVED = re.compile(r"__.+__", re.DOTALL)
LONGEST_ID_BYTES = 1500


def database_of(name: str) -> str:
    """Returns `projects/P/databases/D` of the name of a document, or of all of them.

    Raises Refused for anything else.
    """
    segments = name.split("/")
    fixed = [*segments[0:1], *segments[2:3], *segments[4:5]]
    if fixed != ["projects", "databases", "documents"] or not (segments[1] and segments[3]):
        raise invalid(f'Name "{name}" is not of the form projects/…/databases/…/documents/….')
    return "/".join(segments[:4])


def check_document(name: str, *, database: str) -> None:
    """Raises Refused unless this can name a document of the database."""
    if database_of(name) != database:
        raise invalid(f'Document name "{name}" is not in database "{database}".')
    path = name.split("/")[ROOT_SEGMENTS:]
    if not path or len(path) % 2:
        raise invalid(f'Document name "{name}" lacks a resource id at its end.')
    for segment in path:
        check_id(segment)


def check_id(text: str) -> None:
    """Raises Refused if no collection or document can have this id."""
    if text in {"", ".", ".."} or "/" in text:
        raise invalid(f'Resource id "{text}" is invalid.')
    if RESERVED.fullmatch(text):
        raise invalid(f'Resource id "{text}" is invalid because it is reserved.')


def check_lengths(name: str) -> None:
    """Raises Refused if an id is too long to be stored; a read of such a name finds nothing."""
    for segment in name.split("/")[ROOT_SEGMENTS:]:
        if len(segment.encode()) > LONGEST_ID_BYTES:
            raise invalid(f"The key path element name is longer than {LONGEST_ID_BYTES} bytes.")


def check_parent(name: str) -> str:
    """Returns the database of a parent of collections: a document, or the database's root."""
    database = database_of(name)
    if name.count("/") >= ROOT_SEGMENTS:
        check_document(name, database=database)
    return database


def collection_of(document_name: str) -> str:
    """Returns the name of the collection that holds the document."""
    return document_name.rsplit("/", 1)[0]


def collection_id_of(document_name: str) -> str:
    """Returns the last part of that name, which a collection group is called by."""
    return document_name.rsplit("/", 2)[1]


def path_of(name: str) -> list[str]:
    """Returns the part that clients call path. Sorts as Firestore does: segment by segment.

    Python compares strings by code points, which is the order of their UTF-8 bytes.
    """
    return name.split("/")[ROOT_SEGMENTS:]
