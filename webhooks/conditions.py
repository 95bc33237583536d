"""What is rare in the ledger, said in the words by which a query finds the index of it."""

from collections.abc import Iterable
from functools import reduce
from operator import and_

from django.db.models import Q

from webhooks.outcomes import OPEN, State
from webhooks.whatsapp.items import Kind


def none_of(field: str, values: Iterable[str]) -> Q:
    """That a field has none of the values: of a list SQLite would not see that it is an index's."""
    return reduce(and_, (~Q((field, value)) for value in values))


COMMON = frozenset({Kind.STATUS, Kind.TEXT})  # nearly all events are of these
# Of a kind that few events have. A query has to say it in the same words to use their index.
RARE = ~Q(kind=Kind.STATUS.value) & ~Q(kind=Kind.TEXT.value)

# Meta's words for nearly all events, and of all others: again in the same words.
COMMON_WORDS = ("text", "reaction", "sent", "delivered", "read")
RARE_WORD = none_of("name", COMMON_WORDS)

# What a driver sent and no chat shows, so that no customer sees it: of messages[], and not what
# WhatsApp itself says there. Duplicates are shown, and what is open may be yet.
NOT_SENT = tuple(kind.value for kind in (Kind.STATUS, Kind.ERROR, Kind.CHANGE, Kind.CONTAINER))
NOT_BY_DRIVERS = ("system", "request_welcome")
SEEN = tuple(state.value for state in (*sorted(OPEN), State.PROCESSED, State.DUPLICATE))
UNSEEN = none_of("kind", NOT_SENT) & none_of("name", NOT_BY_DRIVERS) & none_of("state", SEEN)


def is_unseen(*, kind: str, name: str, state: str) -> bool:
    """The same of one event."""
    return kind not in NOT_SENT and name not in NOT_BY_DRIVERS and state not in SEEN


# Few events fail, and they are looked for most.
FAILED = Q(state=State.FAILED.value)

# What retention has emptied: its digest is all that is left. A repeat has no bytes of its own.
PRUNED = Q(body__isnull=True, repeat_of__isnull=True)
# Such as an envelope without entries: no event leads to it.
WITHOUT_ITEMS = Q(item_count=0, repeat_of__isnull=True, body__isnull=False)
