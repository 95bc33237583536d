"""What the settings make of a database URL."""

from pathlib import Path

import pytest
from django.db.utils import ConnectionHandler

from visn_whatsapp.settings.database import database


@pytest.mark.django_db
def test_sqlite_survives_a_power_cut_and_lets_readers_go_on(tmp_path: Path) -> None:
    handler = ConnectionHandler({"default": database(f"sqlite:///{tmp_path / 'db.sqlite3'}")})
    with handler["default"].cursor() as cursor:
        told = {
            name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }
    handler.close_all()
    assert told == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 20_000}


def test_what_a_url_says_goes_first() -> None:
    config = database("postgres://visn:secret@db.visn.example:5433/visn?connect_timeout=1")
    assert (config["HOST"], config["PORT"], config["NAME"]) == ("db.visn.example", 5433, "visn")
    assert config["OPTIONS"]["connect_timeout"] == 1
    assert config["OPTIONS"]["tcp_user_timeout"] == 10_000


def test_a_socket_is_named_as_cloud_sql_names_it() -> None:
    config = database("postgres://visn@/visn?host=/cloudsql/project:region:instance")
    assert config["HOST"] == ""
    assert config["OPTIONS"]["host"] == "/cloudsql/project:region:instance"
