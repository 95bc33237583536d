"""Tombstones leave the ledger, and after a restore they are applied again."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User

from eventlog.erasing.looking_again import look_again
from eventlog.erasing.reapplying import apply_again
from eventlog.erasing.tombstones import NoTombstones, Tombstone, add, export, read_all
from eventlog.models import ErasedDelivery, Erasure
from listeners.erased import KEPT
from listeners.models import ErasedMessage, UnreadableTask
from sandbox.emulators import Emulators
from sandbox.samples import DRIVER_NUMBER, DRIVER_USER_ID, TEXT_ID, contact, image, system, text
from tests.eventlog.erasing.people import OTHER, OTHERS_ID, erase, left, others_text
from tests.platform import START, Platform
from webhooks.alias import Alias
from webhooks.models import Delivery, Event

WORDS = (DRIVER_NUMBER, DRIVER_USER_ID, TEXT_ID)


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    """Our stand-in alone: nothing here asks Firestore for anything new."""
    return stand_ins.firestore_host


def exported(platform: Platform) -> str:
    file = StringIO()
    export(file, now=platform.now)
    return file.getvalue()


def receive_all(platform: Platform) -> None:
    platform.receive(
        text(), others_text(), contacts=[contact(), contact(number=OTHER, user_id=OTHERS_ID)]
    )
    platform.receive(text(body="a\0b", message_id="wamid.NUL"), contacts=[])
    told = system(wa_id="16505555678", number=DRIVER_NUMBER, timestamp=int(START.timestamp()))
    platform.receive(told, contacts=[])


def forget_everything() -> None:
    for model in (ErasedDelivery, Erasure, ErasedMessage, Event, Delivery):
        model._default_manager.all().delete()


@pytest.mark.parametrize("restored", ["the same rows", "other rows"])
def test_what_a_restore_brings_back_is_erased_again(platform: Platform, restored: str) -> None:
    """The ledger is set back to before; or the bytes came again and have other ids."""
    receive_all(platform)
    keys = list(Delivery.objects.order_by("pk").values_list("pk", flat=True))
    erase(platform)
    lines = exported(platform)
    assert not any(word in lines for word in WORDS)
    forget_everything()
    receive_all(platform)
    if restored == "the same rows":
        for new, key in zip(Delivery.objects.order_by("pk"), keys, strict=True):
            rows: list[Event | Alias] = [
                *Event.objects.filter(delivery=new).order_by("pk"),
                *Alias.objects.filter(delivery=new),
            ]
            Event.objects.filter(delivery=new).delete()
            Alias.objects.filter(delivery=new).delete()
            Delivery.objects.filter(pk=new.pk).delete()
            new.pk = key
            new.save(force_insert=True)
            for row in rows:
                row.delivery = new
                row.save(force_insert=True)
    assert left(*WORDS) == [*WORDS]
    assert Alias.objects.count() == 1

    stones = read_all(StringIO(lines))
    erased_again = sum(taken.events for taken in apply_again(stones, now=platform.now))

    assert (len(stones), erased_again) == (3, 3)
    assert left(*WORDS, "16505555678") == []
    assert left(OTHER, OTHERS_ID) == [OTHER, OTHERS_ID]
    assert (Alias.objects.count(), ErasedMessage.objects.count()) == (0, 2)
    assert Erasure.objects.get().asked_by_name == "Ada"
    assert sum(taken.events for taken in apply_again(stones, now=platform.now)) == 0


def test_bytes_that_were_emptied_are_emptied_again(platform: Platform) -> None:
    """Nobody knows where in them the person stands, and no event of theirs tells of them."""
    body = f'{{"wa_id": "{DRIVER_NUMBER}"}}'.encode()
    platform.receive_payload(body)
    erase(platform)
    stones = read_all(StringIO(exported(platform)))
    assert [(stone.positions, stone.emptied) for stone in stones] == [([], True)]
    forget_everything()
    platform.receive_payload(body)
    [taken] = apply_again(stones, now=platform.now)
    assert (taken.events, taken.emptied) == (0, 1)
    assert left(*WORDS) == []
    row = Delivery.objects.get()
    assert (row.body, row.emptied_at) == (None, platform.now)
    [taken] = apply_again(stones, now=platform.now)
    assert taken.emptied == 0


def test_words_and_aliases_that_a_restore_brings_back_are_without_the_names(
    platform: Platform,
) -> None:
    """No tombstone says where they are, and only the rows that came back say whose they are."""
    receive_all(platform)
    erase(platform)
    stones = read_all(StringIO(exported(platform)))
    forget_everything()
    receive_all(platform)
    Alias.objects.update(position=9)  # as if retention had deleted what told of it
    LogEntry.objects.create(
        user=User.objects.create_user("grace"),
        object_repr=f"about {DRIVER_NUMBER}",
        action_flag=2,
        change_message="x",
    )
    UnreadableTask.objects.create(
        digest="d", body=DRIVER_USER_ID.encode(), size=23, first_seen_at=START, last_seen_at=START
    )
    taken = list(apply_again(stones, now=platform.now))
    assert sum(each.aliases for each in taken) == 1
    assert left(*WORDS, "16505555678") == []


def test_who_is_erased_meanwhile_is_not_in_the_file(platform: Platform) -> None:
    platform.receive(text())
    erasure, _ = erase(platform)
    platform.receive(others_text(), contacts=[])

    class Slow(StringIO):
        def write(self, words: str) -> int:
            if "complete" in words:
                erase(platform, OTHER)
            return super().write(words)

    export(Slow(), now=platform.now)
    told = dict(Erasure.objects.values_list("pk", "exported_at"))
    assert told.pop(erasure.pk) == platform.now
    assert [*told.values()] == [None]


def test_a_tombstone_of_later_is_not_in_the_file(platform: Platform) -> None:
    """Meta has sent a message again in other bytes."""
    platform.receive(text())
    erasure, _ = erase(platform)
    exported(platform)
    platform.run(platform.receive(image(message_id="wamid.I"), text()))
    assert look_again(now=platform.now).returned == 2
    erasure.refresh_from_db()
    assert (ErasedDelivery.objects.count(), erasure.exported_at) == (2, None)


def test_a_month_later_nothing_tells_the_messages(platform: Platform) -> None:
    """Meta sends them no more."""
    receive_all(platform)
    erase(platform)
    stones = read_all(StringIO(exported(platform)))
    forget_everything()
    later = platform.now + KEPT + timedelta(seconds=1)
    list(apply_again(stones, now=later))
    assert not ErasedMessage.objects.exists()
    assert ErasedDelivery.objects.exclude(marks=[]).exists()
    look_again(now=later)
    assert not ErasedDelivery.objects.exclude(marks=[]).exists()


def test_what_is_added_stands_beside_what_was_there(platform: Platform) -> None:
    platform.receive(text())
    erasure, _ = erase(platform)
    before = ErasedDelivery.objects.get()
    more = Tombstone(
        delivery=before.delivery,
        digest=before.digest,
        positions=frozenset({7}),
        emptied=True,
        marks=frozenset({"f" * 64}),
    )
    for each in (more, replace(more, emptied=False)):
        add(each, erasure=erasure.pk, now=platform.now)
    after = ErasedDelivery.objects.get()
    assert (after.positions, after.emptied) == ([0, 7], True)
    assert after.marks == sorted({*before.marks, "f" * 64})


def test_the_file_says_whether_it_is_whole(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventlog.erasing.tombstones.ROWS_AT_A_TIME", 2)
    receive_all(platform)
    erasure, _ = erase(platform)
    lines = exported(platform)
    erasure.refresh_from_db()
    assert erasure.exported_at == platform.now
    assert len(read_all(StringIO(lines))) == 3
    first, *_, last = lines.splitlines(keepends=True)
    of_later = lines.replace('"form": 1', '"form": 2')
    for broken in ("", first, first + last, lines + first, "{}\n" + last, "x", of_later):
        with pytest.raises(NoTombstones):
            read_all(StringIO(broken))
