"""The documents of one collection, page by page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.emulators.firestore.documents import Database
from sandbox.emulators.firestore.messages import Document
from sandbox.emulators.firestore.names import collection_id_of
from sandbox.emulators.rpc import invalid

USUAL_PAGE = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Some documents, and where the next page begins; empty at the end."""

    documents: Sequence[Document]
    next_token: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """A collection to list."""

    database: Database
    collection: str
    show_missing: bool  # also names without a document that have documents below them

    def page(self, *, size: int, token: str) -> Page:
        """Returns the page after the document that the token names."""
        if token and not token.startswith(f"{self.collection}/"):
            raise invalid("invalid page token")
        names = [name for name in sorted(self._names()) if name > token]
        size = size or USUAL_PAGE
        shown = names[:size]
        return Page(
            documents=[self.database.get(name) or Document(name=name) for name in shown],
            next_token=shown[-1] if len(names) > size else "",
        )

    def _names(self) -> set[str]:
        group = self.database.group(collection_id_of(f"{self.collection}/any"))
        names = set(group.collections.get(self.collection, ()))
        return names | set(self._missing()) if self.show_missing else names

    def _missing(self) -> Iterator[str]:
        prefix = f"{self.collection}/"
        for collection in self.database.collections():
            if collection.startswith(prefix):
                document_id = collection.removeprefix(prefix).split("/", 1)[0]
                yield prefix + document_id
