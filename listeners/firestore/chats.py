"""Chats as people look at them: a page at a time, from one message on or around one."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from listeners.firestore.calls import Calls
from listeners.firestore.documents import (
    CREATED_AT,
    MESSAGE_FIELDS,
    MESSAGE_ID,
    SHOWN_FIELDS,
    UNREAD_COUNT,
    enquiry_path,
    message_path,
    messages_collection,
)
from listeners.firestore.errors import translated
from listeners.firestore.queries import VALUE_BYTES, Beyond, Query, holding, in_turn
from listeners.firestore.reading import TRANSIENT, Found, read
from listeners.firestore.values import Message, decode
from listeners.tracking import ChatKey
from visn_whatsapp.budget import Budget
from visn_whatsapp.google.calls import Patience, call

PAGE_SECONDS = 5.0  # for all that a page asks; somebody waits for it
SHOWING = Patience(transient=TRANSIENT, attempt_seconds=2.0, until_seconds=PAGE_SECONDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a message stands in its chat: by its time, and among those of one time by its id."""

    document_id: str
    time: bytes  # its `createdAt` as Firestore's message of it; empty: it has none, and no place


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredChat:
    """A page of a chat."""

    messages: Sequence[tuple[Place, Mapping[str, Any]]]  # with their fields, the newest first
    older: bool  # there are older ones
    newer: bool
    enquiry_exists: bool
    unread: object  # as the enquiry has it; None if it says nothing


class Chats:
    """The chats of one database, for people: they would rather know soon that it does not answer.

    Every call raises `Unavailable` or, for ids that cannot be, `Refused`. A page is one query and
    a get of the enquiry; around a message two, after that was found. It reads no more messages than
    it shows, and one on either side.
    """

    def __init__(self, calls: Calls, *, pool: ThreadPoolExecutor) -> None:
        self._calls, self._pool = calls, pool

    def newest(self, chat: ChatKey, *, limit: int) -> StoredChat:
        """The newest messages of a chat."""
        return self._newest(chat, limit, Budget(PAGE_SECONDS))

    def beyond(self, chat: ChatKey, place: Place, *, newer: bool, limit: int) -> StoredChat:
        """The messages next to a place: the older ones, or the newer."""
        query = in_turn(chat, CREATED_AT, at=self._at(chat, place), newer=newer, limit=limit + 1)
        [found], enquiry = self._read(chat, [query], Budget(PAGE_SECONDS))
        more, shown = len(found) > limit, found[:limit]
        if newer:
            return _page(shown[::-1], enquiry, older=True, newer=more)
        return _page(shown, enquiry, older=more, newer=True)

    def opened_at(
        self, chat: ChatKey, *, document_id: str, message_id: str, limit: int
    ) -> tuple[StoredChat, Place | None]:
        """The messages around one, which is told by its document's id or else by Meta's id.

        And where it stands; None: it is not in the chat. Where it has no place, the newest.
        """
        budget = Budget(PAGE_SECONDS)
        with translated():
            place = self._place_of(chat, document_id, message_id, budget)
        if place is None or not place.time:
            return self._newest(chat, limit, budget), place
        return self._around(chat, place, limit, budget), place

    def _around(self, chat: ChatKey, place: Place, limit: int, budget: Budget) -> StoredChat:
        """About as many older messages as newer ones."""
        half = limit // 2
        at = self._at(chat, place)
        queries = [
            in_turn(chat, CREATED_AT, at=at, inclusive=True, limit=half + 2),
            in_turn(chat, CREATED_AT, at=at, newer=True, limit=limit - half),
        ]
        (older, newer), enquiry = self._read(chat, queries, budget)
        newer_shown, older_shown = newer[: limit - half - 1], older[: half + 1]
        return _page(
            [*newer_shown[::-1], *older_shown],
            enquiry,
            older=len(older) > len(older_shown),
            newer=len(newer) > len(newer_shown),
        )

    def _newest(self, chat: ChatKey, limit: int, budget: Budget) -> StoredChat:
        query = in_turn(chat, CREATED_AT, limit=limit + 1)
        [found], enquiry = self._read(chat, [query], budget)
        return _page(found[:limit], enquiry, older=len(found) > limit, newer=False)

    def _place_of(
        self, chat: ChatKey, document_id: str, message_id: str, budget: Budget
    ) -> Place | None:
        """By its document; where that is gone, somebody may have written it anew by another id."""
        found = (
            self._get(message_path(chat, document_id), [CREATED_AT], budget)
            if document_id
            else None
        )
        if found is not None:
            return _place(document_id, found)
        if not message_id or len(message_id.encode()) >= VALUE_BYTES:
            return None
        query = holding(messages_collection(chat), MESSAGE_ID, message_id, limit=1)
        held = self._query(query, (CREATED_AT,), budget)
        return _found_place(held[0]) if held else None

    def _at(self, chat: ChatKey, place: Place) -> Beyond:
        name = self._calls.name(message_path(chat, place.document_id))
        return Beyond(value=place.time, name=name)

    def _read(
        self, chat: ChatKey, queries: Sequence[Query], budget: Budget
    ) -> tuple[Sequence[list[Found]], Message | None]:
        fields = (*MESSAGE_FIELDS, *SHOWN_FIELDS)
        asking: list[Callable[[], list[Found]]] = [
            partial(self._query, query, fields, budget) for query in queries
        ]
        with translated():
            pending = [self._pool.submit(each) for each in asking]
            enquiry = self._get(enquiry_path(chat), [UNREAD_COUNT], budget)
            return [each.result(budget.left) for each in pending], enquiry

    def _query(self, query: Query, fields: Sequence[str], budget: Budget) -> list[Found]:
        return read(query, fields, calls=self._calls, budget=budget, patience=SHOWING)

    def _get(self, path: str, fields: Sequence[str], budget: Budget) -> Message | None:
        return call(
            lambda seconds: self._calls.get(path, fields, seconds=seconds),
            budget=budget,
            patience=SHOWING,
        )


def _page(
    found: Sequence[Found], enquiry: Message | None, *, older: bool, newer: bool
) -> StoredChat:
    fields = enquiry.fields if enquiry is not None else {}
    return StoredChat(
        messages=[(_found_place(each), each.fields) for each in found],
        older=older,
        newer=newer,
        enquiry_exists=enquiry is not None,
        unread=decode(fields[UNREAD_COUNT]) if UNREAD_COUNT in fields else None,
    )


def _found_place(found: Found) -> Place:
    return _place(found.document_id, found.document)


def _place(document_id: str, document: Message) -> Place:
    has_time = CREATED_AT in document.fields
    time = document.fields[CREATED_AT].SerializeToString() if has_time else b""
    return Place(document_id=document_id, time=time)
