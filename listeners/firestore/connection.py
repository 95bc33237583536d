"""The connection of this process to Firestore: made at the first use, once, and after any fork."""

import atexit
import os

from django.conf import settings

from listeners.firestore.client import FirestoreClient
from listeners.firestore.errors import Unavailable
from listeners.firestore.store import Store
from visn_whatsapp.budget import Budget
from visn_whatsapp.google.credentials import default_credentials
from visn_whatsapp.google.kept import Kept, Unobtainable

CONNECT_SECONDS = 3.0
CREDENTIALS_SECONDS = 10.0  # of the thread that makes the clients; nobody waits for all of it


def connect() -> Store:
    """The store of this process, made at the first use and thus after any fork.

    Raises `Unavailable`, within seconds, where Google's credentials are missing.
    """
    try:
        return _kept.value(Budget(CONNECT_SECONDS))
    except Unobtainable as error:
        raise Unavailable from error


def close() -> None:
    """Ends the store of this process; the next who needs one gets another."""
    if _kept.held is not None:
        _kept.held.close()
    _kept.begin_anew()


def _new_store() -> Store:
    names = (settings.FIRESTORE_DATABASE, settings.FIRESTORE_ANCILLARY_DATABASE)
    clients = {name: _new_client(name) for name in dict.fromkeys(names)}
    main, ancillary = (clients[name] for name in names)
    return Store(main=main, ancillary=ancillary)


def _new_client(database: str) -> FirestoreClient:
    # Where the client reads it too: it goes to an emulator without any credentials.
    at_google = not os.environ.get("FIRESTORE_EMULATOR_HOST")
    credentials = default_credentials(Budget(CREDENTIALS_SECONDS)) if at_google else None
    client = FirestoreClient(
        project=settings.GOOGLE_CLOUD_PROJECT, database=database, credentials=credentials
    )
    return client.connected()


_kept: Kept[Store] = Kept(_new_store, name="firestore")
atexit.register(close)
