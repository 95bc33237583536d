"""Takes and reads the placements of texts."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

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
    # In one order, so that two runs with the same texts do not wait upon each other.
    taken = new_placements(dict(sorted(choices.items(), key=_key)), sought=sought)
    insert_new(taken, unless=ONCE)
    stored = stored_placements({text.message_id for text, *_ in choices.values()})
    # Retention may have deleted, in between, an old row that ours gave way to.
    gone = [each for each in taken if (each.lease_number, each.message_id) not in stored]
    if gone:
        insert_new(gone, unless=ONCE)
        stored |= stored_placements({each.message_id for each in gone})
    return all_placed(choices, stored, takes_over=_takes_over)


def new_placements(
    choices: Mapping[int, Choice], *, sought: Collection[int] = ()
) -> list[Placement]:
    """What those texts get for which a chat was chosen, unless they have one; not written yet."""
    return [
        Placement(
            lease_number=canonical(text.lease_number),
            message_id=text.message_id,
            lease_id=choice.lease_id,
            enquiry_id=choice.enquiry_id,
            event=row,
            sought=position in sought,
        )
        for position, (text, row, choice) in choices.items()
        if isinstance(choice, ChatKey)
    ]


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
        undecided.update(**decided(message, now=now))
    if not found:
        return {}
    of_these = {position: choices[position] for position in found}
    stored = stored_placements({text.message_id for text, *_ in of_these.values()})
    return all_placed(of_these, stored, takes_over=_takes_over)


def decided(message: StoredMessage | None, *, now: datetime) -> dict[str, Any]:
    """The columns of a placement whose text was looked for, and found as this, or not at all."""
    if message is None:
        return {"sought": False}
    return {
        "sought": False,
        "applied_at": now,
        "lease_id": message.chat.lease_id,
        "enquiry_id": message.chat.enquiry_id,
        "document_id": message.message.document_id,
    }


def all_placed(
    choices: Mapping[int, Choice],
    stored: Mapping[tuple[str, str], Placement],
    *,
    takes_over: Callable[[Placement, Event], bool],
) -> dict[int, Placed | Reason]:
    """Where each text belongs by these placements, or why nowhere.

    `takes_over` lets an event have the placement of one that was settled without the message.
    """
    return {
        position: _placed(stored.get(key_of(text)), row, choice, takes_over=takes_over)
        for position, (text, row, choice) in choices.items()
    }


def stored_placements(message_ids: Collection[str]) -> dict[tuple[str, str], Placement]:
    """The placements of texts with these ids, by their keys."""
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


def _placed(
    placement: Placement | None,
    row: Event,
    choice: ChatKey | Reason,
    *,
    takes_over: Callable[[Placement, Event], bool],
) -> Placed | Reason:
    if placement is None:
        # Where a chat was chosen, there is a row.
        return choice if isinstance(choice, Reason) else Reason.RULE_RAISED
    return Placed(
        chat=ChatKey(lease_id=placement.lease_id, enquiry_id=placement.enquiry_id),
        mine=placement.event_id == row.pk or (is_free(placement) and takes_over(placement, row)),
        applied=placement.applied_at is not None,
        sought=placement.sought,
        recreated=placement.recreated,
        found=placement.document_id,
    )


def is_free(placement: Placement) -> bool:
    """Whether the event that has it was settled without creating the message."""
    return placement.applied_at is None and placement.event.state in SETTLED


def _takes_over(placement: Placement, row: Event) -> bool:
    """Gives it to the event, unless another has been quicker."""
    taken = Placement.objects.filter(
        pk=placement.pk, event=placement.event_id, applied_at__isnull=True
    ).update(event=row)
    return taken == 1
