"""Takes and reads the placements of texts."""

from collections.abc import Collection, Mapping
from datetime import datetime

from listeners.firestore.documents import StoredMessage
from listeners.models import Placement
from listeners.tracking import ChatKey
from listeners.workspace import Placed
from webhooks.inserting import insert_new
from webhooks.models import Event
from webhooks.outcomes import SETTLED, Reason
from webhooks.rows import select
from webhooks.whatsapp.items import DriverMessage, Item
from webhooks.whatsapp.numbers import canonical

FIELDS = (
    "id",
    "lease_number",
    "message_id",
    "lease_id",
    "enquiry_id",
    "applied_at",
    "sought",
    "recreated",
    "document_id",
    "event",
)
ONCE = "(message_id, lease_number)"  # the key of the constraint placement_once_for_each_text
Choice = tuple[DriverMessage, Event, ChatKey | Reason]


def place(
    choices: Mapping[int, Choice], *, sought: Collection[int] = ()
) -> dict[int, Placed | Reason]:
    """Gives each text its chat: the one it has had already, otherwise the one chosen now.

    Keys are the positions of the events. A text without either keeps the reason. Those that are
    sought and get their placement now have to be looked for before they are written.
    """
    if not choices:
        return {}
    taken = [
        Placement(
            lease_number=canonical(text.lease_number),
            message_id=text.message_id,
            lease_id=choice.lease_id,
            enquiry_id=choice.enquiry_id,
            event=row,
            sought=position in sought,
        )
        # In one order, so that two runs with the same texts do not wait upon each other.
        for position, (text, row, choice) in sorted(choices.items(), key=_key)
        if isinstance(choice, ChatKey)
    ]
    insert_new(taken, unless=ONCE)
    stored = _stored({text.message_id for text, *_ in choices.values()})
    # Retention may have deleted, in between, an old row that ours gave way to.
    gone = [each for each in taken if (each.lease_number, each.message_id) not in stored]
    if gone:
        insert_new(gone, unless=ONCE)
        stored |= _stored({each.message_id for each in gone})
    return _all_placed(choices, stored)


def decide(
    choices: Mapping[int, Choice], found: Mapping[int, StoredMessage | None], *, now: datetime
) -> dict[int, Placed | Reason]:
    """Notes what the search for texts has come to: the message that holds one, or None.

    Whoever decides first decides for all deliveries of a text. What was looked for in vain is
    ours to write, and what is there from then on was written by us.
    """
    for position, message in sorted(
        found.items(), key=lambda each: _key((each[0], choices[each[0]]))
    ):
        text, *_ = choices[position]
        undecided = Placement.objects.filter(
            message_id=text.message_id,
            lease_number=canonical(text.lease_number),
            sought=True,
            applied_at=None,
        )
        if message is None:
            undecided.update(sought=False)
        else:
            undecided.update(
                sought=False,
                applied_at=now,
                lease_id=message.chat.lease_id,
                enquiry_id=message.chat.enquiry_id,
                document_id=message.message.document_id,
            )
    if not found:
        return {}
    decided = {position: choices[position] for position in found}
    return _all_placed(decided, _stored({text.message_id for text, *_ in decided.values()}))


def _all_placed(
    choices: Mapping[int, Choice], stored: Mapping[tuple[str, str], Placement]
) -> dict[int, Placed | Reason]:
    return {
        position: _placed(stored.get(key_of(text)), row, choice)
        for position, (text, row, choice) in choices.items()
    }


def _stored(message_ids: Collection[str]) -> dict[tuple[str, str], Placement]:
    rows = select(
        Placement,
        FIELDS,
        where="message_id IN %(message_id)s",
        values={"message_id": tuple(message_ids)},
    )
    return {key_of(placement): placement for placement in rows}


def key_of(text: Item | Event | Placement) -> tuple[str, str]:
    """What tells one text from another (contract: rule 1)."""
    return canonical(text.lease_number), text.message_id


def _key(choice: tuple[int, Choice]) -> tuple[str, str]:
    _, (text, *_) = choice
    return (text.message_id, canonical(text.lease_number))


def _placed(placement: Placement | None, row: Event, choice: ChatKey | Reason) -> Placed | Reason:
    if placement is None:
        # Where a chat was chosen, there is a row.
        return choice if isinstance(choice, Reason) else Reason.RULE_RAISED
    return Placed(
        chat=ChatKey(lease_id=placement.lease_id, enquiry_id=placement.enquiry_id),
        mine=placement.event_id == row.pk or _taken_over(placement, row),
        applied=placement.applied_at is not None,
        sought=placement.sought,
        recreated=placement.recreated,
        found=placement.document_id,
    )


def _taken_over(placement: Placement, row: Event) -> bool:
    """Whether the event takes over from one that was settled without creating the message."""
    if placement.applied_at is not None or placement.event.state not in SETTLED:
        return False
    taken = Placement.objects.filter(
        pk=placement.pk, event=placement.event_id, applied_at__isnull=True
    ).update(event=row)
    return taken == 1
