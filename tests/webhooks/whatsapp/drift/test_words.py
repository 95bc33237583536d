"""The words that Meta documents: whatever we do not process of them is explained to people."""

from eventlog.kinds import change, message, status
from webhooks.whatsapp.drift.words import FIELDS, MESSAGE_TYPES, PAYMENT_STATUSES
from webhooks.whatsapp.envelope import MESSAGES
from webhooks.whatsapp.kinds import MESSAGES as READ

# What WhatsApp sent once, as explained for older rows: it is documented no more.
FORMER_TYPES = {"ephemeral", "unknown"}
FORMER_FIELDS = {"user_id_update"}
# What the app's settings offer and no page of Meta's tells of: drift, if it comes.
OFFERED_FIELDS = {
    "business_status_update",
    "template_correct_category_detection",
    "tracking_events",
}
# What a change of messages may hold instead of items; not fields.
INSTEAD_OF_ITEMS = {"user_actions"}


def test_every_documented_word_is_explained_and_no_field_or_type_is_known_in_one_place_alone() -> (
    None
):
    processed = {kind.value for kind in READ}
    assert set(message.WORDS) - FORMER_TYPES | processed == MESSAGE_TYPES
    others = FORMER_FIELDS | OFFERED_FIELDS | INSTEAD_OF_ITEMS
    assert set(change.WORDS) - others | {MESSAGES} == FIELDS
    assert not FIELDS & others
    assert set(status.WORDS) >= PAYMENT_STATUSES
