"""A chat as people see it, read from Firestore."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eventlog.error_codes import explained
from eventlog.questions.conversation import (
    SHOWN_AT_MOST,
    Conversation,
    Standing,
    Wanted,
    opened,
    turned,
)
from listeners.firestore.errors import Refused, Unavailable
from listeners.tracking import ChatKey
from sandbox import samples
from tests.platform import Platform
from tests.rows import make_event
from webhooks.models import Event

CHAT = ChatKey(lease_id="lease-1", enquiry_id="e1")
SENT_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


NOTHING = Wanted(document_id="", message_id="")


def read(platform: Platform, chat: ChatKey = CHAT, wanted: Wanted = NOTHING) -> Conversation:
    return opened(chat, wanted, store=platform.store)


def document(document_id: str) -> Wanted:
    """The message of a document."""
    return Wanted(document_id=document_id, message_id="")


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
    assert (chat.unread, chat.enquiry_exists) == (1, True)
    assert (chat.older, chat.newer) == (None, None)


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


def test_a_message_that_was_not_sent_yet_leads_to_no_event(platform: Platform) -> None:
    """It has no id of Meta's, nor has what was erased."""
    platform.track("e1")
    platform.messages("e1").document().set({"message": "Hello", "createdAt": SENT_AT})
    make_event(message_id="", target_id="")
    assert [bubble.event for bubble in read(platform).bubbles] == [None]


def test_a_failure_shows_what_meta_said(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT", createdAt=SENT_AT)
    failed = samples.status(message_id="wamid.OUT", word="failed", errors=[samples.FAILURE])
    platform.deliver(statuses=[failed])
    [bubble] = read(platform).bubbles
    [error] = bubble.errors
    assert (bubble.tick, error.code, error.explained) == ("failed", 131049, explained(131049))


def fill(platform: Platform, count: int, *, apart: timedelta = timedelta(seconds=1)) -> list[str]:
    """A chat of so many messages; returns their document ids, oldest first."""
    batch, ids = platform.main.batch(), [f"message-{place:04}" for place in range(count)]
    for place, document_id in enumerate(ids):
        fields = {
            "message": str(place),
            "createdAt": SENT_AT + place * apart,
            "whatsappMessageId": f"wamid.{place}",
        }
        batch.set(platform.messages("e1").document(document_id), fields)
    batch.commit()
    return ids


def pages_from(platform: Platform, first: Conversation, *, newer: bool) -> list[list[str]]:
    """The texts of a page and of all others in one direction, in the order of the chat."""
    pages, chat = [[bubble.text for bubble in first.bubbles]], first
    while (place := chat.newer if newer else chat.older) is not None:
        chat = turned(CHAT, NOTHING, place, newer=newer, store=platform.store)
        # The other way leads back to where one came from.
        assert (chat.older if newer else chat.newer) is not None
        pages.append([bubble.text for bubble in chat.bubbles])
    return pages if newer else pages[::-1]


def texts(pages: list[list[str]]) -> list[str]:
    return [each for page in pages for each in page]


def test_only_the_newest_of_many_messages_are_shown(platform: Platform) -> None:
    fill(platform, SHOWN_AT_MOST + 1)
    chat = read(platform)
    assert [bubble.text for bubble in chat.bubbles] == [
        str(place) for place in range(1, SHOWN_AT_MOST + 1)
    ]
    assert (chat.older is None, chat.newer) == (False, None)


@pytest.mark.parametrize(
    ("place", "first", "last"),
    [(119, 94, 119), (100, 75, 119), (60, 35, 84), (25, 0, 49), (3, 0, 27), (0, 0, 24)],
)
def test_a_chat_opens_around_the_message_that_it_is_opened_for(
    platform: Platform, place: int, first: int, last: int
) -> None:
    ids = fill(platform, 120)
    for wanted in (
        document(ids[place]),
        Wanted(document_id="", message_id=f"wamid.{place}"),
        Wanted(document_id="written-anew-since", message_id=f"wamid.{place}"),
    ):
        chat = read(platform, wanted=wanted)
        assert chat.standing is Standing.HERE
        assert [bubble.text for bubble in chat.bubbles if bubble.wanted] == [str(place)]
        shown = [int(bubble.text) for bubble in chat.bubbles]
        assert (shown, len(shown) <= SHOWN_AT_MOST) == ([*range(first, last + 1)], True)
        assert (chat.older is None, chat.newer is None) == (first == 0, last == 119)


# Of one second each, as Meta tells times, or all of one second.
@pytest.mark.parametrize("apart", [timedelta(seconds=1), timedelta()])
def test_pages_of_a_chat_hold_each_message_once(platform: Platform, apart: timedelta) -> None:
    ids = fill(platform, 130, apart=apart)
    every = [str(place) for place in range(130)]
    newest = read(platform)
    assert texts(pages_from(platform, newest, newer=False)) == every
    middle = read(platform, wanted=document(ids[70]))
    before = texts(pages_from(platform, middle, newer=False)[:-1])
    assert [*before, *texts(pages_from(platform, middle, newer=True))] == every


def test_times_of_whatever_form_are_passed(platform: Platform) -> None:
    """Firestore sorts values of every kind; each of these is at the edge of some page."""
    odd = [None, True, 7, 7.5, SENT_AT, SENT_AT, "2026", b"x", [1], {"seconds": 1}]
    batch = platform.main.batch()
    for place in range(12 * len(odd)):
        fields = {"message": str(place), "createdAt": odd[place % len(odd)]}
        batch.set(platform.messages("e1").document(f"message-{place:04}"), fields)
    batch.commit()
    shown = texts(pages_from(platform, read(platform), newer=False))
    assert sorted(map(int, shown)) == [*range(12 * len(odd))]
    oldest = read(platform, wanted=document("message-0000"))
    assert sorted(texts(pages_from(platform, oldest, newer=True))) == sorted(shown)


def test_another_page_says_whether_it_has_the_message(platform: Platform) -> None:
    ids = fill(platform, 120)
    first = read(platform)
    assert first.older is not None
    for place, standing in ((119, Standing.ELSEWHERE), (60, Standing.HERE)):
        chat = turned(CHAT, document(ids[place]), first.older, newer=False, store=platform.store)
        assert chat.standing is standing
        assert [bubble.text for bubble in chat.bubbles if bubble.wanted] == (
            [str(place)] if standing is Standing.HERE else []
        )


@pytest.mark.parametrize(
    "wanted", [document("gone"), Wanted(document_id="", message_id="wamid.GONE"), NOTHING]
)
def test_a_message_that_is_gone_is_said_to_be(platform: Platform, wanted: Wanted) -> None:
    fill(platform, 3)
    chat = read(platform, wanted=wanted)
    assert (chat.standing, len(chat.bubbles)) == (Standing.GONE, 3)


def test_an_id_that_no_query_takes_is_in_no_chat(platform: Platform) -> None:
    wanted = Wanted(document_id="", message_id="w" * 1500)
    assert read(platform, wanted=wanted).standing is Standing.GONE


def test_a_message_without_a_time_is_in_no_page_and_the_chat_says_so(platform: Platform) -> None:
    fill(platform, 3)
    platform.messages("e1").document("odd").set({"message": "odd"})
    chat = read(platform, wanted=document("odd"))
    assert (chat.standing, len(chat.bubbles)) == (Standing.WITHOUT_TIME, 3)


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
