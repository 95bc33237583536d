"""Looks into the ledger that the processes of a stack share, past Django and its settings."""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

import psycopg

from visn_whatsapp.settings.database import database
from webhooks.models import Event
from webhooks.outcomes import OPEN

POLL_SECONDS = 0.03
# Of an event, what tells its outcome and its document.
COLUMNS = (
    *("kind", "state", "reason", "enquiry_id"),
    *("document_id", "stored_id", "message_id", "target_id"),
)


class Row(NamedTuple):
    """What became of one item."""

    state: str
    reason: str
    document: str = ""


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """The database of a URL as for DATABASE_URL."""

    url: str

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Runs a statement, in which question marks stand for the values."""
        config = database(self.url)
        if config["ENGINE"].endswith("sqlite3"):
            with closing(sqlite3.connect(config["NAME"], timeout=20)) as sqlite, sqlite:
                return sqlite.execute(statement, values).fetchall()
        host, name, user = config["OPTIONS"]["host"], config["NAME"], config["USER"]
        with psycopg.connect(host=host, dbname=name, user=user) as postgresql:
            answer = postgresql.execute(statement.replace("?", "%s"), values)
            return answer.fetchall() if answer.description else []

    def events(self, body: bytes) -> list[Row]:
        """Returns what became of each item of a payload, in their order."""
        rows = self.query(
            f"SELECT {', '.join(f'e.{name}' for name in COLUMNS)} FROM webhooks_event e "  # noqa: S608 - names
            "JOIN webhooks_delivery d ON d.id = e.delivery_id "
            "WHERE d.digest = ? AND d.repeat_of_id IS NULL ORDER BY e.position",
            sha256(body).hexdigest(),
        )
        events = [Event(**dict(zip(COLUMNS, row, strict=True))) for row in rows]
        return [Row(each.state, each.reason, each.document) for each in events]

    def settled(self, body: bytes, *, seconds: float = 60.0) -> list[Row]:
        """Returns the same once none of them is open any more, or as it is after that time."""
        deadline = time.monotonic() + seconds
        while True:
            rows = self.events(body)
            if rows and all(row.state not in OPEN for row in rows):
                return rows
            if time.monotonic() > deadline:
                return rows
            time.sleep(POLL_SECONDS)

    def open(self, lease_number: str) -> int:
        """Returns how many events of a lease number are open."""
        states = ", ".join(f"'{state}'" for state in OPEN)
        [(count,)] = self.query(
            f"SELECT COUNT(*) FROM webhooks_event WHERE state IN ({states}) AND lease_number = ?",  # noqa: S608 - names
            lease_number,
        )
        return int(count)

    def deliveries(self, body: bytes) -> int:
        """Returns how often a payload was stored, repeats included."""
        digest = sha256(body).hexdigest()
        [(count,)] = self.query("SELECT COUNT(*) FROM webhooks_delivery WHERE digest = ?", digest)
        return int(count)

    def runs(self, body: bytes) -> list[tuple[str, str]]:
        """Returns the result and the error of each attempt at a task for a payload."""
        return self.query(
            "SELECT r.result, r.error FROM listeners_taskrun r "
            "JOIN webhooks_delivery d ON d.id = r.delivery_id WHERE d.digest = ? ORDER BY r.id",
            sha256(body).hexdigest(),
        )

    def make_due(self, body: bytes) -> None:
        """Lets the sweeper's first round begin now instead of after a minute."""
        self.query(
            "UPDATE webhooks_event SET check_at = received_at WHERE check_at IS NOT NULL AND "
            "delivery_id IN (SELECT id FROM webhooks_delivery WHERE digest = ?)",
            sha256(body).hexdigest(),
        )
