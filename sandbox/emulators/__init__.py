"""Stand-ins for Google on one machine: Firestore, Cloud Tasks, and identity tokens.

They speak the real protocols, so that Google's clients are used unmodified, and only the calls
that this project makes. Everything is in memory and gone when they stop.

    with start(Options(project="local")) as emulators:
        os.environ |= emulators.environment()
"""

from sandbox.emulators.faults import Fault, FaultKind
from sandbox.emulators.launch import Emulators, Options, Part, start

__all__ = ["Emulators", "Fault", "FaultKind", "Options", "Part", "start"]
