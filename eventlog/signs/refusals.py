"""How many requests were refused at the door since it was looked last."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from eventlog.models import LookMark, ProblemKind
from eventlog.signs.noting import SignKey
from webhooks.models import RefusalCount


def refused_since(mark: LookMark, *, now: datetime) -> Mapping[SignKey, int]:
    """Compares the counts of today and yesterday with those of the mark, and writes them there.

    The first look compares with nothing, and finds nothing. Raises Django's database errors.
    """
    is_first = mark.looked_at is None
    rows = RefusalCount.objects.filter(day__gte=(now - timedelta(days=1)).date())
    counts = {f"{row.day} {row.cause}": row.count for row in rows}
    found: dict[SignKey, int] = {}
    for words, count in counts.items():
        more = count - mark.refused.get(words, 0)
        key = SignKey(ProblemKind.REFUSED, words.partition(" ")[2])
        if more > 0 and not is_first:
            found[key] = found.get(key, 0) + more
    mark.refused = counts
    return found
