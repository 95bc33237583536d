"""The sessions of browsers: kept in the database, and asked for by keys of their own form alone."""

import re

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore

KEY = re.compile(r"[0-9a-z]{32}", re.ASCII)  # as Django makes them


class SessionStore(DatabaseSessionStore):
    """Looks for no key that Django never made.

    A cookie holds whatever somebody writes into it, in escapes also what PostgreSQL takes for no
    text (`"\\000…"`), and a query that fails answers 500.
    """

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key and KEY.fullmatch(key))
