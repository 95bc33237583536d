"""Messages of erased people, as nobody can read them: they are not applied a second time.

For as long as Meta may send them again, in whatever grouping, their lease numbers and ids are kept
as keyed hashes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.crypto import salted_hmac

from listeners.models import ErasedMessage
from webhooks.inserting import insert_new
from webhooks.models import Event
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Item, Kind, UnprocessedItem
from webhooks.whatsapp.numbers import canonical

KEPT = timedelta(days=30)  # Meta sends for seven
# For a statement that reads the ledger anyway: nearly always there is none.
ANY = "EXISTS (SELECT 1 FROM listeners_erasedmessage)"
_SALT = "erased message"
_NOT_BY_A_PERSON = (Kind.STATUS, Kind.ERROR, Kind.CHANGE, Kind.CONTAINER)


def mark(item: Item | Event) -> str:
    """The keyed hash of what a person sent, 64 hex digits; empty for anything else.

    The key is SECRET_KEY: with another one nothing is known again.
    """
    if not item.message_id or item.kind in _NOT_BY_A_PERSON:
        return ""
    named = f"{canonical(item.lease_number)} {item.message_id}"
    return salted_hmac(_SALT, named, algorithm="sha256").hexdigest()


def remember(marks: Iterable[str], *, erasure: UUID, until: datetime) -> None:
    """Keeps hashes, in the caller's transaction. What is known stays as it is."""
    every = sorted({*marks} - {""})
    rows = [ErasedMessage(mark=each, erasure=erasure, until=until) for each in every]
    insert_new(rows, unless="(mark)")


def known(marks: Collection[str]) -> Mapping[str, UUID]:
    """Those of the hashes that are kept, and by which erasure."""
    found = ErasedMessage.objects.filter(mark__in={*marks} - {""})
    return dict(found.values_list("mark", "erasure"))


def forget(*, now: datetime) -> int:
    """Deletes those whose time is up, and returns how many."""
    return ErasedMessage.objects.filter(until__lt=now).delete()[0]


def passed_over(items: Sequence[Item]) -> list[Item]:
    """The items, without what was erased: in its place stands that it was."""
    marks = {item.position: mark(item) for item in items}
    erased = known(marks.values())
    return [_erased(item) if marks[item.position] in erased else item for item in items]


def _erased(item: Item) -> UnprocessedItem:
    """It says nothing of whom it is about, and does nothing to a chat."""
    return UnprocessedItem(
        position=item.position, kind=Kind.MESSAGE, name=item.name, reason=Reason.ERASED
    )
