"""The story says of its own items what the reader of payloads says of them."""

from datetime import UTC, datetime
from urllib.parse import quote

from sandbox import samples
from sandbox.demo import cast, ending, scenes
from sandbox.demo.scenes import Post
from sandbox.demo.story import story
from webhooks.whatsapp.drift.looking import drift
from webhooks.whatsapp.drift.shapes import Departure, Drift
from webhooks.whatsapp.items import Kind
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read

START = 1_749_416_383
POSTS = [step for step in story(start=START) if isinstance(step, Post)]


def test_items_are_in_the_order_of_the_ledger() -> None:
    for post in POSTS:
        named = [item.content.get("id") or "" for item in post.items]
        if named:
            assert [event.message_id for event in read(parse(post.body))] == named


def test_it_tells_everything_that_was_promised() -> None:
    kinds = {event.kind for post in POSTS for event in read(parse(post.body))}
    assert kinds == {Kind.TEXT, Kind.REACTION, Kind.STATUS, Kind.MESSAGE, Kind.CHANGE}
    words = [
        event.name for post in POSTS for event in read(parse(post.body)) if event.kind == "status"
    ]
    assert {"sent", "delivered", "read", "played", "failed"} == set(words)
    assert [post.says for post in POSTS if post.forged] == ["Somebody forges a text of Sheena's"]
    assert max(len(post.items) for post in POSTS) == 41


def test_only_the_odd_item_of_the_batch_is_drift() -> None:
    """What the front page of the demonstration then tells, as the README says."""
    found = {each: post.says for post in POSTS if not post.forged for each in drift(post.body)}
    photo = scenes.photo(cast.STRANGER, serial=1001, at=START)
    traffic = samples.envelope(samples.entry(samples.change(messages=[photo])))
    assert found == {
        Drift(Departure.MISSING, "entry[].changes[].value.messages[].id", "absent"): (
            "A batch of 41 items comes, one of them odd"
        )
    }
    assert drift(samples.encode(traffic)) == {}


def test_steps_come_in_the_order_of_their_times() -> None:
    times = [step.at for step in story(start=START)]
    assert times == sorted(times)


def test_every_message_of_the_stage_has_an_ending() -> None:
    now = datetime.fromtimestamp(START, UTC)
    wanted = ending.chat_messages(start=START, now=now)
    assert {message.path for message in cast.STORED_AT_FIRST} <= wanted.keys()
    assert ending.unread_counts().keys() == {enquiry.path for enquiry in cast.ENQUIRIES}
    assert ending.learned_user_ids().keys() == {enquiry.tracking for enquiry in cast.ENQUIRIES}


def test_unread_counts_are_the_texts_of_each_chat() -> None:
    now = datetime.fromtimestamp(START, UTC)
    paths = list(ending.chat_messages(start=START, now=now))
    inbound = [path for path in paths if path.rpartition("/")[2].startswith(quote("wamid."))]
    counted = {
        path: sum(message.startswith(f"{path}/") for message in inbound)
        for path in ending.unread_counts()
    }
    assert counted == ending.unread_counts()
