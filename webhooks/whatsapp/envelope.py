"""Meta's envelope as typed structures, down to the fields that we use.

Every field may be absent or null, and unknown fields are passed over: Meta adds fields and kinds
without notice. What an item must have to be processed is decided where it is read. `object` marks
a field whose mere presence matters, or that is kept as it is.
"""

import msgspec

WHATSAPP = "whatsapp_business_account"  # Envelope.object
MESSAGES = "messages"  # Change.field
IN_EVERY_VALUE = frozenset({"messaging_product", "metadata", "contacts"})  # of that field


class TextPart(msgspec.Struct, gc=False):
    """`text` of a message of type text."""

    body: str | None = None


class ReactionPart(msgspec.Struct, gc=False):
    """`reaction` of a message of type reaction. A removal has no emoji."""

    message_id: str | None = None
    emoji: object = None


class SystemPart(msgspec.Struct, gc=False):
    """`system` of a message of type system: WhatsApp itself says something about the person.

    Parent user ids stand beside the user ids and are nobody's own, so they are not read.
    """

    type: str | None = None
    body: str | None = None
    wa_id: str | None = None
    new_wa_id: str | None = None
    customer: str | None = None
    user_id: str | None = None
    previous_user_id: str | None = None


class UnsupportedPart(msgspec.Struct, gc=False):
    """`unsupported` of a message of type unsupported: of which type it would be."""

    type: str | None = None


class Context(msgspec.Struct, gc=False):
    """`context` of a message: the quoted message, or that it was forwarded."""

    id: str | None = None
    forwarded: bool | None = None
    frequently_forwarded: bool | None = None


class Message(msgspec.Struct, gc=False):
    """One of `value.messages`."""

    from_: str | None = msgspec.field(default=None, name="from")
    from_user_id: str | None = None
    id: str | None = None
    timestamp: str | int | float | None = None
    type: str | None = None
    text: TextPart | None = None
    reaction: ReactionPart | None = None
    system: SystemPart | None = None
    unsupported: UnsupportedPart | None = None
    errors: object = None
    context: Context | None = None
    group_id: object = None
    recipient_type: str | None = None
    recipient_participant_id: object = None
    participant_recipient_id: object = None


class StatusPart(msgspec.Struct, gc=False):
    """One of `value.statuses`."""

    id: str | None = None
    status: str | None = None
    type: object = None
    timestamp: str | int | float | None = None
    recipient_id: str | None = None
    recipient_user_id: str | None = None
    errors: object = None
    group_id: object = None
    recipient_type: str | None = None
    recipient_participant_id: object = None
    participant_recipient_id: object = None


class ErrorNotice(msgspec.Struct, gc=False):
    """One of `value.errors`: an error about the number itself."""

    code: str | int | None = None
    title: object = None
    message: object = None
    error_data: object = None


class Profile(msgspec.Struct, gc=False):
    """`profile` of a contact."""

    name: str | None = None


class Contact(msgspec.Struct, gc=False):
    """One of `value.contacts`: a person that the items of this value name."""

    profile: Profile | None = None
    wa_id: str | None = None
    user_id: str | None = None


class Metadata(msgspec.Struct, gc=False):
    """`value.metadata`: the business number."""

    display_phone_number: str | None = None
    phone_number_id: str | None = None


class Value(msgspec.Struct, gc=False):
    """`value` of a change of the field messages."""

    metadata: Metadata | None = None
    contacts: list[Contact] | None = None
    messages: list[Message] | None = None
    statuses: list[StatusPart] | None = None
    errors: list[ErrorNotice] | None = None


class SalvagedValue(Value):
    """A value of which not everything had the right type, or that holds none of the lists."""

    unreadable: frozenset[str] = frozenset()  # names of lists of items that are no lists
    keys: tuple[str, ...] = ()  # all that it has, in its order


class Change(msgspec.Struct, gc=False):
    """One of `entry[].changes`."""

    field: str | None = None
    value: Value | None = None


class Entry(msgspec.Struct, gc=False):
    """One of `entry`. Its changes are decoded apart, so that one cannot spoil the others."""

    id: str | None = None
    changes: list[msgspec.Raw] | None = None


class Envelope(msgspec.Struct, gc=False):
    """The whole payload. Other products of Meta have another `object`."""

    object: str | None = None
    entry: list[Entry] | None = None
