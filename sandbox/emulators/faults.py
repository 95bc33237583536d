"""Faults that a test asks for: which calls fail, how, and how often."""

import random
import threading
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec


class FaultKind(StrEnum):
    """How a call goes wrong. A dispatch is a call too: the queue's request to the task handler."""

    # Refused, nothing is applied. A dispatch is not sent, and counts as an attempt without answer.
    UNAVAILABLE = "unavailable"  # Google's clients may repeat the call by themselves
    ABORTED = "aborted"
    RESOURCE_EXHAUSTED = "resource_exhausted"
    DEADLINE_EXCEEDED = "deadline_exceeded"
    INTERNAL = "internal"
    INVALID_ARGUMENT = "invalid_argument"
    PERMISSION_DENIED = "permission_denied"
    UNAUTHENTICATED = "unauthenticated"
    SILENT = "silent"  # nothing is said for `seconds`; then the connection, or the call, ends

    # The answer is none that can be read. A dispatch is not sent.
    UNREADABLE = "unreadable"

    # Applied, but the caller is told otherwise. A dispatch is sent and its answer thrown away.
    UNAVAILABLE_AFTER_APPLYING = "unavailable_after_applying"
    DEADLINE_AFTER_APPLYING = "deadline_after_applying"

    # A stream ends with UNAVAILABLE after its first answer, or after one that holds nothing, as
    # Firestore sends while it still looks. A method that does not stream is refused.
    BREAKS_OFF = "breaks_off"
    BREAKS_OFF_EMPTY = "breaks_off_empty"

    SLOW = "slow"  # goes on after `seconds`
    TWICE = "twice"  # applied two times, one answer; a dispatch is sent two times at once


AFTER_APPLYING = {FaultKind.UNAVAILABLE_AFTER_APPLYING, FaultKind.DEADLINE_AFTER_APPLYING}
BREAKING_OFF = {FaultKind.BREAKS_OFF, FaultKind.BREAKS_OFF_EMPTY}
HARMLESS = {FaultKind.SLOW, FaultKind.TWICE}


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fault and the calls that it hits. As JSON, `kind` is spelt `fault`.

    Without `times` and `probability` it strikes once; with a probability alone, for ever.
    """

    kind: FaultKind = msgspec.field(name="fault")
    service: str  # firestore, tasks or identity
    method: str = ""  # such as Commit, CreateTask, Dispatch, certs; empty: every method
    containing: str = ""  # only requests that hold this text, such as a document's name
    skip: int = 0  # how many matching calls pass first
    times: int | None = None  # how often it strikes at most
    probability: float | None = None  # of striking, for each matching call, from 0 to 1
    seed: int = 0  # makes the probability repeatable
    seconds: float = 0.0  # how long the call waits first
    status: int = 503  # what the identity endpoint answers if it refuses

    @property
    def limit(self) -> int | None:
        """How often it strikes at most; None: without limit."""
        return 1 if self.times is None and self.probability is None else self.times

    @property
    def refuses_before(self) -> bool:
        """Whether the call goes wrong with nothing applied."""
        return self.kind not in AFTER_APPLYING | BREAKING_OFF | HARMLESS

    @property
    def breaks_off(self) -> bool:
        """Whether a stream ends in the middle."""
        return self.kind in BREAKING_OFF

    @property
    def refuses_after(self) -> bool:
        """Whether the call is applied and its answer lost."""
        return self.kind in AFTER_APPLYING

    def matches(self, *, service: str, method: str, content: bytes) -> bool:
        """Tells whether this fault is meant for such a call."""
        return (
            service == self.service
            and self.method in ("", method)
            and self.containing.encode() in content
        )


@dataclass(kw_only=True, slots=True)
class Armed:
    """A fault and what it has done so far."""

    fault: Fault
    chance: random.Random = field(init=False)
    seen: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.fault.seed)  # noqa: S311 - repeatable, not secret

    def strikes(self) -> bool:
        """Decides about one more matching call."""
        self.seen += 1
        if self.seen <= self.fault.skip:
            return False
        if self.fault.limit is not None and self.fired >= self.fault.limit:
            return False
        probability = self.fault.probability
        if probability is not None and self.chance.random() >= probability:
            return False
        self.fired += 1
        return True


class Faults:
    """The faults of one set of stand-ins. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[Armed] = []
        self._stopping = threading.Event()

    def add(self, fault: Fault) -> None:
        """Arms one more fault. Of several that match a call, the first that strikes counts."""
        with self._lock:
            self._armed.append(Armed(fault=fault))

    def clear(self) -> None:
        """Disarms all of them."""
        with self._lock:
            self._armed.clear()

    def take(self, *, service: str, method: str, content: bytes = b"") -> Fault | None:
        """Returns the fault that strikes this call, if any."""
        with self._lock:
            for armed in self._armed:
                matches = armed.fault.matches(service=service, method=method, content=content)
                if matches and armed.strikes():
                    return armed.fault
        return None

    def wait(self, fault: Fault) -> None:
        """Lets a call wait as long as its fault says, or until the stand-ins stop."""
        self._stopping.wait(fault.seconds)

    def stop(self) -> None:
        """Lets nobody wait any longer."""
        self._stopping.set()

    def fired(self) -> list[tuple[Fault, int]]:
        """Returns each armed fault with how often it has struck."""
        with self._lock:
            return [(armed.fault, armed.fired) for armed in self._armed]
