"""Faults at random: Google fails in every way, processes are killed, sessions are cut."""

import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from django.db import connection

from sandbox.emulators import Fault, FaultKind
from sandbox.stack import Process, Stack

KINDS = {
    ("firestore", "Commit"): (
        FaultKind.UNAVAILABLE,
        FaultKind.ABORTED,
        FaultKind.RESOURCE_EXHAUSTED,
        FaultKind.DEADLINE_EXCEEDED,
        FaultKind.PERMISSION_DENIED,
        FaultKind.DEADLINE_AFTER_APPLYING,
        FaultKind.UNAVAILABLE_AFTER_APPLYING,
        FaultKind.TWICE,
        FaultKind.SLOW,
    ),
    ("firestore", "RunQuery"): (
        FaultKind.UNAVAILABLE,
        FaultKind.ABORTED,
        FaultKind.DEADLINE_EXCEEDED,
        FaultKind.SLOW,
    ),
    ("tasks", "CreateTask"): (
        FaultKind.UNAVAILABLE,
        FaultKind.PERMISSION_DENIED,
        FaultKind.DEADLINE_AFTER_APPLYING,
        FaultKind.SLOW,
    ),
    ("tasks", "Dispatch"): (
        FaultKind.UNAVAILABLE,
        FaultKind.DEADLINE_AFTER_APPLYING,
        FaultKind.TWICE,
    ),
    ("identity", "certs"): (FaultKind.UNAVAILABLE,),
}
PROBABILITY = 0.3  # of striking a call while a fault is armed
SLOW_SECONDS = 0.2
LASTS = (0.5, 3.0)  # seconds
PAUSES = (0.5, 3.0)  # seconds between faults
KILLS_EVERY = (8.0, 20.0)  # seconds
DEAD_SECONDS = 1.0


@dataclass(kw_only=True)
class Troublemaker:
    """Arms and disarms one fault after the other; kills and starts again one process."""

    stack: Stack
    random: Random
    struck: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    next_fault: float = 0.0
    disarm_at: float | None = None
    next_kill: float = 0.0
    revive_at: dict[str, float] = field(default_factory=dict)

    def step(self, *, kills: bool) -> None:
        """Does what is due."""
        now = time.monotonic()
        if self.disarm_at is not None and now >= self.disarm_at:
            self._disarm()
        elif self.disarm_at is None and now >= self.next_fault:
            self._arm()
        if kills and now >= self.next_kill:
            self._kill()
            self.next_kill = now + self.random.uniform(*KILLS_EVERY)
        for name in [name for name, at in self.revive_at.items() if now >= at]:
            self._process(name).restart()
            del self.revive_at[name]

    def end(self) -> None:
        """Disarms everything and brings everything back."""
        self._disarm()
        for name in list(self.revive_at):
            self.revive_at[name] = 0.0
        self.step(kills=False)
        self._disarm()

    def _arm(self) -> None:
        service, method = self.random.choice(list(KINDS))
        kind = self.random.choice(KINDS[service, method])
        fault = Fault(
            kind=kind,
            service=service,
            method=method,
            probability=PROBABILITY,
            seed=self.random.randrange(2**30),
            seconds=SLOW_SECONDS if kind is FaultKind.SLOW else 0.0,
        )
        self.stack.emulators.faults.add(fault)
        self.disarm_at = time.monotonic() + self.random.uniform(*LASTS)

    def _disarm(self) -> None:
        faults = self.stack.emulators.faults
        for fault, fired in faults.fired():
            self.struck[f"{fault.service} {fault.method} {fault.kind}"] += fired
        faults.clear()
        self.disarm_at = None
        self.next_fault = time.monotonic() + self.random.uniform(*PAUSES)

    def _kill(self) -> None:
        victims = [*self.stack.servers, *self.stack.spec.chores]
        if connection.vendor == "postgresql":
            victims.append("all database sessions")
        victim = self.random.choice(victims)
        if victim == "all database sessions":
            self._cut_sessions()
        elif victim not in self.revive_at:
            self._process(victim).kill()
            self.revive_at[victim] = time.monotonic() + DEAD_SECONDS
        self.kills[victim] += 1

    def _process(self, name: str) -> Process:
        return self.stack.servers.get(name) or self.stack.others[name]

    def _cut_sessions(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
