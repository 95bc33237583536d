"""What is new in figures that were counted again: events that have ended badly since."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from eventlog.figures.counting import ALL, Tallies
from eventlog.figures.tally import OTHER_NAMES, Tally
from eventlog.models import ProblemKind
from eventlog.signs.noting import SignKey
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.numbers import canonical

# What came before and was never counted is history that somebody fills in, and no news.
NEWS = timedelta(days=1)
# Fields by which Meta says that somebody else has a number or a conversation, or that it is held.
TAKEN_OVER = frozenset(
    {"account_update", "phone_number_quality_update", "standby", "messaging_handovers"}
)


def news(before: Tallies, after: Tallies, *, now: datetime) -> Mapping[SignKey, int]:
    """How much more there is of what may be a problem. What has become less is no news.

    An event is counted with the minute that it came in, and is news once it is settled; so is one
    that was opened again and ends badly once more.
    """
    counts: Counter[SignKey] = Counter()
    for (minute, number), tally in after.items():
        was = before.get((minute, number))
        if number == ALL or (was is None and minute < now - NEWS):
            continue
        earlier = was or Tally()
        if tally.events < earlier.events:  # retention took a part, and the figure stays as it was
            continue
        known = dict(_signs(earlier, canonical(number)))
        for key, count in _signs(tally, canonical(number)):
            if count > known.get(key, 0):
                counts[key] += count - known.get(key, 0)
    return counts


def _signs(tally: Tally, number: str) -> Iterator[tuple[SignKey, int]]:
    for word, count in tally.reasons.items():
        reason = Reason.known(word)
        if reason and reason.state == State.FAILED:
            yield SignKey(ProblemKind.FAILED, f"{word} {number}".strip()), count
        elif reason and reason.state == State.SKIPPED:
            yield SignKey(ProblemKind.SKIPPED, f"{word} {number}".strip()), count
    for code, count in tally.codes.items():
        if code != OTHER_NAMES:
            yield SignKey(ProblemKind.CODE, f"{code} {number}".strip()), count
    for words, count in tally.ignored.items():
        _, _, field = words.partition(" ")
        if field in TAKEN_OVER:
            yield SignKey(ProblemKind.TAKEN_OVER, f"{field} {number}".strip()), count
