"""What an event costs in calls of Firestore: they decide how much one process can take."""

import pytest

from sandbox import samples
from sandbox.demo.cast import Enquiry
from sandbox.samples import Json
from tests.journeys.conftest import AT, World, reaction, status, text
from tests.sandbox.stack.processes import eventually


def test_a_text_costs_two_calls(world: World) -> None:
    enquiry = world.chat()
    body = world.delivery(enquiry, messages=[text(enquiry)])
    world.forget_calls()

    world.post(body)

    world.ledger.settled(body)
    assert world.firestore_calls() == {"Commit": 1, "RunQuery": 1}


def test_a_driver_s_first_text_costs_one_more_to_learn_his_user_id(world: World) -> None:
    enquiry = world.chat(knows_user_id=False)
    first = world.delivery(enquiry, messages=[text(enquiry)])
    second = world.delivery(enquiry, messages=[text(enquiry)])
    world.forget_calls()

    world.post(first)
    assert eventually(lambda: world.firestore_calls() == {"Commit": 2, "RunQuery": 1})
    learned = world.platform.read_tracking(enquiry.tracking)["driverUserId"]
    world.forget_calls()
    world.post(second)
    world.ledger.settled(second)

    assert learned == enquiry.driver.user_id
    assert world.firestore_calls() == {"Commit": 1, "RunQuery": 1}


@pytest.mark.parametrize("kind", ["status", "reaction"])
def test_a_status_or_reaction_costs_three_calls(world: World, kind: str) -> None:
    enquiry = world.chat()
    message = world.outbound(enquiry)
    world.forget_calls()
    body = (
        world.delivery(enquiry, statuses=[status(message, "read")])
        if kind == "status"
        else world.delivery(enquiry, messages=[reaction(message, "\N{THUMBS UP SIGN}")])
    )

    world.post(body)

    world.ledger.settled(body)
    assert world.firestore_calls() == {"Commit": 1, "RunQuery": 2}


def test_a_batch_of_a_thousand_texts_of_five_hundred_drivers_costs_about_a_hundred(
    world: World,
) -> None:
    enquiries = [world.chat() for _ in range(500)]
    texts = [text(enquiry, at=AT + place) for enquiry in enquiries for place in range(2)]
    body = world.delivery(*enquiries, messages=texts)
    world.forget_calls()

    assert world.post(body) == 200

    assert len(world.ledger.settled(body, seconds=60)) == 1000
    calls = world.firestore_calls()
    assert calls.keys() == {"Commit", "RunQuery"}
    assert sum(calls.values()) <= 100
    assert {world.unread(enquiry) for enquiry in enquiries[::50]} == {2}


def older_gateway_wrote(world: World, enquiry: Enquiry, item: Json) -> None:
    """A document of another id holds the text's id of Meta."""
    path = f"{enquiry.path}/whatsapp/messages/chatMessages/Zgateway1"
    world.platform.store({path: {"whatsappMessageId": item["id"], "source": "driver"}})


def reaction_to(item: Json, enquiry: Enquiry) -> Json:
    """The driver's reaction to their own text."""
    return samples.reaction(
        message_id=f"{item['id']}-reaction",
        number=enquiry.driver.number,
        user_id=enquiry.driver.user_id,
        timestamp=AT,
        target_id=str(item["id"]),
    )


def test_a_text_that_an_older_gateway_wrote_costs_two_and_beside_a_reaction_three(
    world: World,
) -> None:
    """It is written and counted in both: nobody has said that there was a cut-over."""
    enquiry = world.chat()
    texts = [text(enquiry), text(enquiry)]
    for item in texts:
        older_gateway_wrote(world, enquiry, item)
    alone = world.delivery(enquiry, messages=[texts[0]])
    beside = world.delivery(enquiry, messages=[texts[1], reaction_to(texts[1], enquiry)])
    calls = []
    for body in (alone, beside):
        world.forget_calls()
        world.post(body)
        assert {row[:2] for row in world.ledger.settled(body)} == {("processed", "applied")}
        calls.append(world.firestore_calls())

    assert calls == [{"Commit": 1, "RunQuery": 1}, {"Commit": 1, "RunQuery": 2}]
    assert world.unread(enquiry) == 2


def test_inside_a_restore_window_a_text_costs_one_more_and_afterwards_two_again(
    world: World,
) -> None:
    enquiry = world.chat()
    new, old = text(enquiry), text(enquiry)
    older_gateway_wrote(world, enquiry, old)
    bodies = [world.delivery(enquiry, messages=[item]) for item in (new, old, text(enquiry))]
    calls, outcomes = [], []
    window = world.running.manage("restored", "--cut-over").split("Window ")[-1].split(":")[0]
    for body in bodies:
        if body is bodies[-1]:
            world.running.manage("restored", "--close", window)
        world.forget_calls()
        world.post(body)
        outcomes += [row[:2] for row in world.ledger.settled(body)]
        calls.append(world.firestore_calls())

    searched = {"Commit": 1, "RunQuery": 2}
    assert calls == [searched, {"RunQuery": 2}, {"Commit": 1, "RunQuery": 1}]
    assert [state for state, _ in outcomes] == ["processed", "duplicate", "processed"]
    assert world.unread(enquiry) == 2
