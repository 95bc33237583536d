"""A chat as people see it, from the documents in Firestore and the events that the log has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from eventlog.questions.errors import ToldError, told_errors
from eventlog.questions.same import with_messages, with_targets
from eventlog.questions.windows import NEWEST_FIRST
from listeners.chat import ChatMessage
from listeners.firestore.documents import CREATED_AT, Fields, read_message
from listeners.firestore.store import Store, StoredChat
from listeners.tracking import ChatKey
from visn_whatsapp.untrusted import moment, string
from webhooks.models import Event
from webhooks.whatsapp.kinds.status import Status

SHOWN_AT_MOST = 100  # on a page
LOOKED_THROUGH = 5000  # messages, for the page that one of them is on
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """A page of a chat's messages, oldest first. Page 0 has the newest."""

    bubbles: Sequence[Bubble]
    unread: int | None  # None: the enquiry says nothing
    enquiry_exists: bool
    more: bool  # there are older messages
    page: int
    missing: bool  # the message that it was opened for is not among them

    @property
    def older(self) -> int | None:
        """The page of the messages before."""
        return self.page + 1 if self.more else None

    @property
    def newer(self) -> int | None:
        """The page of the messages after."""
        return self.page - 1 if self.page else None


def conversation(
    chat: ChatKey, *, store: Store, wanted: str = "", page: int | None = None
) -> Conversation:
    """Reads a page of a chat; without a number the one with the wanted document, or the newest.

    Raises `Unavailable` or `Refused`.
    """
    stored = _read(chat, page or 0, store)
    found = _holds(stored, wanted)
    if page is None and wanted and not found and _has_more(stored):
        order = store.order(chat, limit=LOOKED_THROUGH)
        if wanted in order:
            page, found = order.index(wanted) // SHOWN_AT_MOST, True
            stored = _read(chat, page, store)
    unread = stored.unread
    return Conversation(
        bubbles=_bubbles(stored.messages[:SHOWN_AT_MOST], wanted),
        unread=int(unread) if isinstance(unread, int | float) else None,
        enquiry_exists=stored.enquiry_exists,
        more=_has_more(stored),
        page=page or 0,
        missing=bool(wanted) and page is None and not found,
    )


def _read(chat: ChatKey, page: int, store: Store) -> StoredChat:
    return store.conversation(chat, limit=SHOWN_AT_MOST + 1, skip=page * SHOWN_AT_MOST)


def _holds(stored: StoredChat, wanted: str) -> bool:
    return any(document_id == wanted for document_id, _ in stored.messages[:SHOWN_AT_MOST])


def _has_more(stored: StoredChat) -> bool:
    return len(stored.messages) > SHOWN_AT_MOST


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
