"""Writes each log record as one line of JSON, in Google Cloud's form and without personal data.

What can be in a log is decided here, not by whoever writes to it:

- Our own messages are constant sentences. Those of libraries may be built from a request, so they
  are withheld unless they are templates, and a template's values are always withheld.
- Of the fields handed over as `extra`, only those in FIELDS are written. The names of others are
  listed as withheld.
- Of a request's headers only the ids of its trace are written, where they have the form of such.
- An exception is written as its type and the places it passed through, without its message: a
  database's or a parser's message quotes the values that it choked on.
"""

import json
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum
from types import TracebackType
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest

from visn_whatsapp import traces

# Ids, counts, durations and words from our own enumerations; never what somebody wrote or is.
FIELDS = frozenset(
    {
        *("constraint", "count", "delivery", "error", "event", "kind", "reason", "size"),
        *("erasure", "oldest", "overdue", "seconds", "silent"),
    }
)
OUR_LOGGERS = frozenset(
    {"visn_whatsapp", "webhooks", "listeners", "eventlog", "operations", "_granian"}
)
WITHHELD = "(message withheld)"
LONGEST_TEXT = 200  # characters of one field

STANDARD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
DJANGO_ATTRIBUTES = frozenset({"request", "status_code", "server_time", "sql", "params", "alias"})
SEVERITIES = {
    logging.DEBUG: "DEBUG",
    logging.INFO: "INFO",
    logging.WARNING: "WARNING",
    logging.ERROR: "ERROR",
    logging.CRITICAL: "CRITICAL",
}

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None]

logger = logging.getLogger(__name__)


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON, with the field names that Cloud Logging knows."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line."""
        line: dict[str, object] = {
            "severity": SEVERITIES.get(record.levelno, "DEFAULT"),
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(),
            "message": message(record),
            "logger": record.name,
            "at": f"{record.module}:{record.lineno}",
            **trace_fields(),
            **request_fields(record),
            **extra_fields(record),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["stack_trace"] = stack_trace(record.exc_info[1])
        return json.dumps(line)


def message(record: logging.LogRecord) -> str:
    """Returns what may be told of a record's message: a constant or a template, never values.

    One line of it: below that the server writes the exceptions that nobody has caught.
    """
    ours = record.name.partition(".")[0] in OUR_LOGGERS
    told = ours or (record.args and isinstance(record.msg, str))
    return str(record.msg).partition("\n")[0] if told else WITHHELD


def trace_fields() -> dict[str, object]:
    """Returns by what Cloud Logging groups a line under Cloud Run's own, of the same request.

    https://cloud.google.com/logging/docs/structured-logging
    """
    trace = traces.current()
    if trace is None or not (project := settings.GOOGLE_CLOUD_PROJECT):
        return {}
    return {
        "logging.googleapis.com/trace": f"projects/{project}/traces/{trace.id}",
        **({"logging.googleapis.com/spanId": trace.span} if trace.span else {}),
        "logging.googleapis.com/trace_sampled": trace.is_sampled,
    }


def request_fields(record: logging.LogRecord) -> dict[str, object]:
    """Returns what may be told of a request that Django logs: neither its path nor its query."""
    fields: dict[str, object] = {}
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest):
        fields["method"] = request.method
        if request.resolver_match:
            fields["route"] = request.resolver_match.route
    if isinstance(status := getattr(record, "status_code", None), int):
        fields["status"] = status
    return fields


def extra_fields(record: logging.LogRecord) -> dict[str, object]:
    """Returns the allowed fields of `extra`, and the names of those that were withheld."""
    extra = {
        name: value
        for name, value in vars(record).items()
        if name not in STANDARD_ATTRIBUTES and name not in DJANGO_ATTRIBUTES
    }
    fields = {name: plain(extra[name]) for name in extra if name in FIELDS}
    withheld = sorted(extra.keys() - FIELDS)
    return fields | {"withheld": withheld} if withheld else fields


def plain(value: object) -> object:
    """Returns a value as JSON can hold it; of anything but plain data only the type is told."""
    match value:
        case Enum():
            return plain(value.value)
        case None | bool() | int() | float():
            return value
        case str():
            return value[:LONGEST_TEXT]
        case UUID():
            return str(value)
        case _:
            return f"({type(value).__name__})"


def stack_trace(error: BaseException) -> str:
    """Returns an exception and what caused it in Python's form, without messages and source."""
    return "\n".join(line for cause in _chain(error) for line in _places(cause))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yields the first cause first, as Python prints it."""
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain:
        chain.append(following)
        hidden = following.__suppress_context__
        following = following.__cause__ or (None if hidden else following.__context__)
    return reversed(chain)


def _places(error: BaseException) -> Iterator[str]:
    yield "Traceback (most recent call last):"
    for frame, line in traceback.walk_tb(error.__traceback__):
        code = frame.f_code
        yield f'  File "{code.co_filename}", line {line}, in {code.co_name}'
    yield f"{type(error).__module__}.{type(error).__qualname__}"


def configuration(level: str) -> dict[str, Any]:
    """Returns Django's LOGGING: everything to standard output, from this level up."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}},
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "json",
            }
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            # Google's libraries take their loggers out of the tree unless they find a handler.
            "google": {"handlers": ["console"], "propagate": False},
            # It tells four lines of every login; who was shut out is a warning.
            "axes": {"level": "WARNING"},
            # Refused callers are logged where they are refused. Paths and hosts that do not exist
            # are asked for all day by those who look for holes.
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
        },
    }


def catch_the_rest() -> None:
    """Sends uncaught exceptions and warnings to the log, where their messages are withheld."""
    logging.captureWarnings(True)
    sys.excepthook = lambda kind, error, trace: _log_uncaught((kind, error, trace))
    threading.excepthook = lambda args: _log_uncaught(
        (args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
    )


def _log_uncaught(error: ExceptionInfo) -> None:
    logger.critical("An exception was caught by nobody.", exc_info=error)
