"""The contract's rules for one message, as the contract words them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from listeners.chat import (
    ChatMessage,
    Errors,
    PersonReaction,
    ReactionMark,
    with_reaction,
    with_status,
)
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Kind
from webhooks.whatsapp.kinds.reaction import Reaction
from webhooks.whatsapp.kinds.status import Status, StatusUpdate

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DRIVER = "447700900123"
OUTBOUND = ChatMessage(document_id="auto1", message_id="wamid.OUT")


def at(seconds: int) -> datetime:
    """A time some seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def status(word: str, seconds: int, *errors: dict[str, object]) -> StatusUpdate:
    """A status that Meta dates some seconds after noon."""
    return StatusUpdate(
        position=0,
        kind=Kind.STATUS,
        name=word,
        message_id="wamid.OUT",
        occurred_at=at(seconds),
        status=Status[word.upper()],
        errors=errors,
    )


def reaction(emoji: str, seconds: int, *, message_id: str = "wamid.R1") -> Reaction:
    """A reaction, or with an empty emoji a removal, some seconds after noon."""
    return Reaction(
        position=0,
        kind=Kind.REACTION,
        name="reaction",
        message_id=message_id,
        occurred_at=at(seconds),
        target_id="wamid.OUT",
        emoji=emoji,
    )


def after_statuses(*items: StatusUpdate, message: ChatMessage = OUTBOUND) -> ChatMessage:
    """The message once these statuses came, in this order."""
    for item in items:
        message, _ = with_status(message, item)
    return message


def after_reactions(*items: Reaction) -> ChatMessage:
    """The message once these reactions came, in this order."""
    message = OUTBOUND
    for item in items:
        message, _ = with_reaction(message, item, person=DRIVER)
    return message


def test_each_greater_status_replaces_the_lesser() -> None:
    words = ["sent", "failed", "delivered", "read", "played"]
    message, shown = OUTBOUND, []
    for seconds, word in enumerate(words):
        message, reason = with_status(message, status(word, seconds))
        shown.append((message.status, reason))
    assert shown == [(word, Reason.APPLIED) for word in words]


def test_a_status_never_goes_back() -> None:
    message, reason = with_status(after_statuses(status("read", 2)), status("delivered", 1))
    assert (message.status, reason) == ("read", Reason.LATE_STATUS)
    assert message.status_times == {"read": at(2), "delivered": at(1)}


@pytest.mark.parametrize("stored", ["", "queued", "received", "READ"])
def test_any_other_stored_status_ranks_lowest(stored: str) -> None:
    message, reason = with_status(replace(OUTBOUND, status=stored), status("sent", 0))
    assert (message.status, reason) == ("sent", Reason.APPLIED)


def test_a_time_is_the_earliest_that_meta_gave() -> None:
    message = after_statuses(status("read", 5), status("read", 9), status("read", 3))
    assert message.status_times == {"read": at(3)}


def test_a_word_that_the_sender_puts_back_is_raised_again() -> None:
    put_back = replace(after_statuses(status("delivered", 5)), status="sent")
    message, reason = with_status(put_back, status("sent", 1))
    assert (message.status, reason) == ("delivered", Reason.LATE_STATUS)
    assert message.status_times == {"sent": at(1), "delivered": at(5)}


@pytest.mark.parametrize("word", ["sent", "failed", "read"])
def test_the_first_of_a_status_that_the_sender_has_stored_is_not_late(word: str) -> None:
    message, reason = with_status(replace(OUTBOUND, status=word), status(word, 1))
    assert (message.status, message.status_times, reason) == (word, {word: at(1)}, Reason.APPLIED)


def test_the_same_status_again_changes_nothing() -> None:
    once = after_statuses(status("delivered", 1))
    assert with_status(once, status("delivered", 1)) == (once, Reason.ALREADY_APPLIED)
    assert with_status(once, status("delivered", 8)) == (once, Reason.ALREADY_APPLIED)


def test_a_failure_after_delivery_is_noted_and_does_not_show() -> None:
    message, reason = with_status(
        after_statuses(status("delivered", 1)), status("failed", 2, {"code": 131049})
    )
    assert reason == Reason.FAILED_AFTER_DELIVERY
    assert message.status == "delivered"
    assert message.errors == Errors(({"code": 131049},))


def test_a_delivery_after_a_failure_shows_and_the_errors_stay() -> None:
    message = after_statuses(status("failed", 1, {"code": 1}), status("delivered", 2))
    assert (message.status, message.errors) == ("delivered", Errors(({"code": 1},)))


def test_the_errors_are_those_of_the_earliest_failure_whatever_the_order() -> None:
    failures = [
        status("failed", 3, {"code": 3}),
        status("failed", 1, {"code": 2, "title": "b"}),
        status("failed", 1, {"title": "a", "code": 2}),  # the smaller as canonical JSON
        status("failed", 2),
    ]
    ends = {repr(after_statuses(*order)) for order in permutations(failures)}
    assert ends == {
        repr(
            replace(
                OUTBOUND,
                status="failed",
                status_times={"failed": at(1)},
                errors=Errors(({"title": "a", "code": 2},)),
            )
        )
    }


@pytest.mark.parametrize("codes", [(1, 1.0), (1, True), (0, False), (0.0, -0.0)])
def test_what_python_takes_for_equal_is_told_apart(codes: tuple[object, object]) -> None:
    failures = [status("failed", 1, {"code": code}) for code in codes]
    ends = {repr(after_statuses(*order)) for order in permutations(failures)}
    assert len(ends) == 1
    assert after_statuses(failures[0]) != after_statuses(failures[1])


def test_statuses_give_the_same_message_in_any_order() -> None:
    items = [
        status("sent", 1),
        status("delivered", 1),
        status("read", 2),
        status("read", 4),
        status("failed", 3, {"code": 5}),
    ]
    expected = replace(
        OUTBOUND,
        status="read",
        status_times={"sent": at(1), "delivered": at(1), "read": at(2), "failed": at(3)},
        errors=Errors(({"code": 5},)),
    )
    for order in permutations(items):
        assert after_statuses(*order) == expected


def test_a_reaction_is_appended_to_its_message() -> None:
    message, reason = with_reaction(OUTBOUND, reaction("👍", 1), person=DRIVER)
    assert reason == Reason.APPLIED
    assert message.reactions == (
        PersonReaction(emoji="👍", person=DRIVER, message_id="wamid.R1", reacted_at=at(1)),
    )
    assert message.marks == {DRIVER: ReactionMark(at(1), False, "wamid.R1")}


def test_a_person_has_at_most_one_reaction_and_the_newest_wins() -> None:
    message = after_reactions(reaction("👍", 1), reaction("❤", 2, message_id="wamid.R2"))
    assert [each.emoji for each in message.reactions] == ["❤"]


def test_a_removal_takes_the_reaction_away_and_a_late_one_does_not_come_back() -> None:
    removed = after_reactions(reaction("👍", 1), reaction("", 3, message_id="wamid.R2"))
    assert removed.reactions == ()
    late = reaction("😮", 2, message_id="wamid.R3")
    assert with_reaction(removed, late, person=DRIVER) == (removed, Reason.LATE_REACTION)


def test_in_the_same_second_a_removal_beats_a_reaction_and_then_the_greater_id_wins() -> None:
    a, b = reaction("👍", 1, message_id="wamid.A"), reaction("❤", 1, message_id="wamid.B")
    removal = reaction("", 1, message_id="wamid.0")
    assert {after_reactions(*o).reactions[0].emoji for o in permutations([a, b])} == {"❤"}
    assert {after_reactions(*o).reactions for o in permutations([a, b, removal])} == {()}


def test_the_same_reaction_again_changes_nothing() -> None:
    once = after_reactions(reaction("👍", 1))
    assert with_reaction(once, reaction("👍", 1), person=DRIVER) == (once, Reason.ALREADY_APPLIED)


def test_reactions_of_several_persons_are_sorted_by_time_and_person() -> None:
    message = OUTBOUND
    for person, seconds in (("3", 2), ("2", 1), ("1", 2)):
        message, _ = with_reaction(message, reaction("👍", seconds), person=person)
    assert [each.person for each in message.reactions] == ["2", "1", "3"]


def test_two_names_of_one_person_are_joined_by_a_late_reaction_too() -> None:
    """The newest stays, under the name that it came by; nothing is left of the other."""
    message, _ = with_reaction(OUTBOUND, reaction("👍", 1), person=DRIVER)
    message, _ = with_reaction(message, reaction("❤️", 5, message_id="wamid.R2"), person="GB.1")
    assert len(message.reactions) == 2
    late = reaction("😮", 3, message_id="wamid.R3")
    joined, reason = with_reaction(message, late, person=DRIVER, names=["GB.1"])
    assert reason == Reason.LATE_REACTION
    assert [(each.person, each.emoji) for each in joined.reactions] == [("GB.1", "❤️")]
    assert list(joined.marks) == ["GB.1"]
