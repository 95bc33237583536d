"""Asks the API as a service does."""

from collections.abc import Callable
from typing import Any

READER, REVEALER, REPLAYER = (f"{name}@test.invalid" for name in ("reader", "revealer", "replayer"))
Ask = Callable[..., tuple[int, dict[str, Any]]]  # the status and what is told
