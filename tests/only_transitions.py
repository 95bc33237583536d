"""Looks at every statement of every test: only webhooks/transitions.py changes rows of events.

Tests may, to set a scene: they are no part of the project's folders.
"""

import re
import sys
from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from tests.house import PACKAGES, ROOT

APPS = tuple(str(ROOT / name) for name in PACKAGES)
HOME = str(ROOT / "webhooks" / "transitions.py")
PLUMBING = str(ROOT / "webhooks" / "rows.py")  # runs the statements of its callers
CHANGE = re.compile(r'\s*UPDATE "?webhooks_event"?\s')


def watch(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Looks at all statements of a new connection (a receiver of Django's connection_created)."""
    if refuse_strays not in connection.execute_wrappers:
        connection.execute_wrappers.append(refuse_strays)


def refuse_strays(
    execute: Callable[..., Any], sql: str, params: object, many: bool, context: dict[str, Any]
) -> Any:
    """Runs a statement. Raises AssertionError if it is another module's change of events."""
    module = _module() if CHANGE.match(sql) else None
    if module not in {None, HOME}:
        raise AssertionError(f"{module} changes events; name a transition of webhooks/transitions")
    return execute(sql, params, many, context)


def _module() -> str | None:
    """The module of the project that has the statement run; None: a test."""
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        file = frame.f_code.co_filename
        if file.startswith(APPS) and file != PLUMBING:
            return file
    return None
