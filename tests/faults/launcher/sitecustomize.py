"""Kills a process exactly where a test wants it: Python imports this by itself at its start.

A folder on PYTHONPATH that holds this file is all it takes; the code that is tested knows nothing
of it. The file that KILL_FILE names says where: a function, `before` or `after` its call, and
perhaps in which service, such as `webhooks.task_queue:TaskQueue.create before queue-services`.
Whoever comes there first takes the file away and ends, with all processes of its group, by
SIGKILL.
"""

import functools
import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

PLACES = (
    "webhooks.ledger:record",
    "webhooks.receiving:receive",
    "webhooks.transitions:receive",
    "webhooks.alias:note",
    "webhooks.receiving:send_on",
    "webhooks.enqueuing:enqueue",
    "webhooks.receiving:take_over",
    "webhooks.receiving:take_over_all",
    "webhooks.forwarding:HttpForwarder.send",
    "webhooks.transitions:queue_deliveries",
    "webhooks.task_queue:TaskQueue.create",
    "webhooks.task_queue:TaskQueue._create",
    "webhooks.sweeper:sweep",
    "webhooks.transitions:decide",
    "listeners.groups:handle_each",
    "listeners.services:handle",
    "listeners.placements:place",
    "listeners.firestore.store:Store.commit",
    "listeners.firestore.store:Store.learn_user_id",
    "listeners.recording:record",
)


def kill_if_told(moment: str) -> None:
    """Ends this process and its group if the file says so, once."""
    told = Path(os.environ["KILL_FILE"])
    try:
        if told.read_text() not in {moment, f"{moment} {os.environ['SERVICES']}"}:
            return
        told.unlink()
    except FileNotFoundError:
        return
    os.killpg(os.getpgrp(), signal.SIGKILL)


def wrap(place: str, module: ModuleType) -> None:
    """Puts the two moments around a function, or around a method of a class."""
    *owners, name = place.partition(":")[2].split(".")
    owner: Any = functools.reduce(getattr, owners, module)
    called: Callable[..., Any] = getattr(owner, name)

    @functools.wraps(called)
    def killable(*arguments: Any, **named: Any) -> Any:
        kill_if_told(f"{place} before")
        result = called(*arguments, **named)
        kill_if_told(f"{place} after")
        return result

    setattr(owner, name, killable)


class Wrapping(MetaPathFinder):
    """Wraps the functions of a module as soon as it has been imported."""

    def __init__(self) -> None:
        self._looking: set[str] = set()

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Finds a module as Python would by itself, to be wrapped afterwards."""
        places = [place for place in PLACES if place.partition(":")[0] == fullname]
        if not places or fullname in self._looking:
            return None
        self._looking.add(fullname)
        spec = importlib.util.find_spec(fullname)
        self._looking.remove(fullname)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def execute_and_wrap(module: ModuleType) -> None:
            execute(module)
            for place in places:
                wrap(place, module)

        spec.loader.exec_module = execute_and_wrap  # type: ignore[method-assign]
        return spec


if "KILL_FILE" in os.environ:
    sys.meta_path.insert(0, Wrapping())
