"""Writes: what one commit makes of the documents, or why it is refused as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from sandbox.emulators.firestore import shape, transforms
from sandbox.emulators.firestore.documents import Database
from sandbox.emulators.firestore.messages import Document, Precondition, Write, WriteResult
from sandbox.emulators.firestore.names import check_document, check_lengths
from sandbox.emulators.firestore.times import microseconds
from sandbox.emulators.firestore.values import field_path, find, put, remove
from sandbox.emulators.rpc import Refused, invalid, unimplemented

NEVER = 0  # the version of a document that does not exist


class Sort(StrEnum):
    """What a write does, in the words of Google's refusals."""

    INSERT = "insert"  # must not exist
    UPDATE = "update"  # must exist
    UPSERT = "upsert"
    DELETE = "delete"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One write with what is asked of it, read once."""

    write: Write
    name: str
    sort: Sort
    precondition: Precondition

    @property
    def must_exist(self) -> bool | None:
        """What the precondition says about existence; None: nothing."""
        kind = self.precondition.WhichOneof("condition_type")
        if kind == "update_time":
            # A deletion asks for a version that it need not find: others of its commit may have
            # deleted the document already.
            return None if self.sort is Sort.DELETE else True
        return bool(self.precondition.exists) if kind == "exists" else None

    @property
    def version(self) -> int | None:
        """The version that the document must have, in microseconds; None: any."""
        if self.precondition.WhichOneof("condition_type") != "update_time":
            return None
        return microseconds(self.precondition.update_time)


def read(writes: Sequence[Write], *, database: str) -> list[Change]:
    """Reads the writes of a commit. Raises Refused for what is wrong whatever is stored."""
    changes = [_read(write, database=database) for write in writes]
    series: dict[str, list[Change]] = {}
    for change in changes:
        before = series.setdefault(change.name, [])
        if before:
            _check_sequence(before, change)
        before.append(change)
    return changes


def _read(write: Write, *, database: str) -> Change:
    operation = write.WhichOneof("operation")
    if operation is None:
        raise invalid("empty write operation")
    if operation == "transform":
        raise unimplemented("A transform without an update")
    if operation == "delete" and write.HasField("update_mask"):
        raise invalid("a delete must not specify a document mask.")
    name = str(write.delete if operation == "delete" else write.update.name)
    check_document(name, database=database)
    check_lengths(name)
    # Google looks at the shape of all writes before it looks at any precondition.
    shape.check(write.update)
    for text in write.update_mask.field_paths:
        field_path(text)
    transforms.check(write.update_transforms)
    precondition = write.current_document
    sort = Sort.DELETE if operation == "delete" else _sort(precondition)
    return Change(write=write, name=name, sort=sort, precondition=precondition)


def _sort(precondition: Precondition) -> Sort:
    kind = precondition.WhichOneof("condition_type")
    if kind is None:
        return Sort.UPSERT
    return Sort.UPDATE if kind == "update_time" or precondition.exists else Sort.INSERT


def _check_sequence(before: Sequence[Change], change: Change) -> None:
    """Refuses writes to one document that cannot all hold, as the official emulator does.

    They are one to it, with the version that the first asks for.
    """
    exists = before[-1].sort is not Sort.DELETE
    if change.must_exist is not None and change.must_exist != exists:
        words = f"{before[-1].sort} then {change.sort}"
        raise invalid(f"Cannot {words} an entity in the same request.")
    if change.version is not None and before[0].version != change.version:
        raise invalid("Cannot collapse mutations with different version preconditions")


@dataclass(kw_only=True)
class Commit:
    """One commit under way: the documents as its writes so far leave them."""

    database: Database
    now: Timestamp
    documents: dict[str, Document | None] = field(default_factory=dict)
    results: list[WriteResult] = field(default_factory=list)

    def run(self, changes: Sequence[Change]) -> list[WriteResult]:
        """Applies all changes, or raises Refused and leaves the database as it was."""
        for change in changes:
            self._apply(change)
        for name, document in self.documents.items():
            self._finish(name, document)
        for change, result in zip(changes, self.results, strict=True):
            document = self.documents[change.name]
            if document is not None:
                result.update_time.CopyFrom(document.update_time)
        return self.results

    def _apply(self, change: Change) -> None:
        stored = self.database.get(change.name)
        current = self.documents.get(change.name, stored)
        _check_precondition(change, stored=stored, current=current)
        result = WriteResult()
        if change.sort is Sort.DELETE:
            self.documents[change.name] = None
        else:
            document = _updated(change, current)
            for item in change.write.update_transforms:
                result.transform_results.append(
                    transforms.transform(document.fields, item, now=self.now)
                )
            shape.normalise(document)
            self.documents[change.name] = document
        self.results.append(result)

    def _finish(self, name: str, document: Document | None) -> None:
        """Stores the outcome. A document that ends as it began keeps its update time."""
        stored = self.database.get(name)
        if document is None:
            self.database.discard(name)
            return
        if stored is not None:
            document.update_time.CopyFrom(stored.update_time)
            if _same(document, stored):
                return
        if not document.HasField("create_time"):
            document.create_time.CopyFrom(self.now)
        document.update_time.CopyFrom(self.now)
        self.database.put(document)


def _check_precondition(
    change: Change, *, stored: Document | None, current: Document | None
) -> None:
    """Raises Refused unless the document is as the write requires.

    Versions are compared with what was stored before the commit, existence with what the writes
    before this one have made of it.
    """
    if change.version is not None:
        _check_version(change.version, stored)
    elif change.must_exist is True and current is None:
        raise Refused(grpc.StatusCode.NOT_FOUND, f"No document to update: {change.name}")
    elif change.must_exist is False and current is not None:
        raise Refused(grpc.StatusCode.ALREADY_EXISTS, f"Document already exists: {change.name}")


def _check_version(required: int, stored: Document | None) -> None:
    version = NEVER if stored is None else microseconds(stored.update_time)
    if stored is not None and required > version:
        raise invalid("Invalid base version, it is greater than the stored version")
    if required != version:
        raise Refused(
            grpc.StatusCode.FAILED_PRECONDITION,
            f"the stored version ({version}) does not match the required base version ({required})",
        )


def _same(document: Document, other: Document) -> bool:
    """Compares to the bit: 1 is not 1.0, and NaN is itself."""
    content: bytes = document.SerializeToString(deterministic=True)
    return bool(content == other.SerializeToString(deterministic=True))


def _updated(change: Change, current: Document | None) -> Document:
    """Returns the new document without its times, but for the time that it was created."""
    update = change.write.update
    document = Document(name=change.name)
    if current is not None and current.HasField("create_time"):
        document.create_time.CopyFrom(current.create_time)
    if not change.write.HasField("update_mask"):
        document.MergeFrom(Document(fields=update.fields))
        return document
    if current is not None:
        document.MergeFrom(Document(fields=current.fields))
    for text in change.write.update_mask.field_paths:
        path = field_path(text)
        value = find(update.fields, path)
        if value is None:
            remove(document.fields, path)
        else:
            put(document.fields, path, value)
    return document
