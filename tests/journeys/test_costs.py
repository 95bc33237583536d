"""What an event costs in calls of Firestore: they decide how much one process can take."""

import pytest

from tests.journeys.conftest import AT, World, reaction, status, text
from tests.visn_whatsapp.stack.processes import eventually


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
