"""One person has one reaction to a message, whichever of their names its events come under."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise, permutations
from typing import Any

import pytest

from sandbox import samples
from sandbox.samples import reaction, status, text
from tests.platform import DRIVER, START, Platform
from tests.rules.test_aliases import asked
from webhooks import transitions
from webhooks.alias import Alias
from webhooks.models import Event

OUT = "wamid.OUT"
NEW_NUMBER = "16505556771"
OTHER_NUMBER = "16505556772"
USER_ID, NEW_USER_ID, OTHER_USER_ID = samples.DRIVER_USER_ID, "US.200000000000001", "US.999"
CHANGE = 10  # the minute of Meta's at which somebody changes number
SOMETHING_ODD = 5  # in the place of a user id: nothing is learned there

NUMBER: dict[str, Any] = {"number": DRIVER, "user_id": ""}
ID: dict[str, Any] = {"number": "", "user_id": USER_ID}
BOTH: dict[str, Any] = {"number": DRIVER, "user_id": USER_ID}
OLD: dict[str, Any] = {"number": DRIVER, "user_id": ""}
NEW: dict[str, Any] = {"number": NEW_NUMBER, "user_id": ""}
HALVES = (NUMBER, ID)
NAMES = {"number": NUMBER, "id": ID, "both": BOTH, "old": OLD, "new": NEW}


def seconds(minute: int) -> int:
    """Meta's time."""
    return int(moment(minute).timestamp())


def moment(minute: int) -> datetime:
    """The same as a record has it."""
    return START + timedelta(minutes=minute)


def reacts(
    name: dict[str, Any], minute: int, *, emoji: str | None = "+", target: str = OUT
) -> samples.Json:
    """A reaction of somebody who is named so; its id tells the minute."""
    return reaction(
        message_id=f"wamid.R{minute}",
        target_id=target,
        timestamp=seconds(minute),
        emoji=f"{emoji}{minute}" if emoji else None,
        **name,
    )


def alias(**told: str) -> samples.Json:
    """WhatsApp says that the driver has a new number."""
    names = {"number": DRIVER, "wa_id": NEW_NUMBER, **told}
    return samples.system(message_id="wamid.S", timestamp=seconds(CHANGE), **names)


def seen(platform: Platform) -> list[tuple[str, str]]:
    """Emoji and name of each reaction; the clock names the same people, or more who took theirs."""
    message = platform.chat("e1")[OUT]
    found = [(each["emoji"], each["from"]) for each in message.get("reactions", [])]
    assert {name for _, name in found} <= set(message.get("reactionClock", {}))
    return found


def comes(platform: Platform, items: Sequence[samples.Json], *, together: bool) -> None:
    """The items in one delivery, or in one each."""
    for each in [items] if together else [[item] for item in items]:
        platform.deliver(*each, contacts=[])


def by_both(platform: Platform, *, learning: bool, first: str) -> None:
    """A record of the number alone and another of the user id alone, in one chat."""
    minutes = {"number": 2, "id": 2, first: 3}
    odd: dict[str, Any] = {} if learning else {"driverUserId": SOMETHING_ODD}
    platform.track("e1", updatedAt=moment(minutes["number"]), **odd)
    platform.track(
        "e1", updatedAt=moment(minutes["id"]), driverMobileNumber="", driverUserId=USER_ID
    )
    platform.sends("e1", OUT)


@pytest.mark.parametrize("together", [True, False], ids=["together", "apart"])
@pytest.mark.parametrize("learning", [True, False], ids=["learning", "not"])
@pytest.mark.parametrize("newest", ["number", "id", "both"])
@pytest.mark.parametrize("order", [*permutations(["number", "id", "both"])], ids="-".join)
def test_named_by_halves_and_by_both(
    platform: Platform, order: Sequence[str], newest: str, *, learning: bool, together: bool
) -> None:
    """The newest of their reactions, which they can take back by any of the names."""
    by_both(platform, learning=learning, first="id")
    minutes = {"number": 21, "id": 22, "both": 23, newest: 24}
    items = [reacts(NAMES[each], minutes[each]) for each in order]
    comes(platform, items, together=together)
    person = DRIVER if newest == "number" else USER_ID
    assert seen(platform) == [("+24", person)]
    comes(platform, items, together=together)
    assert seen(platform) == [("+24", person)]
    for place, name in enumerate(order):
        platform.deliver(reacts(NAMES[name], 30 + place, emoji=None), contacts=[])
        assert platform.chat("e1")[OUT]["reactions"] == []
        assert len(platform.chat("e1")[OUT]["reactionClock"]) == 1


@pytest.mark.parametrize("told", ["text", "status"])
@pytest.mark.parametrize("order", [*permutations(["number", "id", "told"])], ids="-".join)
def test_something_else_tells_both(platform: Platform, order: Sequence[str], told: str) -> None:
    """Where that comes last, the next reaction under either name makes one of the two."""
    by_both(platform, learning=False, first="number")
    minutes = {"number": 21, "id": 22}
    for each in order:
        if each != "told":
            platform.deliver(reacts(NAMES[each], minutes[each]), contacts=[])
        elif told == "text":
            platform.deliver(text(timestamp=seconds(23), **BOTH), contacts=[])
        else:
            platform.deliver(statuses=[status(timestamp=seconds(23), **BOTH)], contacts=[])
    assert len(seen(platform)) == (2 if order[-1] == "told" else 1)
    known = next(each for each in order if each != "told")
    platform.deliver(reacts(NAMES[known], 20, emoji=None), contacts=[])  # a late one is enough
    assert seen(platform) == [("+22", USER_ID)]


def by_alias(platform: Platform, **fields: Any) -> None:
    """A record with the old number and one with the new, of one enquiry."""
    platform.track("e1", createdAt=moment(1), **fields)
    platform.track("e1", driverMobileNumber=NEW_NUMBER, createdAt=moment(CHANGE + 1))
    platform.sends("e1", OUT)


@pytest.mark.parametrize("together", [True, False], ids=["together", "apart"])
@pytest.mark.parametrize("newest", ["old", "new"])
@pytest.mark.parametrize("order", [*permutations(["alias", "old", "new"])], ids="-".join)
def test_the_old_number_and_the_new_one(
    platform: Platform, order: Sequence[str], newest: str, *, together: bool
) -> None:
    """Wherever the alias comes; where it comes last, the next reaction makes one of the two."""
    by_alias(platform)
    minutes = {"old": 21, "new": 22, newest: 23}
    items = [alias() if each == "alias" else reacts(NAMES[each], minutes[each]) for each in order]
    comes(platform, items, together=together)
    expected = [("+23", NAMES[newest]["number"])]
    if together or order[-1] != "alias":
        assert seen(platform) == expected
    platform.deliver(reacts(NAMES[order[0]] if order[0] != "alias" else NEW, 20), contacts=[])
    assert seen(platform) == expected
    for place, name in enumerate([OLD, NEW, OLD]):
        platform.deliver(reacts(name, 30 + place), contacts=[])
        assert seen(platform) == [(f"+{30 + place}", name["number"])]
    platform.deliver(reacts(NEW, 40, emoji=None), contacts=[])
    assert seen(platform) == []


def test_an_alias_that_people_undid(platform: Platform) -> None:
    """It joins nobody; what it has joined before stays."""
    by_alias(platform)
    platform.deliver(alias(), contacts=[])
    Alias.objects.update(undone_at=platform.now)
    platform.deliver(reacts(OLD, 21), reacts(NEW, 22), contacts=[])
    assert seen(platform) == [("+21", DRIVER), ("+22", NEW_NUMBER)]
    Alias.objects.update(undone_at=None)
    platform.deliver(reacts(OLD, 23), contacts=[])
    Alias.objects.update(undone_at=platform.now)
    platform.deliver(reacts(OLD, 24), contacts=[])
    assert seen(platform) == [("+24", DRIVER)]


def tells(platform: Platform, number: str, user_id: str, minute: int) -> None:
    """Meta names both beside a status."""
    names: dict[str, Any] = {"number": number, "user_id": user_id, "timestamp": seconds(minute)}
    platform.receive(statuses=[status(**names)], contacts=[])


WITH_USER_IDS = {"user_id": NEW_USER_ID, "previous_user_id": USER_ID}
YOUNG: dict[str, Any] = {"createdAt": moment(CHANGE + 1)}


@pytest.mark.parametrize("told", [{}, WITH_USER_IDS], ids=["numbers", "both"])
@pytest.mark.parametrize("order", [*permutations(["alias", "old", "new"])], ids="-".join)
def test_a_number_that_a_younger_record_gives_to_somebody_else(
    platform: Platform, order: Sequence[str], told: dict[str, str]
) -> None:
    """Two people react to one message, and stay two, though Meta has named the user id once."""
    platform.track("e1", **YOUNG)
    platform.track("e1", driverMobileNumber=NEW_NUMBER, **YOUNG)
    platform.sends("e1", OUT)
    tells(platform, DRIVER, USER_ID, CHANGE - 1)
    tells(platform, NEW_NUMBER, NEW_USER_ID, CHANGE + 1)
    items = {"alias": alias(**told), "old": reacts(OLD, 21), "new": reacts(NEW, 22)}
    for each in order:
        platform.deliver(items[each], contacts=[])
    platform.deliver(reacts(OLD, 31), reacts(NEW, 32), contacts=[])
    assert seen(platform) == [("+31", DRIVER), ("+32", NEW_NUMBER)]


@pytest.mark.parametrize(("minute", "people"), [(CHANGE - 1, 1), (CHANGE + 2, 2)])
@pytest.mark.parametrize("order", [*permutations(["alias", "told", "old", "new"])], ids="-".join)
def test_a_number_that_meta_names_with_somebody_else_since(
    platform: Platform, order: Sequence[str], minute: int, people: int
) -> None:
    """What they did before stays theirs, and who has the number now is another person."""
    by_alias(platform)
    items = {
        "alias": alias(**WITH_USER_IDS),
        "old": reacts(OLD, minute),
        "new": reacts(NEW, 22),
    }
    for each in order:
        if each == "told":
            tells(platform, DRIVER, OTHER_USER_ID, CHANGE + 1)
        else:
            platform.deliver(items[each], contacts=[])
    platform.deliver(reacts(NEW, 20), contacts=[])
    # What was taken for one person's before anybody could know is not taken apart again.
    taken_for_one = order[2:] in {("old", "told"), ("new", "told")}
    assert len(seen(platform)) == (1 if people == 1 or taken_for_one else 2)


@pytest.mark.parametrize(("minute", "people"), [(30, 2), (24, 2), (23, 2), (21, 1), (5, 1)])
@pytest.mark.parametrize("order", [*permutations(["number", "id", "told"])], ids="-".join)
def test_a_number_that_was_one_persons_and_then_anothers(
    platform: Platform, order: Sequence[str], minute: int, people: int
) -> None:
    """It counts whose it was when somebody reacted under it."""
    by_both(platform, learning=False, first="id")
    tells(platform, DRIVER, USER_ID, CHANGE)
    for each in order:
        if each == "told":
            tells(platform, DRIVER, OTHER_USER_ID, 23)
        else:
            item = reacts(NUMBER, minute) if each == "number" else reacts(ID, 22)
            platform.deliver(item, contacts=[])
    assert len(seen(platform)) == (1 if order[-1] == "told" else people)


@pytest.mark.parametrize("order", [*permutations(["alias", "old", "new"])], ids="-".join)
def test_a_user_id_that_changed(platform: Platform, order: Sequence[str]) -> None:
    """A record with the old one alone and one with the new alone."""
    platform.track("e1", driverMobileNumber="", driverUserId=USER_ID)
    platform.track("e1", driverMobileNumber="", driverUserId=NEW_USER_ID)
    platform.sends("e1", OUT)
    new = {"number": "", "user_id": NEW_USER_ID}
    told = {"type": "user_changed_user_id", "number": "", "wa_id": ""}
    items = {
        "alias": alias(user_id=NEW_USER_ID, previous_user_id=USER_ID, **told),
        "old": reacts(ID, 21),
        "new": reacts(new, 22),
    }
    for each in order:
        platform.deliver(items[each], contacts=[])
    platform.deliver(reacts(ID, 20), contacts=[])
    assert seen(platform) == [("+22", NEW_USER_ID)]


def test_names_that_lead_on_from_one_another(platform: Platform) -> None:
    """A number alone, its change, and the user id that Meta names with the new one."""
    platform.track("e1")
    platform.track("e1", driverMobileNumber="", driverUserId=NEW_USER_ID)
    platform.sends("e1", OUT)
    platform.deliver(alias(), contacts=[])
    tells(platform, NEW_NUMBER, NEW_USER_ID, CHANGE + 1)
    new = {"number": "", "user_id": NEW_USER_ID}
    for minute, name in enumerate([OLD, new, OLD], start=21):
        platform.deliver(reacts(name, minute), contacts=[])
        assert seen(platform) == [(f"+{minute}", name["number"] or name["user_id"])]


def test_names_that_a_record_of_another_chat_joins(platform: Platform) -> None:
    """The old number and the user id stand together there, in an enquiry that is closed."""
    platform.track("e1", driverMobileNumber=NEW_NUMBER)
    platform.track("e1", driverMobileNumber="", driverUserId=USER_ID)
    platform.track("e2", driverUserId=USER_ID, active=False)
    platform.sends("e1", OUT)
    platform.deliver(alias(), contacts=[])
    for minute, name in enumerate([ID, NEW, ID], start=21):
        platform.deliver(reacts(name, minute), contacts=[])
        assert [emoji for emoji, _ in seen(platform)] == [f"+{minute}"]


def test_several_changes_one_after_the_other(platform: Platform) -> None:
    """Nobody has a record with one of the names between."""
    numbers = [DRIVER, "16505556781", "16505556782", "16505556783"]
    platform.track("e1", createdAt=moment(1))
    platform.track("e1", driverMobileNumber=numbers[-1])
    platform.sends("e1", OUT)
    for minute, (old, new) in enumerate(pairwise(numbers), start=CHANGE):
        told = samples.system(number=old, wa_id=new, timestamp=seconds(minute))
        platform.deliver(told, contacts=[])
    last = {"number": numbers[-1], "user_id": ""}
    for minute, name in enumerate([OLD, last, OLD], start=21):
        platform.deliver(reacts(name, minute), contacts=[])
        assert seen(platform) == [(f"+{minute}", name["number"])]


def test_on_a_text_of_the_same_delivery(platform: Platform) -> None:
    """It is nowhere yet when the reactions are looked at."""
    by_both(platform, learning=False, first="id")
    own = text(message_id=OUT + "T", timestamp=seconds(20), **BOTH)
    reactions = [reacts(name, 21 + place, target=OUT + "T") for place, name in enumerate(HALVES)]
    platform.deliver(own, *reactions, contacts=[])
    [found] = platform.chat("e1")[OUT + "T"]["reactions"]
    assert found["emoji"] == "+22"


def test_that_waited_for_the_message(platform: Platform) -> None:
    by_both(platform, learning=False, first="id")
    tells(platform, DRIVER, USER_ID, CHANGE)
    deliveries = [
        platform.receive(reacts(name, 21 + place, target="wamid.LATE"), contacts=[])
        for place, name in enumerate(HALVES)
    ]
    for delivery in deliveries:
        platform.run(delivery)
        assert platform.outcomes(delivery) == [("waiting", "waiting_for_message")]
    platform.sends("e1", "wamid.LATE")
    for delivery in reversed(deliveries):
        platform.pass_time(delivery, timedelta(seconds=6))
    [found] = platform.chat("e1")["wamid.LATE"]["reactions"]
    assert found["emoji"] == "+22"


@pytest.mark.parametrize("together", [True, False])
def test_by_two_ids_of_one_message(platform: Platform, *, together: bool) -> None:
    by_both(platform, learning=False, first="id")
    stored, twin = (samples.wamid(name, 7, outbound=True) for name in (DRIVER, USER_ID))
    platform.sends("e1", stored)
    sent = status(message_id=stored, word="sent", **BOTH)
    platform.deliver(statuses=[sent], contacts=[])
    items = [reacts(NUMBER, 21, target=stored), reacts(ID, 22, target=twin)]
    comes(platform, items, together=together)
    [found] = platform.chat("e1")[stored]["reactions"]
    assert found["emoji"] == "+22"


def test_by_another_id_that_was_made_with_another_name(platform: Platform) -> None:
    """Meta named the stored id to the number alone, and this one to the user id alone."""
    by_both(platform, learning=False, first="id")
    stored, twin = (samples.wamid(name, 7, outbound=True) for name in (DRIVER, USER_ID))
    platform.sends("e1", stored)
    platform.deliver(statuses=[status(message_id=stored, **NUMBER)], contacts=[])
    thumb = platform.receive(reacts(ID, 21, target=twin), contacts=[])
    platform.run(thumb)
    assert platform.outcomes(thumb) == [("waiting", "waiting_for_message")]
    tells(platform, DRIVER, USER_ID, CHANGE)
    assert platform.pass_time(thumb, timedelta(seconds=6)) == [("processed", "applied")]
    [found] = platform.chat("e1")[stored]["reactions"]
    assert found["from"] == USER_ID


@pytest.mark.parametrize("given", [True, False])
def test_by_another_id_of_what_was_sent_to_the_old_number(
    platform: Platform, *, given: bool
) -> None:
    """The record has been corrected; unless Meta has named the old number with somebody else."""
    platform.track("e1", driverMobileNumber=NEW_NUMBER)
    stored, twin = (samples.wamid(name, 7, outbound=True) for name in (DRIVER, NEW_NUMBER))
    platform.sends("e1", stored)
    platform.deliver(statuses=[status(message_id=stored, **OLD)], contacts=[])
    platform.deliver(alias(), contacts=[])
    if given:
        tells(platform, DRIVER, OTHER_USER_ID, CHANGE + 1)
    thumb = platform.receive(reacts(NEW, 21, target=twin), contacts=[])
    platform.run(thumb)
    state = ("waiting", "waiting_for_message") if given else ("processed", "applied")
    assert platform.outcomes(thumb) == [state]


def test_replayed(platform: Platform) -> None:
    """What both were applied as before anybody knew becomes one, and the newest stays."""
    by_both(platform, learning=False, first="id")
    for place, name in enumerate(HALVES):
        platform.deliver(reacts(name, 21 + place), contacts=[])
    assert len(seen(platform)) == 2
    tells(platform, DRIVER, USER_ID, CHANGE)
    for event in Event.objects.filter(kind="reaction"):
        transitions.reopen([event.pk], check_at=platform.now, now=platform.now)
        platform.run(event.delivery_id)
        assert seen(platform) == [("+22", USER_ID)]


@pytest.mark.parametrize("odd", ["", "é\0", "9" * 40, "US." + "9" * 500, "+44 7700"])
def test_beside_names_that_nobody_can_have(platform: Platform, odd: str) -> None:
    """Others write to chats as well, and their reactions stay."""
    platform.track("e1")
    stranger = {"emoji": "!", "from": odd, "whatsappMessageId": "wamid.X", "reactedAt": START}
    platform.sends("e1", OUT, reactions=[stranger])
    assert platform.deliver(reacts(BOTH, 21), contacts=[]) == [("processed", "applied")]
    assert [each["emoji"] for each in platform.chat("e1")[OUT]["reactions"]] == ["!", "+21"]


def test_what_it_costs(platform: Platform) -> None:
    """Nothing where the records join all names on a message, and little beside somebody else."""
    platform.track("e1", driverUserId=USER_ID)
    platform.sends("e1", OUT)
    with asked() as none:
        platform.deliver(*(reacts(name, 21) for name in (NUMBER, ID, BOTH)), contacts=[])
        platform.deliver(reacts(ID, 22), contacts=[])
    assert none == []
    assert seen(platform) == [("+22", DRIVER)]
    platform.track("e1", driverMobileNumber=OTHER_NUMBER)
    other = {"number": OTHER_NUMBER, "user_id": OTHER_USER_ID}
    with asked() as twice:  # the record tells the user id of who has reacted before
        platform.deliver(reacts(other, 23), contacts=[])
    assert len(twice) == 2
    assert seen(platform) == [("+22", DRIVER), ("+23", OTHER_NUMBER)]


def test_an_old_number_behind_the_one_that_is_found(platform: Platform) -> None:
    """It was given to somebody else, who has a record of their own in the chat."""
    platform.track("e1", **YOUNG)
    platform.track("e1", driverMobileNumber=NEW_NUMBER, createdAt=moment(1))
    platform.sends("e1", OUT)
    platform.deliver(alias(), contacts=[])
    last = {"number": NEW_NUMBER, "wa_id": OTHER_NUMBER}
    item = samples.system(message_id="wamid.S2", timestamp=seconds(CHANGE + 5), **last)
    platform.deliver(item, contacts=[])
    newest = {"number": OTHER_NUMBER, "user_id": ""}
    for minute in (21, 22):
        platform.deliver(reacts(OLD, minute), contacts=[])
        platform.deliver(reacts(newest, minute), contacts=[])
        assert seen(platform) == [(f"+{minute}", DRIVER), (f"+{minute}", NEW_NUMBER)]
