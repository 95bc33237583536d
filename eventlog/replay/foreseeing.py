"""What a replay would make of the chosen events, looked at without a write, as far as time goes."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F

from eventlog.replay.fates import Alike, Fate, alike
from eventlog.replay.selection import OPENABLE, Selection
from listeners.firestore.errors import Unavailable
from listeners.firestore.store import Store
from listeners.foresight.looking import look
from visn_whatsapp.budget import Budget
from webhooks.outcomes import Reason, State

LOOKED_AT = 500  # the first that a replay would open; of more nothing is foreseen
PAGE_SECONDS = 4.0  # somebody waits for a page
COMMAND_SECONDS = 30.0
# What Firestore has refused before it may refuse again, and says so only of a write.
ONLY_WRITING_TELLS = frozenset({Reason.TOO_LARGE, Reason.REFUSED})

Connect = Callable[[], Store]  # raises `Unavailable`


@dataclass(frozen=True, kw_only=True, slots=True)
class Foresight:
    """What the events of a selection would become, if nothing changes until then."""

    asked: int = 0  # events that were to be looked at
    fates: Mapping[int, Fate] = field(default_factory=dict)  # by event
    untold: int = 0  # events of which only the write itself tells
    same: int = 0  # events that would stand as they do now

    @property
    def looked(self) -> int:
        """How many were looked at."""
        return len(self.fates) + self.untold

    @property
    def failed(self) -> bool:
        """Whether nothing could be looked at."""
        return self.asked > 0 and not self.looked

    @property
    def missing(self) -> int:
        """How many there was no answer for, or not in time."""
        return self.asked - self.looked

    @property
    def groups(self) -> Sequence[Alike]:
        """The events by their fates."""
        return alike(self.fates)

    @property
    def in_chats(self) -> int:
        """How many a chat will show."""
        return sum(fate.chat is not None for fate in self.fates.values())

    @property
    def out(self) -> int:
        """How many no chat will show."""
        return len(self.fates) - self.in_chats

    def changes_nothing(self, replayable: int) -> bool:
        """Whether all of so many events were looked at, and each would stand as it does now.

        What would wait for its message again is a change: its message may come meanwhile.
        """
        waiting = Counter(fate.reason for fate in self.fates.values())[Reason.MESSAGE_NOT_FOUND]
        return self.same == replayable > 0 and not waiting


NOTHING = Foresight()


def foresee(selection: Selection, *, connect: Connect, now: datetime, seconds: float) -> Foresight:
    """Looks at the first events that a replay would open. Raises Django's database errors."""
    # Of an expression, or the key's index would be gone through, far beyond what was chosen.
    first = selection.events.filter(OPENABLE).order_by(F("pk") + 0)
    rows = first.values_list("pk", "reason")
    reasons = {key: Reason.of(reason) for key, reason in rows[:LOOKED_AT]}
    if not reasons:
        return NOTHING
    budget = Budget(seconds)
    try:
        found = look([*reasons], store=connect(), now=now, budget=budget)
    except Unavailable:
        return Foresight(asked=len(reasons))
    told = {
        each.event: Fate.of(each)
        for each in found
        if reasons[each.event] not in ONLY_WRITING_TELLS or each.reason.state != State.PROCESSED
    }
    return Foresight(
        asked=len(reasons),
        fates=told,
        untold=len(found) - len(told),
        same=sum(fate.reason == reasons[event] for event, fate in told.items()),
    )
