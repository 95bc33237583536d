"""A driver who changes number or user id stays the same person, whatever comes first."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from unittest.mock import ANY

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sandbox import samples
from sandbox.samples import reaction, status, text
from tests.platform import DRIVER, LEASE, START, Platform
from tests.webhooks.test_sequences import on_postgresql
from webhooks import looking_back, transitions
from webhooks.alias import Alias, undo
from webhooks.models import Event
from webhooks.sweeper import sweep

APPLIED = ("processed", "applied")
NO_TRACKING = ("skipped", "no_active_tracking")
NOTED = ("ignored", "identity_noted")
WAITS = ("waiting", "waiting_for_message")
# Somebody's names one after the other: the first is that of the platform's records.
NUMBERS = (DRIVER, *(f"1650555567{serial}" for serial in range(7)))
USER_IDS = (samples.DRIVER_USER_ID, *(f"US.2000000000000000000{serial}" for serial in range(7)))
OUT = "wamid.OUT"


def seconds(of_change: int = 0) -> int:
    """Meta's time of the change that leads to the name with this serial, or when they write."""
    return int((START + timedelta(minutes=of_change)).timestamp())


def moment(of_change: int, **more: int) -> datetime:
    """The same as a record has it."""
    return START + timedelta(minutes=of_change, **more)


def changes(platform: Platform, old: int, new: int, at: int | None = None, **told: Any) -> None:
    """WhatsApp says that who had one of the names has another one now."""
    item = samples.system(
        message_id=f"wamid.S{old}{new}",
        timestamp=seconds(new if at is None else at),
        **{
            "number": NUMBERS[old],
            "wa_id": NUMBERS[new],
            "user_id": USER_IDS[new],
            "previous_user_id": USER_IDS[old],
            **told,
        },
    )
    assert platform.deliver(item, contacts=[]) == [NOTED]


def named(serial: int, **more: Any) -> dict[str, Any]:
    """How an item names the driver by one of their names."""
    names = {"number": NUMBERS[serial], "user_id": USER_IDS[serial]}
    return {**names, "timestamp": seconds(20), **more}


def writes(platform: Platform, serial: int = 1, **more: Any) -> list[tuple[str, str]]:
    """The driver writes under one of their names."""
    item = {"message_id": f"wamid.T{serial}", **more}
    return platform.deliver(text(**named(serial, **item)), contacts=[])


@contextmanager
def asked() -> Iterator[list[str]]:
    """The tables of aliases and of Firestore that are asked meanwhile."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as queries:
        yield found
    found += [each["sql"] for each in queries if "webhooks_alias" in each["sql"]]


def test_the_chat_of_the_old_name(platform: Platform) -> None:
    """Nothing is written to the record, and it does not learn the new user id."""
    platform.track("e1")
    before = platform.record(1)
    changes(platform, 0, 1)
    assert writes(platform) == [APPLIED]
    [document] = platform.chat("e1").values()
    assert (document["from"], document["fromUserId"]) == (NUMBERS[1], USER_IDS[1])
    assert platform.unread("e1") == 1
    assert platform.record(1) == before


def test_everything_follows_the_person(platform: Platform) -> None:
    """Statuses, reactions, replies; what waits for its message gets it."""
    platform.track("e1")
    platform.track("e2")
    platform.sends("e1", OUT)
    platform.sends("e2", "wamid.OUT2")
    changes(platform, 0, 1)
    read = status(message_id=OUT, word="read", **named(1))
    late = status(message_id="wamid.LATE", word="read", **named(1))
    thumb = reaction(message_id="wamid.R", target_id=OUT, **named(1))
    reply = text(message_id="wamid.T", reply_to=OUT, **named(1))
    delivery = platform.receive(thumb, reply, statuses=[read, late], contacts=[])
    platform.run(delivery)
    assert platform.outcomes(delivery) == [APPLIED, APPLIED, APPLIED, WAITS]
    platform.sends("e2", "wamid.LATE")
    assert platform.pass_time(delivery, timedelta(seconds=6))[3] == APPLIED
    chat = platform.chat("e1")
    assert chat.keys() == {OUT, "wamid.T"}
    assert chat[OUT]["status"] == "read"
    assert [each["from"] for each in chat[OUT]["reactions"]] == [DRIVER]


@pytest.mark.parametrize("active", [True, False])
def test_a_record_with_the_new_name_always_wins(platform: Platform, active: bool) -> None:
    platform.track("e1")
    platform.track("e2", driverMobileNumber=NUMBERS[1], active=active)
    changes(platform, 0, 1)
    assert writes(platform) == [APPLIED if active else NO_TRACKING]
    assert platform.chat("e1") == {}


@pytest.mark.parametrize(
    ("created_at", "found"),
    [(moment(1, seconds=-1), True), (moment(1), False), (moment(2), False), (None, True)],
)
def test_a_record_counts_if_it_is_older_than_the_change(
    platform: Platform, created_at: datetime | None, found: bool
) -> None:
    platform.track("e1", createdAt=created_at)
    changes(platform, 0, 1)
    assert writes(platform) == [APPLIED if found else NO_TRACKING]


def test_only_for_the_lease_number_that_was_told(platform: Platform) -> None:
    platform.track("e1")
    platform.track("e2", lease="15550100009")
    changes(platform, 0, 1)
    change = samples.change(messages=[text(**named(1))], lease_number="15550100009")
    body = samples.encode(samples.envelope(samples.entry(change)))
    delivery = platform.receive_payload(body)
    platform.run(delivery)
    assert platform.outcomes(delivery) == [NO_TRACKING]


def test_a_lease_number_and_numbers_that_are_spelled_otherwise(platform: Platform) -> None:
    platform.track("e1", lease="5541999990001", driverMobileNumber="+5551987654334")
    told = samples.system(number="555187654334", wa_id="5551987650000", timestamp=seconds())
    for item in (told, text(**named(1, number="555187650000"))):
        change = samples.change(messages=[item], lease_number="554199990001")
        body = samples.encode(samples.envelope(samples.entry(change)))
        platform.run(platform.receive_payload(body))
    assert platform.unread("e1") == 1


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_a_chain_of_names(platform: Platform, order: tuple[int, ...]) -> None:
    platform.track("e1")
    for new in order:
        changes(platform, new - 1, new)
    assert writes(platform, 3) == [APPLIED]


@pytest.mark.parametrize(("length", "found"), [(5, True), (6, False)])
def test_five_old_names_at_most(platform: Platform, length: int, found: bool) -> None:
    platform.track("e1")
    for old, new in pairwise(range(length + 1)):
        changes(platform, old, new)
    assert writes(platform, length) == [APPLIED if found else NO_TRACKING]


def test_the_newest_old_name_with_a_record_counts(platform: Platform) -> None:
    platform.track("e1", updatedAt=START)
    platform.track("e2", driverMobileNumber=NUMBERS[1])
    changes(platform, 0, 1)
    changes(platform, 1, 2)
    assert writes(platform, 2) == [APPLIED]
    assert platform.unread("e2") == 1


def test_a_cycle_ends(platform: Platform) -> None:
    """Somebody took a number and went back to their own; in one second, even."""
    changes(platform, 0, 1)
    changes(platform, 1, 0, at=1)
    assert writes(platform, 1) == [NO_TRACKING]
    platform.track("e1", driverMobileNumber=NUMBERS[1])
    assert writes(platform, 0) == [APPLIED]


def test_an_older_change_does_not_lead_on_from_a_younger_one(platform: Platform) -> None:
    """Who took the number later is somebody else than who gave it away before."""
    platform.track("e1")
    changes(platform, 1, 2, at=1)
    changes(platform, 0, 1, at=5, user_id="", previous_user_id="")
    assert writes(platform, 2) == [NO_TRACKING]


def test_a_number_that_was_given_to_somebody_else_breaks_the_chain(platform: Platform) -> None:
    """A record of its own says so: it is younger than the change."""
    platform.track("e1")
    platform.track("e2", driverMobileNumber=NUMBERS[1], createdAt=moment(10))
    changes(platform, 0, 1)
    changes(platform, 1, 2)
    assert writes(platform, 2) == [NO_TRACKING]


@pytest.mark.parametrize(
    ("user_id", "at", "lease", "outcome"),
    [
        ("US.999", 2, LEASE, NO_TRACKING),
        ("US.999", 1, LEASE, APPLIED),
        ("US.999", 0, LEASE, APPLIED),
        ("US.999", 2, "15550100009", APPLIED),
        (USER_IDS[0], 2, LEASE, APPLIED),
        (USER_IDS[1], 2, LEASE, APPLIED),
        ("of no form", 2, LEASE, APPLIED),
        ("", 2, LEASE, APPLIED),
    ],
)
@pytest.mark.parametrize("changed_first", [True, False])
def test_it_ends_once_the_old_number_is_somebody_elses(
    platform: Platform,
    *,
    changed_first: bool,
    user_id: str,
    at: int,
    lease: str,
    outcome: tuple[str, str],
) -> None:
    platform.track("e1")
    item = status(number=DRIVER, user_id=user_id, timestamp=seconds(at))
    change = samples.change(statuses=[item], lease_number=lease)
    body = samples.encode(samples.envelope(samples.entry(change)))
    if changed_first:
        changes(platform, 0, 1)
    platform.receive_payload(body)
    if not changed_first:
        changes(platform, 0, 1)
    assert writes(platform) == [outcome]


def test_who_has_the_new_number_later_is_somebody_else(platform: Platform) -> None:
    platform.track("e1")
    changes(platform, 0, 1)
    assert writes(platform, user_id="US.999") == [NO_TRACKING]
    assert writes(platform, message_id="wamid.2", user_id=USER_IDS[0]) == [APPLIED]
    assert writes(platform, message_id="wamid.3", user_id="") == [APPLIED]


@pytest.mark.parametrize("known", [{}, {"driverMobileNumber": ""}])
def test_a_user_id_that_changed_where_the_number_is_withheld(
    platform: Platform, known: dict[str, str]
) -> None:
    platform.track("e1", driverUserId=USER_IDS[0], **known)
    ids = {"type": "user_changed_user_id", "number": "", "wa_id": ""}
    told = {"user_id": USER_IDS[1], "previous_user_id": USER_IDS[0]}
    item = samples.system(timestamp=seconds(1), **ids, **told)
    assert platform.deliver(item, contacts=[]) == [NOTED]
    assert writes(platform, number="") == [APPLIED]


def test_a_user_id_beside_a_number_that_somebody_else_has(platform: Platform) -> None:
    """As it is with a user id that has not changed."""
    platform.track("e1", driverUserId=USER_IDS[0])
    elsewhere = status(number="15550009999", user_id=USER_IDS[0], timestamp=seconds())
    platform.receive(statuses=[elsewhere], contacts=[])
    changes(platform, 0, 1, type="user_changed_user_id", wa_id=NUMBERS[1])
    assert writes(platform, number="") == [NO_TRACKING]


WITHHELD: dict[str, Any] = {"number": ""}
UNTOLD: dict[str, Any] = {"user_id": ""}


@pytest.mark.parametrize(
    ("record", "hidden"),
    [({"driverMobileNumber": NUMBERS[1]}, WITHHELD), ({"driverUserId": USER_IDS[1]}, UNTOLD)],
)
def test_a_record_with_the_half_of_the_new_name_that_the_event_hides(
    platform: Platform, record: dict[str, str], hidden: dict[str, Any]
) -> None:
    """It carries the new name, so it wins."""
    platform.track("e1", updatedAt=moment(30))
    platform.track("e2", createdAt=moment(10), **{"driverMobileNumber": "", **record})
    changes(platform, 0, 1)
    assert writes(platform, **hidden) == [APPLIED]
    assert platform.unread("e2") == 1


def test_unless_the_new_number_is_somebody_elses_by_now(platform: Platform) -> None:
    platform.track("e1")
    platform.track("e2", driverMobileNumber=NUMBERS[1])
    changes(platform, 0, 1)
    stranger = status(number=NUMBERS[1], user_id="US.999", timestamp=seconds(5))
    platform.receive(statuses=[stranger], contacts=[])
    assert writes(platform, **WITHHELD) == [APPLIED]
    assert platform.unread("e1") == 1


def test_a_record_with_the_other_half_of_an_old_name(platform: Platform) -> None:
    """The number came with the first change, and the second tells of the user id alone."""
    platform.track("e1", driverMobileNumber=NUMBERS[1])
    changes(platform, 0, 1)
    ids = {"user_id": USER_IDS[2], "previous_user_id": USER_IDS[1]}
    item = samples.system(number="", type="user_changed_user_id", timestamp=seconds(2), **ids)
    assert platform.deliver(item, contacts=[]) == [NOTED]
    named_again = status(number=NUMBERS[1], user_id=USER_IDS[2], timestamp=seconds(5))
    platform.receive(statuses=[named_again], contacts=[])
    assert writes(platform, 2, **WITHHELD) == [APPLIED]


@pytest.mark.parametrize("at", [1, 2])
def test_a_change_that_is_told_by_both_types(platform: Platform, at: int) -> None:
    """`from` is the old number in both: nobody's who is found by the user id from then on."""
    platform.track("e1", driverUserId=USER_IDS[1], driverMobileNumber=NUMBERS[1])
    platform.track("e2", createdAt=moment(10))  # of who has the old number now
    changes(platform, 0, 1)
    changes(platform, 0, 1, at=at, type="user_changed_user_id", wa_id="")
    assert writes(platform, **WITHHELD) == [APPLIED]
    assert platform.unread("e1") == 1
    platform.ancillary.document(f"whatsapp/lease/{LEASE}/record-1").delete()
    assert writes(platform, message_id="wamid.T2", **WITHHELD) == [NO_TRACKING]
    assert platform.chat("e2") == {}


def test_one_that_was_undone_counts_for_nothing(platform: Platform) -> None:
    platform.track("e1")
    changes(platform, 0, 1)
    Alias.objects.update(undone_at=platform.now)
    changes(platform, 0, 1)
    assert writes(platform) == [NO_TRACKING]


DAY = 24 * 60  # minutes
AGAIN: dict[str, dict[str, Any]] = {
    "the same": {},
    "numbers alone": {"user_id": "", "previous_user_id": ""},
    "user ids alone": {"type": "user_changed_user_id", "number": "", "wa_id": ""},
}


def undo_what_was_told(at: int) -> None:
    """As somebody does in the event log."""
    keys = Alias.objects.filter(changed_at=moment(at)).values_list("pk", flat=True)
    undo(list(keys), by_name="anna", now=moment(at))


@pytest.mark.parametrize(
    "steps",
    [
        ("tell 1", "tell 2", "undo 1"),
        ("tell 2", "tell 1", "undo 1"),
        ("tell 1", "undo 1", "tell 2"),
        ("tell 1", "tell 2", "undo 2"),
        ("tell 2", "tell 1", "undo 2"),
        ("tell 2", "undo 2", "tell 1"),
    ],
)
@pytest.mark.parametrize("again", AGAIN)
def test_one_change_that_is_told_twice_is_undone_once(
    platform: Platform, again: str, steps: tuple[str, ...]
) -> None:
    """Whichever of the two was undone, and whether the other came before or after that."""
    platform.track("e1", driverUserId=USER_IDS[0])
    platform.sends("e1", OUT)
    assert writes(platform, message_id="wamid.T0") == [NO_TRACKING]
    do: dict[str, Callable[[], None]] = {
        "tell 1": lambda: changes(platform, 0, 1, at=1),
        "tell 2": lambda: changes(platform, 0, 1, at=2, **AGAIN[again]),
        "undo 1": lambda: undo_what_was_told(1),
        "undo 2": lambda: undo_what_was_told(2),
    }
    for step in steps:
        do[step]()
    assert swept(platform) == 0
    assert writes(platform) == [NO_TRACKING]
    assert writes(platform, 1, number="", message_id="wamid.T2") == [NO_TRACKING]
    assert Alias.objects.count() == 2


@pytest.mark.parametrize(
    "told",
    [
        {"at": 2 + DAY},
        {"at": 1 - DAY - 1},
        {"number": NUMBERS[2], "previous_user_id": USER_IDS[2]},
        {"previous_user_id": USER_IDS[2]},
    ],
)
def test_another_change_counts_though_one_was_undone(
    platform: Platform, told: dict[str, Any]
) -> None:
    """More than a day apart, or of another name."""
    other = NUMBERS[2] if "number" in told else DRIVER
    platform.track("e1", driverMobileNumber=other, createdAt=moment(-3 * DAY))
    changes(platform, 0, 1)
    undo_what_was_told(1)
    changes(platform, 0, 1, **told)
    assert writes(platform, timestamp=seconds(3 + DAY)) == [APPLIED]


def test_what_was_undone_because_of_another_leads_no_further(platform: Platform) -> None:
    """Each is less than a day from the next: what people undid counts, in whatever order."""
    platform.track("e1")
    for day in (0, 2, 1):
        changes(platform, 0, 1, at=1 + day * (DAY - 1))
    undo_what_was_told(1)
    assert writes(platform, timestamp=seconds(3 * DAY)) == [APPLIED]
    undo_what_was_told(DAY)
    assert writes(platform, timestamp=seconds(3 * DAY), message_id="wamid.T2") == [NO_TRACKING]


@pytest.mark.parametrize("again", AGAIN)
def test_who_is_told_apart_has_a_reaction_of_their_own(platform: Platform, again: str) -> None:
    platform.track("e1", driverUserId=USER_IDS[0])
    platform.track("e1", driverMobileNumber=NUMBERS[1], driverUserId=USER_IDS[1])
    platform.sends("e1", OUT)
    changes(platform, 0, 1, at=1)
    undo_what_was_told(1)
    changes(platform, 0, 1, at=2, **AGAIN[again])
    for serial in (0, 1):
        item = reaction(message_id=f"wamid.R{serial}", target_id=OUT, **named(serial))
        assert platform.deliver(item, contacts=[]) == [APPLIED]
    reacted = platform.chat("e1")[OUT]["reactions"]
    assert [each["from"] for each in reacted] == [DRIVER, NUMBERS[1]]


@pytest.mark.parametrize("known", [DRIVER, NUMBERS[1]])
def test_one_person_has_one_reaction(platform: Platform, known: str) -> None:
    """Whichever of the names the record has by the time they take it back."""
    platform.track("e1")
    platform.sends("e1", OUT)
    first = reaction(message_id="wamid.R0", target_id=OUT, **named(0))
    assert platform.deliver(first, contacts=[]) == [APPLIED]
    changes(platform, 0, 1)
    record = platform.ancillary.document(f"whatsapp/lease/{LEASE}/record-1")
    record.update({"driverMobileNumber": known, "driverUserId": ""})
    heart = reaction(
        message_id="wamid.R1", target_id=OUT, emoji="\u2764", **named(1, timestamp=seconds(21))
    )
    assert platform.deliver(heart, contacts=[]) == [APPLIED]
    message = platform.chat("e1")[OUT]
    assert [(each["emoji"], each["from"]) for each in message["reactions"]] == [("\u2764", known)]
    assert message["reactionClock"] == {known: ANY}
    removal = reaction(
        message_id="wamid.R2", target_id=OUT, emoji=None, **named(1, timestamp=seconds(22))
    )
    assert platform.deliver(removal, contacts=[]) == [APPLIED]
    assert platform.chat("e1")[OUT]["reactions"] == []


def test_an_id_of_another_scope_beside_the_reaction_of_a_stranger(platform: Platform) -> None:
    """What is looked for twice is found by both: the message by its key, the chat by the alias."""
    stored = samples.wamid(DRIVER, 7, outbound=True)
    named_otherwise = samples.wamid(NUMBERS[1], 7, outbound=True)
    platform.track("e1")
    stranger = {"emoji": "!", "from": "1", "whatsappMessageId": "wamid.X", "reactedAt": START}
    platform.sends("e1", stored, reactions=[stranger])
    assert platform.deliver(
        statuses=[status(message_id=stored, word="sent", **named(0))], contacts=[]
    ) == [APPLIED]
    changes(platform, 0, 1)
    thumb = reaction(message_id="wamid.R", target_id=named_otherwise, **named(1))
    assert platform.deliver(thumb, contacts=[]) == [APPLIED]
    found = [each["from"] for each in platform.chat("e1")[stored]["reactions"]]
    assert sorted(found) == ["1", DRIVER]


def test_what_it_costs(platform: Platform) -> None:
    """Nothing where there is a record; a query of the ledger where there is none."""
    platform.track("e1")
    platform.sends("e1", OUT)
    with asked() as none:
        writes(platform, 0)
        thumb = reaction(message_id="wamid.R", target_id=OUT, **named(0))
        assert platform.deliver(thumb, thumb, contacts=[])[0] == APPLIED
    assert none == []
    with asked() as once:
        assert writes(platform, 1) == [NO_TRACKING]
    assert len(once) == 1


def test_what_an_older_release_ignored_is_noted_by_a_replay(platform: Platform) -> None:
    """Twice as well as once."""
    delivery = platform.receive(samples.system(wa_id=NUMBERS[1]))
    Alias.objects.all().delete()
    Event.objects.update(reason="unsupported_type")
    for _ in range(2):
        transitions.reopen([Event.objects.get().pk], check_at=platform.now, now=platform.now)
        platform.run(delivery)
        assert platform.outcomes(delivery) == [NOTED]
        assert Alias.objects.get().number == NUMBERS[1]


def swept(platform: Platform) -> int:
    """Lets the sweeper come, and runs its tasks; returns how many events it opened again."""
    reopened = sweep(queue=platform.queue, clock=lambda: platform.now, limit=100).reopened
    for event in Event.objects.filter(state="queued"):
        platform.run(event.delivery_id, events=[event.pk])
    return reopened


def test_what_came_before_the_alias_is_opened_again(platform: Platform) -> None:
    """Whatever order they come in, the chat is the same in the end."""
    platform.track("e1")
    platform.sends("e1", OUT)
    assert writes(platform) == [NO_TRACKING]
    thumb = reaction(message_id="wamid.R", target_id=OUT, **named(1, number=""))
    assert platform.deliver(thumb, contacts=[]) == [NO_TRACKING]
    assert writes(platform, 2) == [NO_TRACKING]
    changes(platform, 0, 1)
    assert swept(platform) == 2
    assert swept(platform) == 0
    assert platform.chat("e1").keys() == {OUT, "wamid.T1"}
    assert len(platform.chat("e1")[OUT]["reactions"]) == 1
    assert Event.objects.get(message_id="wamid.T2").reopenings == 0


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_of_a_chain_all_that_it_leads_from(platform: Platform, order: tuple[int, int]) -> None:
    platform.track("e1")
    assert writes(platform, 2) == [NO_TRACKING]
    for new in order:
        changes(platform, new - 1, new)
        swept(platform)
    assert platform.unread("e1") == 1


@pytest.mark.parametrize(
    ("changed", "reopened"),
    [
        ({}, 1),
        ({"settled_at": START - timedelta(days=7)}, 1),
        ({"settled_at": START - timedelta(days=7, seconds=1)}, 0),
        ({"reason": "enquiry_not_found"}, 0),
        ({"lease_number": "15550100009"}, 0),
        ({"person_number": NUMBERS[3], "person_user_id": USER_IDS[3]}, 0),
        ({"person_number": ""}, 1),
        ({"person_user_id": ""}, 1),
    ],
)
def test_only_what_ended_in_vain_within_seven_days(
    platform: Platform, changed: dict[str, object], reopened: int
) -> None:
    platform.track("e1")
    assert writes(platform) == [NO_TRACKING]
    Event.objects.update(**changed)
    changes(platform, 0, 1)
    assert swept(platform) == reopened


def test_more_than_are_opened_at_a_time(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking_back, "EVENTS_AT_A_TIME", 2)
    platform.track("e1")
    for serial in range(5):
        assert writes(platform, message_id=f"wamid.{serial}") == [NO_TRACKING]
    changes(platform, 0, 1)
    assert swept(platform) == 5
    assert platform.unread("e1") == 5


@on_postgresql
def test_one_alias_that_fails_holds_up_no_other(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    """PostgreSQL does not count further than it has bits for."""
    platform.track("e1")
    platform.track("e2", driverMobileNumber=NUMBERS[2])
    assert writes(platform, 1) == [NO_TRACKING]
    Event.objects.update(reopenings=32767)
    assert writes(platform, 3) == [NO_TRACKING]
    changes(platform, 0, 1)
    changes(platform, 2, 3)
    assert swept(platform) == 1
    assert platform.unread("e2") == 1
    assert caplog.messages == ["What came before an alias could not be opened again."]
    assert Alias.objects.get(looked_back_at=None).number == NUMBERS[1]
    Event.objects.update(reopenings=0)
    assert swept(platform) == 1


def test_for_what_was_undone_nothing_is_opened_again(platform: Platform) -> None:
    platform.track("e1")
    assert writes(platform) == [NO_TRACKING]
    changes(platform, 0, 1)
    Alias.objects.update(undone_at=platform.now)
    assert swept(platform) == 0
    Alias.objects.update(undone_at=None)
    assert swept(platform) == 0


def test_a_dry_run_opens_nothing_again(platform: Platform) -> None:
    platform.track("e1")
    assert writes(platform) == [NO_TRACKING]
    changes(platform, 0, 1)
    sweep(queue=platform.queue, clock=lambda: platform.now, limit=100, dry_run=True)
    assert Event.objects.filter(reopenings=0, state="skipped").count() == 1


def by_halves(platform: Platform, *, order: tuple[str, str]) -> None:
    """One change names numbers alone, a later one leads on by the user id alone."""
    tell = {
        "numbers": lambda: changes(platform, 0, 1, user_id="", previous_user_id=""),
        "user ids": lambda: changes(
            platform, 1, 2, type="user_changed_user_id", number="", wa_id=NUMBERS[1]
        ),
    }
    for each in order:
        tell[each]()


@pytest.mark.parametrize("order", [("numbers", "user ids"), ("user ids", "numbers")])
def test_a_chain_goes_on_by_the_other_half_of_a_name(
    platform: Platform, order: tuple[str, str]
) -> None:
    """Also where nobody in the delivery has that half."""
    platform.track("e1")
    by_halves(platform, order=order)
    assert writes(platform, 2, number="") == [APPLIED]


def test_what_came_too_early_is_opened_again_by_the_other_half_of_a_name(
    platform: Platform,
) -> None:
    platform.track("e1")
    changes(platform, 1, 2, type="user_changed_user_id", number="", wa_id=NUMBERS[1])
    assert writes(platform, 2, number="") == [NO_TRACKING]
    changes(platform, 0, 1, user_id="", previous_user_id="")
    sweep(queue=platform.queue, clock=lambda: platform.now, limit=1000)
    event = Event.objects.get(kind="text")
    platform.run(event.delivery_id)
    event.refresh_from_db()
    assert (event.state, event.reason) == APPLIED
