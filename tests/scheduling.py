"""Which tests share a worker: those that share something that is costly to start."""

from xdist.scheduler import LoadScopeScheduling

# Each of these starts processes of its own, once for all of its tests.
TOGETHER = (
    "tests/deploy/test_running.py",
    "tests/faults/",
    "tests/journeys/",
    "tests/sandbox/management/commands/test_demo.py",
)


class Scheduling(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Hands out tests one by one, but those of each place above in one piece."""

    def _split_scope(self, nodeid: str) -> str:
        """Returns the name of the piece that a test belongs to."""
        return next((place for place in TOGETHER if nodeid.startswith(place)), nodeid)
