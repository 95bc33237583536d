"""Both Firestore databases, by each query that a task or a page makes, and by writes in vain.

Whether writing is allowed shows by a write that Firestore has to refuse for what it asks for: who
may not write is refused for that instead.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from uuid import uuid4

from django.conf import settings
from google.api_core import exceptions

from listeners.firestore import connection
from listeners.firestore.errors import Missing, Refused, Unavailable
from listeners.firestore.queries import Lookup
from listeners.firestore.store import Store
from listeners.firestore.writes import Create
from listeners.tracking import ChatKey, TrackingRecord
from operations.doctor.refusals import seen_of
from operations.doctor.seen import Asked, Health, Seen, cannot_tell, not_looked, well
from webhooks.whatsapp.items import Person

SERVICES = {"queue-services", "admin"}
WRITER = "queue-services"
# Nobody's: what is asked for is not there, and the query is made all the same.
LOOKUP = Lookup(
    lease_number="15550000000", person=Person(number="15550000001", user_id="US.0000000000000000")
)
MESSAGE_ID = "wamid.doctor"
CHAT = ChatKey(lease_id="doctor", enquiry_id="doctor")
VERSION = 1_000_000_000  # in nanoseconds since 1970: of no document

REMEDIES: dict[type, str] = {
    exceptions.FailedPrecondition: "Make the index (docs/deployment.md, Firestore).",
    exceptions.PermissionDenied: "Enable firestore.googleapis.com, and give the service account "
    "roles/datastore.user (the admin's roles/datastore.viewer).",
    exceptions.InvalidArgument: "Look at FIRESTORE_DATABASE and FIRESTORE_ANCILLARY_DATABASE.",
    exceptions.NotFound: "Make the database, or name it in FIRESTORE_DATABASE or "
    "FIRESTORE_ANCILLARY_DATABASE.",
}


def look(_: Asked) -> Iterator[Seen]:
    """Makes each query and each write once, where the settings name the databases."""
    if not SERVICES.intersection(settings.SERVICES):
        yield not_looked("Firestore: only queue-services and the admin ask it.")
        return
    try:
        store = connection.connect()
    except Unavailable as error:
        yield seen_of(error.__cause__, "Firestore", REMEDIES)
        return
    answered = [_seen(subject, query) for subject, query in _queries(store)]
    yield from answered
    # A database that is not there, or cannot be reached, would look like a write in vain.
    if WRITER in settings.SERVICES and all(seen.health == Health.WELL for seen in answered):
        yield written(store, ChatKey(lease_id=uuid4().hex, enquiry_id=uuid4().hex))
        yield learned(store, uuid4().hex)


def _queries(store: Store) -> Sequence[tuple[str, Callable[[], object]]]:
    main, ancillary = settings.FIRESTORE_DATABASE, settings.FIRESTORE_ANCILLARY_DATABASE
    return (
        (
            f"Tracking records in {ancillary}",
            partial(store.load, lookups=[LOOKUP], message_ids=()),
        ),
        (
            f"Messages by Meta's id in {main}",
            partial(store.load, lookups=(), message_ids={MESSAGE_ID}),
        ),
        (f"A chat in {main}", partial(store.chats.newest, CHAT, limit=1)),
    )


def _seen(subject: str, query: Callable[[], object]) -> Seen:
    try:
        query()
    except (Unavailable, Refused) as error:
        return seen_of(error.__cause__, subject, REMEDIES)
    return well(f"{subject}: the query is answered.")


def written(store: Store, chat: ChatKey) -> Seen:
    """Writes a message as of a driver, where there is no enquiry to count it in."""
    subject = f"Writing to {settings.FIRESTORE_DATABASE}"
    try:
        store.commit([Create(chat=chat, document_id="doctor", fields={})])
    except Missing:
        return _allowed(subject)
    except (Unavailable, Refused) as error:
        return seen_of(error.__cause__, subject, REMEDIES)
    return _not_in_vain(subject)


def learned(store: Store, document_id: str) -> Seen:
    """Adds a user id to a tracking record that is not there."""
    subject = f"Writing to {settings.FIRESTORE_ANCILLARY_DATABASE}"
    record = TrackingRecord(
        document_id=document_id,
        lease_number=LOOKUP.lease_number,
        chat=CHAT,
        driver_number=LOOKUP.person.number,
        driver_user_id="",
        lacks_user_id=True,
        active=False,
        updated_at=None,
        created_at=None,
        version=VERSION,
    )
    try:
        store.learn_user_id([record], LOOKUP.person.user_id)
    except (Unavailable, Refused) as error:
        if isinstance(error.__cause__, (exceptions.NotFound, exceptions.FailedPrecondition)):
            return _allowed(subject)
        return seen_of(error.__cause__, subject, REMEDIES)
    return _not_in_vain(subject)


def _allowed(subject: str) -> Seen:
    return well(f"{subject}: allowed, as a write that cannot be is refused for that alone.")


def _not_in_vain(subject: str) -> Seen:
    return cannot_tell(f"{subject}: a write that cannot be was taken.", "Say so to the developers.")
