"""A chat as people see it, read from Firestore."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eventlog.error_codes import explained
from eventlog.questions.conversation import SHOWN_AT_MOST, Conversation, conversation
from listeners.firestore.errors import Refused, Unavailable
from listeners.tracking import ChatKey
from sandbox import samples
from tests.platform import Platform
from webhooks.models import Event

CHAT = ChatKey(lease_id="lease-1", enquiry_id="e1")
SENT_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def read(platform: Platform, chat: ChatKey = CHAT) -> Conversation:
    return conversation(chat, store=platform.store)


def test_messages_of_both_sides_oldest_first(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT", createdAt=SENT_AT, status="sent")
    platform.deliver(
        samples.text(message_id="wamid.A", body="Here", reply_to="wamid.OUT"),
        samples.reaction(target_id="wamid.OUT", emoji="\N{THUMBS UP SIGN}"),
        statuses=[samples.status(message_id="wamid.OUT", word="read")],
    )
    chat = read(platform)
    assert [(bubble.inbound, bubble.text) for bubble in chat.bubbles] == [
        (True, "Here"),
        (False, "Where are you?"),
    ]
    inbound, outbound = chat.bubbles
    assert (inbound.author, inbound.quoted, inbound.tick) == ("Sheena Nelson", "Where are you?", "")
    assert (outbound.tick, [each.emoji for each in outbound.state.reactions]) == ("read", ["👍"])
    assert (chat.unread, chat.enquiry_exists, chat.more) == (1, True, False)


@pytest.mark.parametrize(
    "odd",
    ["2026-03-02T09:00:00Z", 1772442000, None, True, {"seconds": 1772442000}, [SENT_AT], "other"],
)
def test_a_message_whose_time_is_none_hides_no_other(platform: Platform, odd: object) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.1", createdAt=SENT_AT)
    # Google's client cannot decode a reference into another database than the document's own.
    value = platform.ancillary.document("a/b") if odd == "other" else odd
    platform.sends("e1", "wamid.ODD", createdAt=value)
    platform.sends("e1", "wamid.2", createdAt=SENT_AT + timedelta(seconds=1))
    bubbles = read(platform).bubbles
    times = {bubble.state.message_id: bubble.created_at for bubble in bubbles}
    assert times == {
        "wamid.1": SENT_AT,
        "wamid.ODD": None,
        "wamid.2": SENT_AT + timedelta(seconds=1),
    }
    ordered = [each.state.message_id for each in bubbles if each.created_at]
    assert ordered == ["wamid.1", "wamid.2"]


def test_each_message_leads_to_its_first_event(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT", createdAt=SENT_AT)
    platform.sends("e1", "wamid.LIKED", createdAt=SENT_AT + timedelta(seconds=1))
    platform.sends("e1", "wamid.QUIET", createdAt=SENT_AT + timedelta(seconds=2))
    for word in ("sent", "delivered"):
        platform.deliver(statuses=[samples.status(message_id="wamid.OUT", word=word)])
    for target in ("wamid.OUT", "wamid.LIKED"):
        platform.deliver(samples.reaction(message_id=f"{target}.R", target_id=target))
    first, liked = (Event.objects.get(name="sent"), Event.objects.get(target_id="wamid.LIKED"))
    assert [bubble.event for bubble in read(platform).bubbles] == [first.pk, liked.pk, None]


def test_a_failure_shows_what_meta_said(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT", createdAt=SENT_AT)
    failed = samples.status(message_id="wamid.OUT", word="failed", errors=[samples.FAILURE])
    platform.deliver(statuses=[failed])
    [bubble] = read(platform).bubbles
    [error] = bubble.errors
    assert (bubble.tick, error.code, error.explained) == ("failed", 131049, explained(131049))


def test_only_the_newest_of_many_messages_are_shown(platform: Platform) -> None:
    platform.track("e1")
    batch = platform.main.batch()
    for place in range(SHOWN_AT_MOST + 1):
        fields = {"message": str(place), "createdAt": SENT_AT + timedelta(seconds=place)}
        batch.set(platform.messages("e1").document(), fields)
    batch.commit()
    chat = read(platform)
    assert [bubble.text for bubble in chat.bubbles] == [
        str(place) for place in range(1, SHOWN_AT_MOST + 1)
    ]
    assert (chat.more, chat.older, chat.newer, chat.missing) == (True, 1, None, False)


def fill(platform: Platform, count: int) -> list[str]:
    """A chat of so many messages; returns their document ids, oldest first."""
    batch, ids = platform.main.batch(), [f"message-{place:04}" for place in range(count)]
    for place, document_id in enumerate(ids):
        fields = {"message": str(place), "createdAt": SENT_AT + timedelta(seconds=place)}
        batch.set(platform.messages("e1").document(document_id), fields)
    batch.commit()
    return ids


@pytest.mark.parametrize(
    ("place", "page"), [(229, 0), (130, 0), (129, 1), (30, 1), (29, 2), (0, 2)]
)
def test_a_chat_opens_at_the_message_that_it_is_opened_for(
    platform: Platform, place: int, page: int
) -> None:
    ids = fill(platform, 230)
    chat = conversation(CHAT, store=platform.store, wanted=ids[place])
    assert (chat.page, chat.missing) == (page, False)
    assert [bubble.text for bubble in chat.bubbles if bubble.wanted] == [str(place)]


def test_pages_of_a_chat_hold_each_message_once(platform: Platform) -> None:
    fill(platform, 230)
    pages = [conversation(CHAT, store=platform.store, page=page) for page in range(4)]
    assert [(page.older, page.newer) for page in pages] == [(1, None), (2, 0), (None, 1), (None, 2)]
    texts = [bubble.text for page in reversed(pages) for bubble in page.bubbles]
    assert texts == [str(place) for place in range(230)]


def test_a_message_that_is_gone_is_said_to_be(platform: Platform) -> None:
    fill(platform, SHOWN_AT_MOST + 1)
    assert conversation(CHAT, store=platform.store, wanted="gone").missing is True
    assert conversation(CHAT, store=platform.store, wanted="gone", page=0).missing is False


def test_a_chat_that_is_not_there(platform: Platform) -> None:
    chat = read(platform)
    assert (list(chat.bubbles), chat.enquiry_exists, chat.unread) == ([], False, None)


def test_documents_of_another_form_do_no_harm(platform: Platform) -> None:
    odd: dict[str, Any] = {
        "createdAt": SENT_AT,
        "message": 7,
        "source": None,
        "type": ["x"],
        "status": {},
        "reactions": "x",
        "errors": [7, {"code": 1}],
        "replyTo": 3,
        "forwarded": "yes",
        "profileName": {},
    }
    platform.messages("e1").document().set(odd)
    platform.enquiry("e1").set({"unReadWhatsappMessageCount": "many"})
    chat = read(platform)
    [bubble] = chat.bubbles
    assert (
        bubble.text,
        bubble.author,
        [error.code for error in bubble.errors],
        bubble.inbound,
    ) == (
        "",
        "",
        [1],
        False,
    )
    assert chat.unread is None


def test_ids_that_cannot_be(platform: Platform) -> None:
    with pytest.raises((Refused, Unavailable)):
        read(platform, ChatKey(lease_id="lease-1", enquiry_id="__x__"))
