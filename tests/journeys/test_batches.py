"""Large deliveries, and one odd item among a thousand."""

import json
from collections import Counter

import pytest

from sandbox import samples
from tests.journeys.conftest import AT, World, reaction, status, text

WORDS = ("sent", "delivered", "read", "played", "failed")


def test_three_megabytes_of_texts_are_applied_and_an_odd_one_fails_alone(world: World) -> None:
    enquiries = [world.chat() for _ in range(10)]
    words = "All of this has to be written down. " * 81
    texts = [
        text(enquiry, words=words, at=AT + place) for place in range(98) for enquiry in enquiries
    ]
    odd = samples.text(message_id="", number=enquiries[0].driver.number, timestamp=AT)
    body = world.delivery(*enquiries, messages=[*texts[:400], odd, *texts[400:]])
    assert 2_950_000 < len(body) <= 3_145_728

    assert world.post(body) == 200

    rows = world.ledger.settled(body, seconds=60)
    assert Counter(row[:2] for row in rows) == {
        ("processed", "applied"): 980,
        ("failed", "malformed"): 1,
    }
    assert [world.unread(enquiry) for enquiry in enquiries] == [98] * 10


def test_a_thousand_items_of_every_kind_with_one_odd_among_them(world: World) -> None:
    enquiries = [world.chat() for _ in range(50)]
    outbound = [world.outbound(enquiry) for enquiry in enquiries]
    odd = samples.text(message_id="", number=enquiries[0].driver.number, timestamp=AT)
    groups = {
        ("processed", "applied"): [
            *(text(enquiry, at=AT + place) for place in range(10) for enquiry in enquiries),
            *(reaction(message, "\N{THUMBS UP SIGN}") for message in outbound),
        ],
        ("ignored", "unsupported_type"): [samples.image(message_id=f"p{n}") for n in range(149)],
        ("failed", "malformed"): [odd],
    }
    messages = [item for items in groups.values() for item in items]
    messages.insert(350, messages.pop())  # the odd one goes among the others
    statuses = [
        status(message, word, at=AT + place)
        for message in outbound
        for place, word in enumerate(WORDS)
    ]
    errors: list[samples.Json] = [{"code": 130429, "title": "Rate limit hit"}] * 50
    body = world.delivery(*enquiries, messages=messages, statuses=statuses, errors=errors)
    assert len(messages) + len(statuses) + len(errors) == 1000

    assert world.post(body) == 200

    rows = world.ledger.settled(body, seconds=60)
    assert Counter(row[:2] for row in rows) == {
        ("processed", "applied"): 550 + 200,
        ("processed", "failed_after_delivery"): 50,
        ("ignored", "unsupported_type"): 149,
        ("ignored", "error_notice"): 50,
        ("failed", "malformed"): 1,
    }
    assert rows[350].reason == "malformed"
    assert [world.unread(enquiry) for enquiry in enquiries] == [10] * 50
    assert {world.platform.read(message.path)["status"] for message in outbound} == {"played"}


def test_a_refused_write_fails_one_event_and_touches_no_other(world: World) -> None:
    enquiries = [world.chat() for _ in range(4)]
    texts = [text(enquiry, at=AT + place) for place in range(5) for enquiry in enquiries]
    too_large = text(enquiries[1], words="x" * 1_100_000)
    body = world.delivery(*enquiries, messages=[*texts[:10], too_large, *texts[10:]])

    assert world.post(body) == 200

    rows = world.ledger.settled(body)
    assert [place for place, row in enumerate(rows) if row.state != "processed"] == [10]
    assert rows[10][:2] == ("failed", "too_large")
    assert [world.unread(enquiry) for enquiry in enquiries] == [5] * 4


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"not json", ("failed", "malformed")),
        (b"[" * 100_000, ("failed", "malformed")),
        (b'{"object":"instagram","entry":[{"id":"1"}]}', ("ignored", "not_whatsapp")),
    ],
)
def test_what_is_signed_but_not_whatsapp_is_stored_without_a_task(
    world: World, body: bytes, outcome: tuple[str, str]
) -> None:
    assert world.post(body) == 200

    assert [row[:2] for row in world.ledger.events(body)] == [outcome]
    assert world.running.emulators.counters.read() == {}


def test_a_payload_that_only_the_tolerant_reader_takes_goes_all_the_way(world: World) -> None:
    enquiry = world.chat()
    payload = json.loads(world.delivery(enquiry, messages=[text(enquiry, words="WORDS")]))
    body = json.dumps(payload).replace("WORDS", r"a\ud800b\u0000c").encode()

    assert world.post(body) == 200

    [row] = world.ledger.settled(body)
    assert row[:2] == ("processed", "applied")
    document = world.platform.read(f"{enquiry.messages}/{row.document}")
    assert document["message"] == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"
