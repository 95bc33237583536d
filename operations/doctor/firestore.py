"""Both Firestore databases, by each of the queries that a task or a page makes of them."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from django.conf import settings
from google.api_core import exceptions

from listeners.firestore import connection
from listeners.firestore.errors import Refused, Unavailable
from listeners.firestore.queries import Lookup
from listeners.firestore.store import Store
from listeners.tracking import ChatKey
from operations.doctor.refusals import seen_of
from operations.doctor.seen import Asked, Seen, not_looked, well
from webhooks.whatsapp.items import Person

SERVICES = {"queue-services", "admin"}
# Nobody's: what is asked for is not there, and the query is made all the same.
LOOKUP = Lookup(
    lease_number="15550000000", person=Person(number="15550000001", user_id="US.0000000000000000")
)
MESSAGE_ID = "wamid.doctor"
CHAT = ChatKey(lease_id="doctor", enquiry_id="doctor")

REMEDIES: dict[type, str] = {
    exceptions.FailedPrecondition: "Make the index (docs/deployment.md, Firestore).",
    exceptions.PermissionDenied: "Enable firestore.googleapis.com, and give the service account "
    "roles/datastore.user (the admin's roles/datastore.viewer).",
    exceptions.InvalidArgument: "Look at FIRESTORE_DATABASE and FIRESTORE_ANCILLARY_DATABASE.",
    exceptions.NotFound: "Make the database, or name it in FIRESTORE_DATABASE or "
    "FIRESTORE_ANCILLARY_DATABASE.",
}


def look(_: Asked) -> Iterator[Seen]:
    """Makes each query once, where the settings name the databases."""
    if not SERVICES.intersection(settings.SERVICES):
        yield not_looked("Firestore: only queue-services and the admin ask it.")
        return
    try:
        store = connection.connect()
    except Unavailable as error:
        yield seen_of(error.__cause__, "Firestore", REMEDIES)
        return
    for subject, query in _queries(store):
        yield _seen(subject, query)


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
        (f"A chat in {main}", partial(store.conversation, CHAT, limit=1)),
    )


def _seen(subject: str, query: Callable[[], object]) -> Seen:
    try:
        query()
    except (Unavailable, Refused) as error:
        return seen_of(error.__cause__, subject, REMEDIES)
    return well(f"{subject}: the query is answered.")
