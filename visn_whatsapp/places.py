"""Places for work: so many requests are worked on at once, each with a database connection.

The server has a thread for every connection, most of which wait for their caller. What a thread
needs to do more than that is one of a few places. With it comes the place's own connection to the
database, so there are never more of those than places, and few are in use while there is little to
do: the place that was left last is taken first.
"""

from collections.abc import Sequence
from threading import Condition
from typing import cast

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

PATIENCE_SECONDS = 10.0  # Meta waits about 20 for an answer


class Busy(Exception):
    """More is under way than there is room for; the caller had better come again."""


class Place:
    """Room for one request, which brings its database connections into the thread that has it."""

    def __init__(self) -> None:
        """Has one connection for each database from its first request on; none is opened yet."""
        self.connections: Sequence[BaseDatabaseWrapper] = ()

    def enter(self) -> None:
        """Gives the connections to this thread."""
        if not self.connections:
            self.connections = cast(list[BaseDatabaseWrapper], connections.all())
            for connection in self.connections:
                connection.inc_thread_sharing()
        for connection in self.connections:
            connections[connection.alias] = connection

    def leave(self) -> None:
        """Takes them from it."""
        for connection in self.connections:
            del connections[connection.alias]


class Places:
    """The places of a process."""

    def __init__(self, count: int) -> None:
        """Makes them all; none has a connection yet."""
        self._free = [Place() for _ in range(count)]
        self._change = Condition()

    def take(self) -> Place:
        """Gives a place to this thread, which may have to wait for it. Raises Busy."""
        with self._change:
            if not self._change.wait_for(lambda: self._free, PATIENCE_SECONDS):
                raise Busy
            place = self._free.pop()
        place.enter()
        return place

    def give_back(self, place: Place) -> None:
        """Takes the place from this thread, for whoever comes next."""
        place.leave()
        with self._change:
            self._free.append(place)
            self._change.notify()
