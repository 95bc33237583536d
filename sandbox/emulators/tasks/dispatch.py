"""The dispatcher: one thread that watches the queues, and one for each attempt under way."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.emulators.counters import Counters
from sandbox.emulators.faults import Fault, FaultKind, Faults
from sandbox.emulators.tasks.attempts import Sender
from sandbox.emulators.tasks.queue import Attempt, QueuedTask, TaskQueue

SERVICE = "tasks"
METHOD = "Dispatch"  # what faults and counters call an attempt
MOST_AT_ONCE = 64  # attempts under way over all queues, whatever their limits say
LONGEST_WAIT_SECONDS = 60.0


class Dispatcher:
    """Attempts the tasks of all queues when they are due."""

    def __init__(self, *, sender: Sender, faults: Faults, counters: Counters) -> None:
        self._sender = sender
        self._faults = faults
        self._counters = counters
        self._queues: dict[str, TaskQueue] = {}
        self._changed = threading.Condition()
        self._stopping = False
        self._under_way = 0
        self._thread = threading.Thread(target=self._watch, name="dispatcher", daemon=True)
        self._thread.start()

    @contextmanager
    def queues(self) -> Iterator[dict[str, TaskQueue]]:
        """Lends the queues by their names, and looks at them anew afterwards."""
        with self._changed:
            yield self._queues
            self._changed.notify()

    def run_now(self, queue: TaskQueue, queued: QueuedTask) -> None:
        """Attempts a task at once, whatever the queue's state and limits. Needs the queues lent."""
        queue.begin(queued)
        self._start(queue, queued)

    def stop(self) -> None:
        """Ends the dispatching. Attempts under way are left to themselves."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()
        self._sender.close()

    def _watch(self) -> None:
        with self._changed:
            while not self._stopping:
                self._begin_due()
                self._changed.wait(self._wait())

    def _begin_due(self) -> None:
        for queue in self._queues.values():
            while self._under_way < MOST_AT_ONCE:
                queued = queue.take_due(now=time.time())
                if queued is None:
                    break
                self._start(queue, queued)

    def _start(self, queue: TaskQueue, queued: QueuedTask) -> None:
        """Attempts a task in a thread that no end of the process waits for."""
        self._under_way += 1
        threading.Thread(target=self._attempt, args=(queue, queued), daemon=True).start()

    def _wait(self) -> float:
        if self._under_way >= MOST_AT_ONCE:
            return LONGEST_WAIT_SECONDS  # the end of an attempt is a change
        now = time.time()
        waits = [queue.wait(now=now) for queue in self._queues.values()]
        return min([wait for wait in waits if wait is not None], default=LONGEST_WAIT_SECONDS)

    def _attempt(self, queue: TaskQueue, queued: QueuedTask) -> None:
        self._counters.count(service=SERVICE, method=METHOD)
        content: bytes = queued.task.SerializeToString()
        fault = self._faults.take(service=SERVICE, method=METHOD, content=content)
        attempt = self._send(queued, fault)
        with self._changed:
            self._under_way -= 1
            queue.settle(queued, attempt)
            self._changed.notify()

    def _send(self, queued: QueuedTask, fault: Fault | None) -> Attempt:
        """Sends the task, or what a fault makes of that."""
        if fault is None:
            return self._sender.send(queued)
        began = time.time()
        self._faults.wait(fault)
        if fault.refuses_before:
            return Attempt(began=began, ended=time.time(), status=None)
        if fault.kind is FaultKind.TWICE:
            other = threading.Thread(target=self._sender.send, args=(queued,))
            other.start()
            attempt = self._sender.send(queued)
            other.join()
            return attempt
        attempt = self._sender.send(queued)
        if fault.refuses_after:
            return Attempt(began=began, ended=time.time(), status=None)
        return attempt
