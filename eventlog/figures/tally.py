"""A tally: what is counted about the events of one span of time."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Self, TypeVar

import msgspec

from eventlog.figures.histogram import bucket
from webhooks.outcomes import OPEN, State
from webhooks.stages import Stage

# Meta's words for what is ignored, and its codes, can be anything; beyond so many of either they
# are counted together.
MAX_NAMES = 30
OTHER_NAMES = "other"

Key = TypeVar("Key")


class Tally(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Counts of one span of time. Two of them can be added: an hour is the sum of its minutes."""

    states: dict[str, int] = {}  # State → events
    reasons: dict[str, int] = {}  # Reason → events; those without a reason are left out
    kinds: dict[str, int] = {}  # Kind → events
    ignored: dict[str, int] = {}  # "reason name" → events; the name is Meta's word
    codes: dict[str, int] = {}  # Meta's error code → events
    latencies: dict[str, dict[int, int]] = {}  # Stage → histogram bucket → events
    unseen: int = 0  # events that drivers sent and no customer saw
    waited: int = 0  # events that waited for their message at least once
    retries: int = 0  # runs that were not the first attempt of their task
    # Of a delivery nobody can say whose it is, so these are in the tally of all numbers only.
    deliveries: int = 0  # repeats included
    repeats: int = 0  # deliveries of bytes that had come before
    items: int = 0  # items in the deliveries, as counted when they came

    @property
    def events(self) -> int:
        """How many events there are, whatever became of them."""
        return sum(self.states.values())

    @property
    def open(self) -> int:
        """How many of the events are not settled."""
        return sum(self.states.get(state.value, 0) for state in OPEN)

    @property
    def settled(self) -> int:
        """How many of the events have an outcome."""
        return self.events - self.open

    def count_of(self, state: State) -> int:
        """Returns how many events are in this state."""
        return self.states.get(state.value, 0)

    def measure(self, stage: Stage, duration: timedelta) -> None:
        """Notes how long a stage took."""
        count(self.latencies.setdefault(stage.value, {}), bucket(duration))

    def count_ignored(self, name: str) -> None:
        """Counts an ignored event by its "reason name"."""
        _count_named(self.ignored, name)

    def count_code(self, code: int) -> None:
        """Counts an event by the code of Meta's error."""
        _count_named(self.codes, str(code))

    def add(self, other: Self) -> None:
        """Adds what another tally has counted."""
        add_counts(self.states, other.states)
        add_counts(self.reasons, other.reasons)
        add_counts(self.kinds, other.kinds)
        add_counts(self.ignored, other.ignored)
        add_counts(self.codes, other.codes)
        for stage, buckets in other.latencies.items():
            add_counts(self.latencies.setdefault(stage, {}), buckets)
        self.unseen += other.unseen
        self.waited += other.waited
        self.retries += other.retries
        self.deliveries += other.deliveries
        self.repeats += other.repeats
        self.items += other.items

    def keep(self, before: Self) -> None:
        """Leaves nothing lower of what can only grow: of it, retention has taken a part since."""
        self.retries = max(self.retries, before.retries)
        self.deliveries = max(self.deliveries, before.deliveries)
        self.repeats = max(self.repeats, before.repeats)
        self.items = max(self.items, before.items)


def _count_named(counts: dict[str, int], name: str) -> None:
    count(counts, name if name in counts or len(counts) < MAX_NAMES else OTHER_NAMES)


def count(counts: dict[Key, int], key: Key) -> None:
    """Counts one more."""
    counts[key] = counts.get(key, 0) + 1


def add_counts(mine: dict[Key, int], its: Mapping[Key, int]) -> None:
    """Adds counts to counts."""
    for key, number in its.items():
        mine[key] = mine.get(key, 0) + number


_decoder = msgspec.json.Decoder(Tally)
encode = msgspec.json.Encoder().encode
decode = _decoder.decode
