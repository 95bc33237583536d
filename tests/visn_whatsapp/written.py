"""What loggers write, as a process prints it."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from visn_whatsapp.logs import JsonFormatter


@contextmanager
def collecting() -> Iterator[StringIO]:
    """Collects what every logger writes, from DEBUG up."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    quiet = ("", "django.request", "django.security.DisallowedHost")
    levels = {logging.getLogger(name): logging.getLogger(name).level for name in quiet}
    for logger in levels:
        logger.setLevel(logging.DEBUG)
    roots = [logging.getLogger(), logging.getLogger("google")]
    for logger in roots:
        logger.addHandler(handler)
    try:
        yield stream
    finally:
        for logger in roots:
            logger.removeHandler(handler)
        for logger, level in levels.items():
            logger.setLevel(level)


def lines(written: StringIO) -> list[dict[str, Any]]:
    """Returns the lines written so far."""
    return [json.loads(line) for line in written.getvalue().splitlines()]
