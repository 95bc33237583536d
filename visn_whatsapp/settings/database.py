"""What Django is told of a database: its URL, and what each kind of database needs besides."""

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

SQLITE_OPTIONS = {
    # WAL lets readers go on beside the writer. With synchronous FULL a commit that was answered
    # with 200 survives a power cut; with NORMAL it would only survive the end of the process.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    # A transaction takes the write lock at its start, where waiting for it is still possible.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,  # seconds to wait for the write lock
}
POSTGRESQL_OPTIONS = {
    "connect_timeout": 5,  # seconds
    "tcp_user_timeout": 10_000,  # milliseconds without an answer until a connection is dead
    # Values travel apart from the statement. PostgreSQL's log quotes a statement that fails or
    # waits, and of this one it has the places of the values alone. Nothing is kept on the server
    # (`prepare_threshold` stays at Django's None), as transaction poolers need it.
    "server_side_binding": True,
}


def database(url: str) -> dict[str, Any]:
    """Returns Django's form of a database URL, with what each kind of database needs.

    A server thread keeps its connection for a minute and asks before each request whether it
    still works, so that a restart of PostgreSQL costs only the requests that are under way.

    Raises ImproperlyConfigured, without the library's words, which hold parts of the password.
    """
    try:
        config: dict[str, Any] = {"ENGINE": "", **environ.Env.db_url_config(url)}
    except ValueError:
        raise ImproperlyConfigured(
            "DATABASE_URL cannot be read. Escape what is special in its password: / as %2F, ? as "
            "%3F, @ as %40."
        ) from None
    sqlite = config["ENGINE"] == "django.db.backends.sqlite3"
    options = SQLITE_OPTIONS if sqlite else POSTGRESQL_OPTIONS
    return config | {
        "OPTIONS": options | config.get("OPTIONS", {}),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": not sqlite,
        # Named cursors would need one session for several statements, and a transaction pooler
        # gives each another. Nobody misses them: what is large is read in chunks.
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
