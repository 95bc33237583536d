"""Whether a replay came out as it was foreseen, and which of its events did not."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from eventlog.models import ReplayedEvent, ReplayJob
from eventlog.replay.fates import IN_CHAT, Fate
from listeners.tracking import ChatKey
from webhooks.outcomes import Reason, State

NAMED_AT_MOST = 10  # events of one difference; the list of the replay's events begins with all
_FATE = ("reason_foreseen", "lease_id_foreseen", "enquiry_id_foreseen")
_AFTER = ("reason_after", "event__lease_id", "event__enquiry_id")


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Events that became something else than was foreseen."""

    became: Fate
    count: int
    events: Sequence[int]  # the first of them

    @property
    def state(self) -> State:
        """How they stand."""
        return self.became.reason.state


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """Events with one foreseen fate."""

    fate: Fate
    foreseen: int
    came: int  # as foreseen
    differences: Sequence[Difference]

    @property
    def open(self) -> int:
        """How many have no outcome yet."""
        return self.foreseen - self.came - sum(each.count for each in self.differences)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What was foreseen of a job, beside what came."""

    compared: Sequence[Compared]  # with differences first
    unforeseen: int  # of how many events nothing was foreseen

    @property
    def foreseen(self) -> int:
        """Of how many events something was foreseen."""
        return sum(each.foreseen for each in self.compared)

    @property
    def otherwise(self) -> int:
        """How many came out otherwise."""
        return sum(each.count for row in self.compared for each in row.differences)


def verdict(job: ReplayJob) -> Verdict:
    """Compares a job's events with what was foreseen of them, as far as retention has left them."""
    rows = ReplayedEvent.objects.filter(job=job)
    counts = rows.values_list(*_FATE, "otherwise").annotate(count=Count("pk"))
    by_fate: dict[Fate, dict[bool | None, int]] = {}
    unforeseen = 0
    for reason, lease_id, enquiry_id, otherwise, count in counts:
        if not reason:
            unforeseen += count
            continue
        of_fate = by_fate.setdefault(_fate(reason, lease_id, enquiry_id).as_shown, {})
        of_fate[otherwise] = of_fate.get(otherwise, 0) + count
    differences = _differences(rows.filter(otherwise=True))
    compared = [
        Compared(
            fate=fate,
            foreseen=sum(of_fate.values()),
            came=of_fate.get(False, 0),
            differences=differences.get(fate, ()),
        )
        for fate, of_fate in by_fate.items()
    ]
    compared.sort(key=lambda each: (not each.differences, each.fate.chat is None, -each.foreseen))
    return Verdict(compared=compared, unforeseen=unforeseen)


def _differences(rows: QuerySet[ReplayedEvent]) -> dict[Fate, Sequence[Difference]]:
    found: dict[Fate, dict[Fate, list[int]]] = {}
    for *foreseen, reason, lease_id, enquiry_id, event in rows.order_by("pk").values_list(
        *_FATE, *_AFTER, "event"
    ):
        became = _fate(reason, lease_id, enquiry_id).as_shown
        found.setdefault(_fate(*foreseen).as_shown, {}).setdefault(became, []).append(event)
    return {
        fate: [
            Difference(became=became, count=len(events), events=events[:NAMED_AT_MOST])
            for became, events in sorted(of_fate.items(), key=lambda each: -len(each[1]))
        ]
        for fate, of_fate in found.items()
    }


def _fate(reason: str, lease_id: str, enquiry_id: str) -> Fate:
    told = Reason.of(reason)
    in_chat = told.state in IN_CHAT and enquiry_id
    chat = ChatKey(lease_id=lease_id, enquiry_id=enquiry_id) if in_chat else None
    return Fate(reason=told, chat=chat)
