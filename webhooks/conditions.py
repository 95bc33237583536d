"""What is rare in the ledger, said in the words by which a query finds the index of it."""

from collections.abc import Iterable
from functools import reduce
from operator import and_

from django.db.models import Q

from webhooks.outcomes import OPEN, Reason, State
from webhooks.whatsapp.items import Kind


def none_of(field: str, values: Iterable[str]) -> Q:
    """That a field has none of the values: of a list SQLite would not see that it is an index's."""
    return reduce(and_, (~Q((field, str(value))) for value in values))


COMMON = frozenset({Kind.STATUS, Kind.TEXT})  # nearly all events are of these
# Of a kind that few events have. A query has to say it in the same words to use their index.
RARE = ~Q(kind=Kind.STATUS.value) & ~Q(kind=Kind.TEXT.value)

# Meta's words for nearly all events, and of all others: again in the same words.
COMMON_WORDS = ("text", "reaction", "sent", "delivered", "read")
RARE_WORD = none_of("name", COMMON_WORDS)

# An outcome is told by its reason, for the state changes more often: when a task is made as well.
# Where an index names a column, PostgreSQL writes every index anew at each change of it. These need
# not be all that there are: a reason that is new is found among more than are asked for.
_AS_EVER = (
    Reason.NONE,
    Reason.APPLIED,
    Reason.WAITING_FOR_MESSAGE,
    Reason.WAITING_FOR_QUOTED,
    Reason.LATE_STATUS,
    Reason.FAILED_AFTER_DELIVERY,
    Reason.LATE_REACTION,
    Reason.ALREADY_APPLIED,
)
_SKIPPED = (
    Reason.NO_ACTIVE_TRACKING,
    Reason.NO_PERSON,
    Reason.ENQUIRY_NOT_FOUND,
    Reason.MESSAGE_NOT_FOUND,
    Reason.HELD_ELSEWHERE,
)
_IGNORED = (
    Reason.UNSUPPORTED_TYPE,
    Reason.UNSUPPORTED_STATUS,
    Reason.UNSUPPORTED_FIELD,
    Reason.WITHOUT_ITEMS,
    Reason.GROUP,
    Reason.ERROR_NOTICE,
    Reason.IDENTITY_NOTED,
    Reason.NOT_WHATSAPP,
)
_FAILED = (
    Reason.MALFORMED,
    Reason.TOO_LARGE,
    Reason.REFUSED,
    Reason.RULE_RAISED,
    Reason.GAVE_UP,
)

# What a driver sent and no chat shows, so that no customer sees it: of messages[], and not what
# WhatsApp itself says there. Duplicates are shown, and what is open may be yet.
NOT_SENT = tuple(kind.value for kind in (Kind.STATUS, Kind.ERROR, Kind.CHANGE, Kind.CONTAINER))
NOT_BY_DRIVERS = ("system", "request_welcome")
SEEN = OPEN | {State.PROCESSED, State.DUPLICATE}
UNSEEN = none_of("kind", NOT_SENT) & none_of("name", NOT_BY_DRIVERS) & none_of("reason", _AS_EVER)


def is_unseen(*, kind: str, name: str, state: str) -> bool:
    """The same of one event."""
    return kind not in NOT_SENT and name not in NOT_BY_DRIVERS and state not in SEEN


# Few events end otherwise than applied, and they are looked for most.
COMMON_REASONS = frozenset({Reason.NONE, Reason.APPLIED})
# In words that those below do not say: what asks for a state shall find its own index.
RARE_REASON = ~Q(reason=Reason.APPLIED.value) & Q(reason__gt="")
UNAPPLIED = {
    State.SKIPPED: none_of("reason", (*_AS_EVER, *_IGNORED, *_FAILED)),
    State.IGNORED: none_of("reason", (*_AS_EVER, *_SKIPPED, *_FAILED)),
    State.FAILED: none_of("reason", (*_AS_EVER, *_SKIPPED, *_IGNORED)),
}
FAILED = UNAPPLIED[State.FAILED]
# The same as that somebody is to look at it, but asked for in other words: what asks for that shall
# find the index of `check_at`, whatever PostgreSQL believes of the two.
IS_OPEN = Q(settled_at__isnull=True)

# The message's own key finds it (webhooks/whatsapp/wamids.py); the text only what has none.
WITHOUT_KEY = Q(message_key__isnull=True)
TARGET_WITHOUT_KEY = ~Q(target_id="") & Q(target_key__isnull=True)

# Who has a user id is named by it alone, or beside a number; each event is in the index of one. If
# the first said that the number is empty, SQLite would look for that in the index of numbers.
USER_ID_ALONE = ~Q(person_user_id="") & ~Q(person_number__gt="")
BOTH_NAMES = ~Q(person_user_id="") & ~Q(person_number="")

# What retention has deleted: the digest is all that is left. A repeat has no bytes of its own, and
# what was only emptied has its events still.
PRUNED = Q(body__isnull=True, repeat_of__isnull=True, emptied_at__isnull=True)
# Of whom nothing is left in the row but what became of it.
ERASED = Q(erased_at__isnull=False)
# Such as an envelope without entries: no event leads to it.
WITHOUT_ITEMS = Q(item_count=0, repeat_of__isnull=True, body__isnull=False)
