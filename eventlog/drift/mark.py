"""How far deliveries have been looked over: it moves on with each part, and is healed."""

from datetime import datetime, timedelta

from eventlog.marks import held
from eventlog.models import DriftMark
from webhooks.clock import LATE

# The first look goes back so far: whoever installs this hears of what comes in as it is now.
FIRST_LOOK = timedelta(days=1)


def held_mark(*, now: datetime) -> DriftMark:
    """Returns the mark; its row is held until the end of the transaction.

    A mark beyond `now` was left by somebody whose clock was wrong: it comes back to now.
    """
    mark = held(DriftMark(pk=1, up_to=now - FIRST_LOOK))
    if mark.up_to > now:
        mark.up_to, mark.delivery_id = now - LATE, None
    if mark.settled_up_to and mark.settled_up_to > now:
        mark.settled_up_to = now - LATE
    return mark
