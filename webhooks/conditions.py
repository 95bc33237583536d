"""What is rare in the ledger, said in the words by which a query finds the index of it."""

from django.db.models import Q

from webhooks.outcomes import State
from webhooks.whatsapp.items import Kind

COMMON = frozenset({Kind.STATUS, Kind.TEXT})  # nearly all events are of these
# Of a kind that few events have. A query has to say it in the same words to use their index.
RARE = ~Q(kind=Kind.STATUS.value) & ~Q(kind=Kind.TEXT.value)

# Few events fail, and they are looked for most.
FAILED = Q(state=State.FAILED.value)

# What retention has emptied: its digest is all that is left. A repeat has no bytes of its own.
PRUNED = Q(body__isnull=True, repeat_of__isnull=True)
# Such as an envelope without entries: no event leads to it.
WITHOUT_ITEMS = Q(item_count=0, repeat_of__isnull=True, body__isnull=False)
