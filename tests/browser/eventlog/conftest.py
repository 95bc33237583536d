"""A log with a story in it, and the chats that it tells of."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from google.cloud.firestore import Client

from eventlog.models import DriftCount
from listeners.firestore import connection as firestore_connection
from listeners.firestore.store import Store
from sandbox.emulators import Emulators
from sandbox.samples import image, reaction, status, text, wamid
from tests.platform import Platform, project, tasks_client
from webhooks.models import Delivery, Event
from webhooks.transitions import queue_deliveries

SECOND = timedelta(seconds=1)
DRIVER = "447700900123"
STRANGER = "447700900456"
USER_ID = "GB.4477009001230001"
QUESTION = wamid(DRIVER, 1, outbound=True)
EARLY = wamid(DRIVER, 2, outbound=True)
ANSWER = wamid(DRIVER, 3)
LOST = wamid(STRANGER, 4)
NEVER = wamid(DRIVER, 5, outbound=True)


@pytest.fixture
def platform(
    transactional_db: None, stand_ins: Emulators, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Platform]:
    """A platform of a few minutes ago, whose Firestore the pages find as well."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", stand_ins.firestore_host)
    name = project()
    main, ancillary = Client(project=name), Client(project=name, database="ancillary")
    client = tasks_client(stand_ins.tasks_host)
    found = Platform(
        main=main,
        ancillary=ancillary,
        store=Store(main=main, ancillary=ancillary),
        emulators=stand_ins,
        tasks_client=client,
        now=datetime.now(UTC) - timedelta(minutes=10),
    )
    monkeypatch.setattr(firestore_connection, "connect", lambda: found.store)
    yield found
    client.transport.close()
    found.store.close()


@dataclass(frozen=True, kw_only=True)
class Story:
    """What happened, by the events that tests look for."""

    lost: Event  # a text of somebody without tracking record
    answer: Event  # a text that quotes the question
    read: Event  # the last status of the question
    early: Event  # a status that came before its message, and waited
    waiting: Event  # a status that still waits
    photo: Event


@pytest.fixture
def story(platform: Platform) -> Story:
    """A question, its answer, a status that waited, one that waits, and a text that is lost."""
    platform.track("ENQ-7", lease_id="northfleet", driverMobileNumber=f"+{DRIVER}")
    _question(platform)
    _early_status(platform)
    _others(platform)
    _departs(platform)
    return Story(
        lost=Event.objects.get(message_id=LOST),
        answer=Event.objects.get(message_id=ANSWER),
        read=Event.objects.get(message_id=QUESTION, name="read"),
        early=Event.objects.get(message_id=EARLY),
        waiting=Event.objects.get(message_id=NEVER),
        photo=Event.objects.get(name="image"),
    )


def _departs(platform: Platform) -> None:
    """Meta has sent for days what it does not document; of the last delivery the bytes are gone."""
    for path, delivery in (
        ("entry[].changes[].value.statuses[].recipient_identity_key_hash", uuid4()),
        ("entry[].changes[].value.messages[].poll", Delivery.objects.latest("received_at").pk),
    ):
        DriftCount.objects.create(
            departure="unknown_key",
            path=path,
            shape="object",
            count=12345,
            first_at=platform.now - timedelta(days=9),
            last_at=platform.now,
            delivery_id=delivery,
        )


def _send(platform: Platform, message_id: str, words: str) -> None:
    fields = {
        "whatsappMessageId": message_id,
        "source": "leaseCompany",
        "type": "text",
        "message": words,
        "createdAt": platform.now,
    }
    chat = platform.enquiry("ENQ-7", lease_id="northfleet").path
    platform.main.collection(f"{chat}/whatsapp/messages/chatMessages").document().set(fields)


def _deliver(platform: Platform, *items: object, statuses: tuple[object, ...] = ()) -> None:
    platform.now += 7 * SECOND
    delivery = platform.receive(*items, statuses=statuses)
    queue_deliveries([delivery], now=platform.now + SECOND / 100)
    platform.now += SECOND / 5
    platform.run(delivery)


def _question(platform: Platform) -> None:
    _send(platform, QUESTION, "Can you come on Tuesday at 9:00?")
    now = int(platform.now.timestamp())
    for word in ("sent", "delivered", "read"):
        _deliver(platform, statuses=(_status(QUESTION, word, now),))
    _deliver(
        platform,
        reaction(message_id=wamid(DRIVER, 9), number=DRIVER, timestamp=now, target_id=QUESTION),
    )
    _deliver(platform, _text(ANSWER, DRIVER, now, "Yes, Tuesday is fine.", reply_to=QUESTION))


def _early_status(platform: Platform) -> None:
    now = int(platform.now.timestamp())
    early = _status(EARLY, "delivered", now)
    delivery = platform.receive(statuses=[early])
    platform.run(delivery)
    _send(platform, EARLY, "The courtesy car is ready.")
    platform.now += SECOND
    platform.receive(statuses=[early])
    platform.pass_time(delivery, 5 * SECOND)


def _others(platform: Platform) -> None:
    now = int(platform.now.timestamp())
    _deliver(platform, _text(LOST, STRANGER, now, "I am at the garage, where are you?"))
    _deliver(platform, image(message_id=wamid(DRIVER, 8), number=DRIVER, timestamp=now))
    _deliver(platform, statuses=(_status(NEVER, "delivered", now),))
    later = datetime.now(UTC) + timedelta(minutes=1)
    Event.objects.filter(message_id=NEVER).update(check_at=later)


def _status(message_id: str, word: str, timestamp: int) -> object:
    return status(
        message_id=message_id, word=word, number=DRIVER, user_id=USER_ID, timestamp=timestamp
    )


def _text(message_id: str, number: str, timestamp: int, body: str, reply_to: str = "") -> object:
    user_id = USER_ID if number == DRIVER else ""
    return text(
        message_id=message_id,
        number=number,
        user_id=user_id,
        timestamp=timestamp,
        body=body,
        reply_to=reply_to,
    )
