"""A chat as people see it, from the documents in Firestore and the events that the log has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from itertools import chain

from eventlog.questions.errors import ToldError, told_errors
from eventlog.questions.same import with_messages, with_targets
from eventlog.questions.windows import NEWEST_FIRST
from listeners.chat import ChatMessage
from listeners.firestore.chats import Place, StoredChat
from listeners.firestore.documents import CREATED_AT, MESSAGE_ID, Fields, read_message
from listeners.firestore.store import Store
from listeners.tracking import ChatKey
from visn_whatsapp.untrusted import moment, string
from webhooks.models import Event
from webhooks.whatsapp.kinds.status import Status

SHOWN_AT_MOST = 50  # on a page
INBOUND = "driver"
ARRIVED = frozenset({Status.DELIVERED.word, Status.READ.word, Status.PLAYED.word})


@dataclass(frozen=True, kw_only=True, slots=True)
class Bubble:
    """One message of the chat."""

    state: ChatMessage  # status, reactions, errors
    inbound: bool
    source: str
    text: str
    type: str
    author: str  # the driver's profile name, where they have one
    created_at: datetime | None
    forwarded: bool
    reply_to: str  # Meta's id of the quoted message
    quoted: str  # its text, where it is among the messages shown
    event: int | None  # the first event about it in the log
    wanted: bool  # it is the message that the chat was opened for

    @property
    def tick(self) -> str:
        """How far the message got, for outbound messages; otherwise nothing."""
        return "" if self.inbound else self.state.status

    @property
    def arrived(self) -> bool:
        """Whether the driver got the message, whatever Meta also says."""
        return self.tick in ARRIVED

    @property
    def errors(self) -> Sequence[ToldError]:
        """What Meta said about a failure, and what it means."""
        errors = self.state.errors.values if self.state.errors else ()
        return told_errors(error for error in errors if isinstance(error, Mapping))


class Standing(Enum):
    """Where the message is that a chat was opened for."""

    HERE = auto()  # on this page
    ELSEWHERE = auto()  # nobody has looked: another page was asked for
    GONE = auto()  # not in the chat
    WITHOUT_TIME = auto()  # in the chat, but by no time, so that no page can have it


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """The message that a chat is opened for."""

    document_id: str  # the document that it was; empty: nobody has noted it
    message_id: str  # Meta's id of it


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """A page of a chat's messages, oldest first."""

    bubbles: Sequence[Bubble]
    unread: int | None  # None: the enquiry says nothing
    enquiry_exists: bool
    older: Place | None  # beyond which there are older ones
    newer: Place | None
    standing: Standing


def opened(chat: ChatKey, wanted: Wanted, *, store: Store) -> Conversation:
    """The messages around the wanted one, or the newest where it has no place among them.

    Raises `Unavailable` or `Refused`.
    """
    stored, place = store.chats.opened_at(
        chat,
        document_id=wanted.document_id,
        message_id=wanted.message_id,
        limit=SHOWN_AT_MOST,
    )
    if place is None:
        return _conversation(stored, wanted, Standing.GONE)
    standing = Standing.HERE if place.time else Standing.WITHOUT_TIME
    return _conversation(stored, replace(wanted, document_id=place.document_id), standing)


def turned(
    chat: ChatKey, wanted: Wanted, place: Place, *, newer: bool, store: Store
) -> Conversation:
    """The messages next to a place: the older ones, or the newer. Raises as `opened` does."""
    stored = store.chats.beyond(chat, place, newer=newer, limit=SHOWN_AT_MOST)
    here = _among(stored.messages, wanted)
    standing = Standing.HERE if here else Standing.ELSEWHERE
    return _conversation(stored, replace(wanted, document_id=here), standing)


def _among(messages: Sequence[tuple[Place, Fields]], wanted: Wanted) -> str:
    """The document of the wanted message on a page; empty where it is on another."""
    by_document = {place.document_id for place, _ in messages} & {wanted.document_id}
    by_id = (
        place.document_id
        for place, fields in messages
        if wanted.message_id and fields.get(MESSAGE_ID) == wanted.message_id
    )
    return next(chain(by_document, by_id), "")


def _conversation(stored: StoredChat, wanted: Wanted, standing: Standing) -> Conversation:
    places = [place for place, _ in stored.messages]
    unread = stored.unread
    return Conversation(
        bubbles=_bubbles(
            [(place.document_id, fields) for place, fields in stored.messages], wanted.document_id
        ),
        unread=int(unread) if isinstance(unread, int | float) else None,
        enquiry_exists=stored.enquiry_exists,
        older=places[-1] if places and stored.older else None,
        newer=places[0] if places and stored.newer else None,
        standing=standing,
    )


def _bubbles(newest_first: Sequence[tuple[str, Fields]], wanted: str) -> list[Bubble]:
    states = [
        read_message(document_id=document_id, fields=fields) for document_id, fields in newest_first
    ]
    events = first_events([state.message_id for state in states if state.message_id])
    texts = {
        state.message_id: string(fields.get("message"))
        for state, (_, fields) in zip(states, newest_first, strict=True)
    }
    pairs = zip(states, newest_first, strict=True)
    bubbles = [
        _bubble(state, fields, texts, events, wanted=bool(wanted) and document_id == wanted)
        for state, (document_id, fields) in pairs
    ]
    return bubbles[::-1]


def first_events(message_ids: Sequence[str]) -> Mapping[str, int]:
    """The first event about each message that the log has one of, or else that refers to it."""
    about = Event.objects.filter(with_messages(message_ids)).order_by(*NEWEST_FIRST)
    first = dict(about.values_list("message_id", "pk"))
    others = [message_id for message_id in message_ids if message_id not in first]
    if others:
        referring = Event.objects.filter(with_targets(others)).order_by(*NEWEST_FIRST)
        first |= dict(referring.values_list("target_id", "pk"))
    return first


def _bubble(
    state: ChatMessage,
    fields: Fields,
    texts: Mapping[str, str],
    events: Mapping[str, int],
    *,
    wanted: bool,
) -> Bubble:
    reply_to = string(fields.get("replyTo"))
    source = string(fields.get("source"))
    return Bubble(
        state=state,
        inbound=source == INBOUND,
        source=source,
        text=string(fields.get("message")),
        type=string(fields.get("type")),
        author=string(fields.get("profileName")),
        created_at=moment(fields.get(CREATED_AT)),
        forwarded=fields.get("forwarded") is True,
        reply_to=reply_to,
        quoted=texts.get(reply_to, "") if reply_to else "",
        event=events.get(state.message_id),
        wanted=wanted,
    )
