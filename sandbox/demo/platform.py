"""The rest of the ViSN platform, as far as the demonstration needs it: drawer and sender."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from google.cloud.firestore import Client  # noqa: TID251 - plays the part of other services

Documents = Mapping[str, Mapping[str, object]]  # path → fields

BATCH = 100
TIMEOUT = 10.0  # seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    """Both databases, written and read directly."""

    main: Client
    ancillary: Client

    def store(self, documents: Documents) -> None:
        """Writes documents of the main database."""
        _store(self.main, documents)

    def track(self, documents: Documents) -> None:
        """Writes tracking records."""
        _store(self.ancillary, documents)

    def chat_messages(self) -> dict[str, dict[str, object]]:
        """Returns every chat message that there is, by its path."""
        found = self.main.collection_group("chatMessages").stream(timeout=TIMEOUT)
        return {snapshot.reference.path: snapshot.to_dict() or {} for snapshot in found}

    def read(self, path: str) -> dict[str, object]:
        """Returns the fields of one document of the main database; none if it does not exist."""
        return self.main.document(path).get(timeout=TIMEOUT).to_dict() or {}

    def read_tracking(self, path: str) -> dict[str, object]:
        """Returns the fields of one tracking record; none if it does not exist."""
        return self.ancillary.document(path).get(timeout=TIMEOUT).to_dict() or {}


@contextmanager
def connected(*, project: str) -> Iterator[Platform]:
    """Connects to a project's databases, which the settings name."""
    main, ancillary = (
        Client(project=project, database=name)
        for name in (settings.FIRESTORE_DATABASE, settings.FIRESTORE_ANCILLARY_DATABASE)
    )
    try:
        yield Platform(main=main, ancillary=ancillary)
    finally:
        main.close()
        ancillary.close()


def _store(client: Client, documents: Documents) -> None:
    paths = list(documents)
    for start in range(0, len(paths), BATCH):
        batch = client.batch()
        for path in paths[start : start + BATCH]:
            batch.set(client.document(path), dict(documents[path]))
        batch.commit(timeout=TIMEOUT)
