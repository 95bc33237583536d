"""Our stand-ins, started once, and Google's own Firestore emulator beside them."""

from collections.abc import Iterator

import pytest

from sandbox.emulators import Emulators, Options, start


@pytest.fixture(scope="session")
def shared_stand_ins() -> Iterator[Emulators]:
    """All of them, for the whole run; dispatches may have deadlines as short as tests need."""
    with start(Options(shortest_dispatch_deadline_seconds=0.05)) as running:
        yield running


@pytest.fixture
def stand_ins(shared_stand_ins: Emulators) -> Iterator[Emulators]:
    """The same without the faults and counts of other tests."""
    shared_stand_ins.faults.clear()
    shared_stand_ins.counters.clear()
    yield shared_stand_ins
    shared_stand_ins.faults.clear()
