"""Documents in memory, with the indexes that keep queries over thousands of them fast.

A stored document is never changed, only replaced, so it may be read outside the lock.
"""

from collections.abc import Collection, Hashable, Iterator
from typing import Any

from sandbox.emulators.firestore.messages import Document
from sandbox.emulators.firestore.names import collection_id_of, collection_of
from sandbox.emulators.firestore.values import FieldPath, find, key

Index = dict[Hashable, set[str]]  # value → names of the documents that have it


class CollectionGroup:
    """All documents in collections of one id, wherever they are."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.collections: dict[str, set[str]] = {}  # collection → names of its documents
        self._indexes: dict[FieldPath, Index] = {}

    def put(self, document: Document) -> None:
        """Stores a document in place of the one of this name."""
        self.discard(document.name)
        self.documents[document.name] = document
        self.collections.setdefault(collection_of(document.name), set()).add(document.name)
        for path, index in self._indexes.items():
            _enter(index, path, document)

    def discard(self, name: str) -> None:
        """Removes the document of this name, if there is one."""
        document = self.documents.pop(name, None)
        if document is None:
            return
        _take_out(self.collections, collection_of(name), name)
        for path, index in self._indexes.items():
            value = find(document.fields, path)
            if value is not None:
                _take_out(index, key(value), name)

    def having(self, path: FieldPath, keys: Collection[Hashable]) -> set[str]:
        """Returns the names of the documents whose value at the path has one of these keys."""
        index = self._index(path)
        return {name for wanted in keys for name in index.get(wanted, ())}

    def _index(self, path: FieldPath) -> Index:
        """Returns the index of a field path, made when a query first asks for it."""
        if path not in self._indexes:
            index: Index = {}
            for document in self.documents.values():
                _enter(index, path, document)
            self._indexes[path] = index
        return self._indexes[path]


class Database:
    """The documents of one named database."""

    def __init__(self) -> None:
        self._groups: dict[str, CollectionGroup] = {}

    def get(self, name: str) -> Document | None:
        """Returns the document of this name."""
        return self.group(collection_id_of(name)).documents.get(name)

    def put(self, document: Document) -> None:
        """Stores a document in place of the one of this name."""
        group_id = collection_id_of(document.name)
        self._groups.setdefault(group_id, CollectionGroup()).put(document)

    def discard(self, name: str) -> None:
        """Removes the document of this name, if there is one."""
        self.group(collection_id_of(name)).discard(name)

    def group(self, collection_id: str) -> CollectionGroup:
        """Returns the documents in all collections of this id."""
        return self._groups.get(collection_id) or CollectionGroup()

    def collections(self) -> Iterator[str]:
        """Yields the names of all collections that hold a document."""
        for group in self._groups.values():
            yield from group.collections


def _enter(index: Index, path: FieldPath, document: Document) -> None:
    value = find(document.fields, path)
    if value is not None:
        index.setdefault(key(value), set()).add(document.name)


def _take_out(sets: dict[Any, set[str]], key_: Hashable, name: str) -> None:
    sets[key_].discard(name)
    if not sets[key_]:
        del sets[key_]
