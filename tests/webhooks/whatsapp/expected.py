"""The events that the items in samples.py mean, and how malformed ones differ."""

from dataclasses import replace
from datetime import UTC, datetime

from sandbox import samples
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Item, Kind, Person, UnprocessedItem
from webhooks.whatsapp.kinds.reaction import Reaction
from webhooks.whatsapp.kinds.status import Status, StatusUpdate
from webhooks.whatsapp.kinds.text import TextMessage
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read

PERSON = Person(number="16505551234", user_id="US.13491208655302741918")
MOMENT = datetime(2025, 6, 8, 20, 59, 43, tzinfo=UTC)
TEXT = TextMessage(
    position=0,
    account_id="102290129340398",
    lease_number="15550783881",
    phone_number_id="106540352242922",
    message_id=samples.TEXT_ID,
    person=PERSON,
    occurred_at=MOMENT,
    kind=Kind.TEXT,
    name="text",
    body="Does it come in another color?",
)
MALFORMED_TEXT = UnprocessedItem(
    position=0,
    account_id="102290129340398",
    lease_number="15550783881",
    phone_number_id="106540352242922",
    message_id=samples.TEXT_ID,
    person=PERSON,
    occurred_at=MOMENT,
    kind=Kind.TEXT,
    name="text",
    reason=Reason.MALFORMED,
)
REACTION = Reaction(
    position=0,
    account_id="102290129340398",
    lease_number="15550783881",
    phone_number_id="106540352242922",
    message_id=samples.REACTION_ID,
    person=PERSON,
    occurred_at=MOMENT,
    kind=Kind.REACTION,
    name="reaction",
    target_id=samples.OUTBOUND_ID,
    emoji="👍",
)
MALFORMED_REACTION = replace(
    MALFORMED_TEXT, message_id=samples.REACTION_ID, kind=Kind.REACTION, name="reaction"
)
DELIVERED = StatusUpdate(
    position=0,
    account_id="102290129340398",
    lease_number="15550783881",
    phone_number_id="106540352242922",
    message_id=samples.OUTBOUND_ID,
    person=PERSON,
    occurred_at=MOMENT,
    kind=Kind.STATUS,
    name="delivered",
    status=Status.DELIVERED,
)
MALFORMED_STATUS = replace(
    MALFORMED_TEXT, message_id=samples.OUTBOUND_ID, kind=Kind.STATUS, name="delivered"
)

BAD_ID = "id is missing or too long"
BAD_TIME = "timestamp is missing or no time"
BAD_NUMBER = "metadata.display_phone_number is missing or not a number"


def event_of(*, message: object = None, status: object = None) -> Item:
    """The one event of a payload with this one item."""
    items = [] if message is None else [message]
    change = samples.change(messages=items, statuses=[] if status is None else [status])
    (event,) = read(parse(samples.encode(samples.envelope(samples.entry(change)))))
    return event
