"""Tasks in company: of several deliveries, or each by itself and all at the same moment."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db import Error

from listeners.firestore.store import Store
from listeners.groups import handle_each
from listeners.runs import Attempt
from listeners.services import Handled
from listeners.sharing import PATIENCE_SECONDS
from tests import threads
from tests.platform import Platform
from webhooks.tasks import Task

Answers = list[Handled | Error]
Company = Callable[..., Answers]  # answers to a platform's tasks, in their order
# While the first who loads is held, all others come: and none of them waits so long that it leads a
# run beside.
HOLD_SECONDS = PATIENCE_SECONDS / 2


class Gathering(Store):
    """Lets whoever loads first wait until all others have come."""

    held = False

    def load(self, **wanted: Any) -> Any:
        """Loads."""
        if not self.held:
            self.held = True
            time.sleep(HOLD_SECONDS)
        return super().load(**wanted)


def one_task(platform: Platform, tasks: Sequence[Task], store: Store | None = None) -> Answers:
    """Handles them as one task of several deliveries: its answer, once for each."""
    answer = handle_each(
        tasks,
        attempt=Attempt(task_name="of-several"),
        store=store or platform.store,
        queue=platform.queue,
    )
    return [answer] * len(tasks)


def at_once(platform: Platform, tasks: Sequence[Task], store: Store | None = None) -> Answers:
    """Handles each in a thread of its own: each has its own answer, or its error of the ledger."""
    store = store or Gathering(main=platform.main, ancillary=platform.ancillary)

    def handled(task: Task) -> Handled | Error:
        try:
            return one_task(platform, [task], store)[0]
        except Error as error:
            return error

    return threads.at_once([partial(handled, task) for task in tasks])
