"""What an event is foreseen to become: in which chat it will be, or why in none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from listeners.foresight.looking import Foreseen
from listeners.tracking import ChatKey
from webhooks.outcomes import Reason, State

# Which of several events of one text or reaction is the one that did it depends on the order in
# which their tasks run; that the chat shows it does not.
IN_CHAT = frozenset({State.PROCESSED, State.DUPLICATE})
IN_CHAT_REASONS = tuple(sorted(reason for reason in Reason if reason.state in IN_CHAT))


@dataclass(frozen=True, kw_only=True, slots=True)
class Fate:
    """The reason with which it will be settled, and of what will be in a chat the chat."""

    reason: Reason
    chat: ChatKey | None = None

    @classmethod
    def of(cls, foreseen: Foreseen) -> Self:
        """Of what a look has told."""
        in_chat = foreseen.reason.state in IN_CHAT
        return cls(reason=foreseen.reason, chat=foreseen.chat if in_chat else None)

    @property
    def as_shown(self) -> "Fate":
        """The same without what depends on the order: applied, early or late; or there before."""
        if self.chat is None:
            return self
        new = self.reason.state == State.PROCESSED
        reason = Reason.APPLIED if new else Reason.ALREADY_APPLIED
        return Fate(reason=reason, chat=self.chat)


@dataclass(frozen=True, kw_only=True, slots=True)
class Alike:
    """Events that have the same fate."""

    fate: Fate
    events: Sequence[int]

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.events)


def alike(fates: Mapping[int, Fate]) -> Sequence[Alike]:
    """Those of one fate together: what goes into chats first, then the most."""
    events: dict[Fate, list[int]] = {}
    for event, fate in fates.items():
        events.setdefault(fate.as_shown, []).append(event)
    groups = [Alike(fate=fate, events=sorted(of_one)) for fate, of_one in events.items()]
    return sorted(groups, key=lambda each: (each.fate.chat is None, -each.count, str(each.fate)))
