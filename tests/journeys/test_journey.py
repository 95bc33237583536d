"""One event's way through three processes: gateway, callable, listener; and what it leaves."""

from datetime import datetime
from urllib.parse import quote

from sandbox import samples
from tests.journeys.conftest import AT, NOW, World, reaction, status, text
from tests.sandbox.stack.processes import eventually

APPLIED = ("processed", "applied")


def test_a_text_becomes_a_message_of_its_chat(world: World) -> None:
    enquiry = world.chat()
    item = text(enquiry, words="Is it ready?")
    body = world.delivery(enquiry, messages=[item])

    assert world.post(body) == 200

    message_id = str(item["id"])
    document_id = quote(message_id, safe="=")
    assert world.ledger.settled(body) == [(*APPLIED, document_id)]
    document = world.platform.read(f"{enquiry.messages}/{document_id}")
    assert isinstance(document.pop("receivedAt"), datetime)
    assert document == {
        "whatsappMessageId": message_id,
        "source": "driver",
        "type": "text",
        "message": "Is it ready?",
        "from": enquiry.driver.number,
        "fromUserId": enquiry.driver.user_id,
        "to": world.lease_number,
        "createdAt": NOW,
        "status": "received",
    }
    assert world.unread(enquiry) == 1
    assert world.ledger.runs(body) == [("done", "")]


def test_it_goes_through_every_process_once(world: World) -> None:
    enquiry = world.chat()
    body = world.delivery(enquiry, messages=[text(enquiry)])
    before = {name: len(log.splitlines()) for name, log in world.running.logs().items()}

    def new() -> dict[str, list[str]]:
        logs = world.running.logs()
        return {name: log.splitlines()[before[name] :] for name, log in logs.items()}

    world.post(body)
    world.ledger.settled(body)

    # The access log has its line a moment after the answer.
    assert eventually(lambda: len([line for lines in new().values() for line in lines]) == 3)
    requests = {name: [line.split('"')[1] for line in lines] for name, lines in new().items()}
    assert {name: asked for name, asked in requests.items() if asked} == {
        "repair-serve-api": ["POST /v1/webhooks/whatsapp/webhook HTTP/1.1"],
        "repair-serve-callable": ["POST /callable/whatsapp/events HTTP/1.1"],
        "queue-services": ["POST /webhook-listeners/whatsapp HTTP/1.1"],
    }


def test_reactions_and_statuses_change_the_message_that_they_name(world: World) -> None:
    enquiry = world.chat()
    message = world.outbound(enquiry)
    body = world.delivery(
        enquiry,
        messages=[reaction(message, "\N{THUMBS UP SIGN}", at=AT + 2)],
        statuses=[status(message, "read", at=AT + 1), status(message, "sent", at=AT)],
    )

    assert world.post(body) == 200

    assert world.ledger.settled(body) == [(*APPLIED, message.document_id)] * 3
    document = world.platform.read(message.path)
    assert document["status"] == "read"
    assert [each["emoji"] for each in document["reactions"]] == ["\N{THUMBS UP SIGN}"]  # type: ignore[attr-defined]


def test_a_status_waits_for_its_message(world: World) -> None:
    enquiry = world.chat()
    message = world.outbound(enquiry, stored=False)
    body = world.delivery(enquiry, statuses=[status(message, "delivered")])

    assert world.post(body) == 200
    assert eventually(lambda: [row.state for row in world.ledger.events(body)] == ["waiting"])
    world.platform.store({message.path: message.fields(now=NOW)})

    assert world.ledger.settled(body) == [(*APPLIED, message.document_id)]
    assert world.platform.read(message.path)["status"] == "delivered"
    assert world.ledger.runs(body) == [("done", ""), ("done", "")]


def test_the_same_bytes_again_change_nothing(world: World) -> None:
    enquiry = world.chat()
    body = world.delivery(enquiry, messages=[text(enquiry)])
    world.post(body)
    settled = world.ledger.settled(body)
    world.forget_calls()

    assert world.post(body) == 200

    assert world.ledger.deliveries(body) == 2
    assert world.ledger.events(body) == settled
    assert world.running.emulators.counters.read() == {}
    assert world.unread(enquiry) == 1


def test_the_same_text_in_other_bytes_is_a_duplicate(world: World) -> None:
    enquiry = world.chat()
    item = text(enquiry)
    first = world.delivery(enquiry, messages=[item])
    second = samples.encode(
        samples.envelope(
            samples.entry(samples.change(messages=[item], lease_number=world.lease_number))
        )
    )
    world.post(first)
    world.ledger.settled(first)

    assert world.post(second) == 200

    assert [row.reason for row in world.ledger.settled(second)] == ["already_applied"]
    assert world.unread(enquiry) == 1
