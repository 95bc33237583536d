"""What Meta says later does not count for items from before it, in whatever order both come."""

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

import pytest

from sandbox import samples
from sandbox.samples import reaction, status, text
from tests.platform import DRIVER, Platform
from tests.rules.test_aliases import (
    APPLIED,
    NO_TRACKING,
    NUMBERS,
    OUT,
    USER_IDS,
    changes,
    moment,
    swept,
)
from tests.rules.test_aliases import seconds as at
from webhooks.alias import Alias
from webhooks.models import Event

MESSAGE = "wamid.T"
STRANGER = "US.999"
IN_ANY_ORDER = pytest.mark.parametrize("order", list(permutations(range(3))))
Step = Callable[[Platform], object]


def take(platform: Platform, steps: Sequence[Step], order: Sequence[int]) -> None:
    """Lets everything happen in this order, and then the sweeper come."""
    for place in order:
        steps[place](platform)
    swept(platform)


def names(number: str, user_id: str, *, minute: int) -> Step:
    """Meta names a number beside a user id, in an event that concerns no message."""
    item = status(message_id="wamid.NONE", number=number, user_id=user_id, timestamp=at(minute))
    return lambda platform: platform.receive(statuses=[item], contacts=[])


def writes(number: str, user_id: str, *, minute: int, message_id: str = MESSAGE) -> Step:
    """A driver writes."""
    told: dict[str, Any] = {"number": number, "user_id": user_id, "timestamp": at(minute)}
    return lambda platform: platform.deliver(text(message_id=message_id, **told), contacts=[])


def changed(minute: int) -> Step:
    """WhatsApp says that the driver of the first name has the second since then."""
    return lambda platform: changes(platform, 0, 1, at=minute)


def outcome(message_id: str = MESSAGE) -> tuple[str, str]:
    """What became of a text."""
    event = Event.objects.get(message_id=message_id)
    return event.state, event.reason


@IN_ANY_ORDER
def test_a_number_that_was_named_later(platform: Platform, order: tuple[int, ...]) -> None:
    platform.track("e1", driverUserId=USER_IDS[0])
    steps = [
        names(DRIVER, USER_IDS[0], minute=0),
        writes("", USER_IDS[0], minute=5),
        names("15550009999", USER_IDS[0], minute=6),
    ]
    take(platform, steps, order)
    assert outcome() == APPLIED
    assert platform.chat("e1").keys() == {MESSAGE}
    writes("", USER_IDS[0], minute=6, message_id="wamid.LATER")(platform)
    assert outcome("wamid.LATER") == NO_TRACKING


def test_each_item_of_one_delivery_by_its_own_time(platform: Platform) -> None:
    """Texts and reactions of the same words, around the moment at which somebody took the id."""
    platform.track("e1", driverUserId=USER_IDS[0])
    platform.sends("e1", OUT)
    names("15550009999", USER_IDS[0], minute=6)(platform)
    minutes = (4, 5, 6, 7)
    items: list[samples.Json] = []
    for minute in minutes:
        who: dict[str, Any] = {"number": "", "user_id": USER_IDS[0], "timestamp": at(minute)}
        items.append(text(message_id=f"wamid.T{minute}", **who))
        items.append(reaction(message_id=f"wamid.R{minute}", target_id=OUT, **who))
    expected = [APPLIED if minute < 6 else NO_TRACKING for minute in minutes for _ in range(2)]
    assert platform.deliver(*items, contacts=[]) == expected
    assert platform.chat("e1").keys() == {OUT, "wamid.T4", "wamid.T5"}


def test_the_newest_of_those_before_counts(platform: Platform) -> None:
    """A number that was somebody's for a while, and is the driver's again."""
    platform.track("e1", driverUserId=USER_IDS[0])
    for minute, number in ((0, DRIVER), (3, "15550009999"), (6, DRIVER)):
        names(number, USER_IDS[0], minute=minute)(platform)
    outcomes = []
    for minute in (2, 4, 7):
        writes("", USER_IDS[0], minute=minute, message_id=f"wamid.{minute}")(platform)
        outcomes.append(outcome(f"wamid.{minute}"))
    assert outcomes == [APPLIED, NO_TRACKING, APPLIED]


@IN_ANY_ORDER
def test_an_old_number_that_was_given_away_later(
    platform: Platform, order: tuple[int, ...]
) -> None:
    """The alias ends for what is from after that alone."""
    platform.track("e1")
    steps = [
        changed(1),
        writes(NUMBERS[1], USER_IDS[1], minute=5),
        names(DRIVER, STRANGER, minute=6),
    ]
    take(platform, steps, order)
    assert outcome() == APPLIED
    assert platform.unread("e1") == 1
    writes(NUMBERS[1], USER_IDS[1], minute=6, message_id="wamid.LATER")(platform)
    assert outcome("wamid.LATER") == NO_TRACKING


@IN_ANY_ORDER
def test_a_new_number_that_was_given_away_later(platform: Platform, order: tuple[int, ...]) -> None:
    """What the change told of the new name finds a record until then."""
    platform.track("e1")
    platform.track("e2", driverMobileNumber=NUMBERS[1])
    steps = [changed(1), writes("", USER_IDS[1], minute=5), names(NUMBERS[1], STRANGER, minute=6)]
    take(platform, steps, order)
    assert outcome() == APPLIED
    assert (platform.unread("e1"), platform.unread("e2")) == (0, 1)
    writes("", USER_IDS[1], minute=6, message_id="wamid.LATER")(platform)
    assert (platform.unread("e1"), platform.unread("e2")) == (1, 1)


@IN_ANY_ORDER
def test_an_old_user_id_that_was_named_with_another_number_later(
    platform: Platform, order: tuple[int, ...]
) -> None:
    platform.track("e1", driverUserId=USER_IDS[0])

    def told(platform: Platform) -> None:
        changes(platform, 0, 1, type="user_changed_user_id", wa_id="", number="")

    steps = [
        told,
        writes("", USER_IDS[1], minute=5),
        names("15550009999", USER_IDS[0], minute=6),
    ]
    take(platform, steps, order)
    assert outcome() == APPLIED
    writes("", USER_IDS[1], minute=6, message_id="wamid.LATER")(platform)
    assert outcome("wamid.LATER") == NO_TRACKING


def test_each_item_of_a_new_name_by_its_own_time(platform: Platform) -> None:
    """In one delivery some are from before the old number was somebody else's."""
    platform.track("e1")
    changed(1)(platform)
    names(DRIVER, STRANGER, minute=6)(platform)
    items = [
        text(
            message_id=f"wamid.{minute}",
            number=NUMBERS[1],
            user_id=USER_IDS[1],
            timestamp=at(minute),
        )
        for minute in (7, 5)
    ]
    assert platform.deliver(*items, contacts=[]) == [NO_TRACKING, APPLIED]


@pytest.mark.parametrize("named", [(NUMBERS[1], USER_IDS[1]), (NUMBERS[1], ""), ("", USER_IDS[1])])
@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_the_new_name_before_the_change(
    platform: Platform, order: tuple[int, ...], named: tuple[str, str]
) -> None:
    """A user id is nobody else's before, and a number has been only if Meta says so."""
    platform.track("e1")
    take(platform, [changed(5), writes(*named, minute=2)], order)
    assert outcome() == APPLIED


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_the_old_name_after_the_change(platform: Platform, order: tuple[int, ...]) -> None:
    """Its record is found by the name that it has, as ever."""
    platform.track("e1")
    take(platform, [changed(2), writes(DRIVER, USER_IDS[0], minute=5)], order)
    assert outcome() == APPLIED
    assert Alias.objects.get().reopened == []


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("told", [{}, {"user_id": "", "previous_user_id": ""}])
def test_a_number_that_was_given_up_later_and_is_withheld(
    platform: Platform, known: bool, told: dict[str, Any]
) -> None:
    """Written between two changes; somebody else has the number of then by a younger record."""
    if known:
        platform.track("e1", driverUserId=USER_IDS[0])
    changes(platform, 0, 1)
    changes(platform, 1, 2, **told)
    platform.track("e9", driverMobileNumber=NUMBERS[1], createdAt=moment(10))
    writes("", USER_IDS[1], minute=1)(platform)
    assert outcome() == (APPLIED if known else NO_TRACKING)
    assert platform.chat("e9") == {}


@pytest.mark.parametrize(("user_id", "expected"), [(USER_IDS[0], APPLIED), (STRANGER, NO_TRACKING)])
def test_an_old_number_with_the_drivers_own_old_user_id_ends_no_alias(
    platform: Platform, user_id: str, expected: tuple[str, str]
) -> None:
    """Where WhatsApp did not tell the old user id, Meta had named it beside the number before."""
    platform.track("e1")
    names(DRIVER, USER_IDS[0], minute=-5)(platform)
    changes(platform, 0, 1, user_id="", previous_user_id="")
    names(DRIVER, user_id, minute=2)(platform)
    writes(NUMBERS[1], "", minute=3)(platform)
    assert outcome() == expected
