"""The same again, at once or weeks later: no second message, no second count, the same chat."""

from datetime import timedelta
from uuid import UUID

from listeners.placements import place
from listeners.tracking import ChatKey
from sandbox.samples import image, reaction, status, text
from tests.platform import Platform
from webhooks.models import Event
from webhooks.outcomes import State
from webhooks.whatsapp.kinds.text import TextMessage
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read

APPLIED = ("processed", "applied")
DUPLICATE = ("duplicate", "already_applied")
IGNORED = ("ignored", "unsupported_type")
WEEKS = timedelta(weeks=3)


def close(platform: Platform, record: int) -> None:
    """Closes an enquiry's tracking record."""
    path = f"whatsapp/lease/15550783881/record-{record}"
    platform.ancillary.document(path).update({"active": False})


def only_message(platform: Platform, enquiry: str) -> None:
    """Deletes the only message of a chat, as an administrator might."""
    [found] = platform.messages(enquiry).stream()
    found.reference.delete()


def test_the_same_bytes_weeks_later_change_nothing(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    items = [text(message_id="wamid.T"), reaction(target_id="wamid.OUT")]
    statuses = [status(message_id="wamid.OUT")]
    assert platform.deliver(*items, statuses=statuses) == [APPLIED] * 3
    before = platform.chat("e1")
    platform.now += WEEKS
    repeat = platform.receive(*items, statuses=statuses)
    platform.run(repeat)
    assert platform.chat("e1") == before
    assert platform.unread("e1") == 1
    assert Event.objects.count() == 3


def test_the_same_items_in_another_grouping_are_duplicates(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    items = [text(message_id="wamid.T"), reaction(target_id="wamid.OUT")]
    statuses = [status(message_id="wamid.OUT")]
    platform.deliver(*items, statuses=statuses)
    platform.now += WEEKS
    again = platform.deliver(*items, image(), statuses=statuses)
    assert again == [DUPLICATE, DUPLICATE, IGNORED, DUPLICATE]
    assert platform.unread("e1") == 1


def test_after_a_reassignment_a_text_stays_where_it_was(platform: Platform) -> None:
    platform.track("e1")
    platform.deliver(text(message_id="wamid.T"))
    close(platform, 1)
    platform.track("e2")
    platform.now += WEEKS
    assert platform.deliver(text(message_id="wamid.T"), image()) == [DUPLICATE, IGNORED]
    assert (list(platform.chat("e1")), platform.unread("e1")) == (["wamid.T"], 1)
    assert (list(platform.chat("e2")), platform.unread("e2")) == ([], 0)


def test_after_its_deletion_a_text_does_not_come_back(platform: Platform) -> None:
    platform.track("e1")
    platform.deliver(text(message_id="wamid.T"))
    only_message(platform, "e1")
    platform.now += WEEKS
    assert platform.deliver(text(message_id="wamid.T"), image()) == [DUPLICATE, IGNORED]
    assert (platform.chat("e1"), platform.unread("e1")) == ({}, 1)


def test_a_text_deleted_while_the_first_delivery_was_still_open(platform: Platform) -> None:
    """A run took the placement and ended; another delivery wrote the text; it was deleted then."""
    platform.track("e1")
    first = platform.receive(text(message_id="wamid.T"))
    take_placement(first, ChatKey(lease_id="lease-1", enquiry_id="e1"))
    assert platform.deliver(text(message_id="wamid.T"), image()) == [DUPLICATE, IGNORED]
    only_message(platform, "e1")
    assert platform.pass_time(first, WEEKS) == [APPLIED]
    assert (platform.chat("e1"), platform.unread("e1")) == ({}, 1)


def take_placement(delivery: UUID, chat: ChatKey) -> None:
    """Does what a run does until it has a text's placement, and no more."""
    row = Event.objects.select_related("delivery").get(delivery=delivery)
    [event] = read(parse(bytes(row.delivery.body or b"")))
    assert isinstance(event, TextMessage)
    place({0: (event, row, chat)})


def test_the_first_delivery_gave_up_before_it_wrote(platform: Platform) -> None:
    """Whoever comes next takes over its placement, and is the one that was processed."""
    platform.track("e1")
    first = platform.receive(text(message_id="wamid.T"))
    take_placement(first, ChatKey(lease_id="lease-1", enquiry_id="e1"))
    Event.objects.update(state=State.FAILED, reason="gave_up", check_at=None)
    assert platform.deliver(text(message_id="wamid.T"), image()) == [APPLIED, IGNORED]
    assert platform.unread("e1") == 1
