"""What of a payload may be shown masked: the words of Meta's language, and nothing else."""

import re

from eventlog.kinds import DISPLAYS
from eventlog.questions.masking import DOT, IDENTITY

MASK = DOT * 4
# Names of fields in Meta's documentation; any other name might be personal itself.
GENERAL_NAMES = frozenset(
    """
    account_id address_messages biz_opaque_callback_data button caption category changes code
    contacts context conversation details display_phone_number document edit entry
    error_data errors event expiration_timestamp field filename forwarded frequently_forwarded
    from from_parent_user_id from_user_id group_id href id image interactive link list_reply
    location message message_id messages messaging_product metadata mime_type name object order
    origin parent_user_id phone_number_id pricing pricing_model profile recipient_id
    recipient_participant_id recipient_type recipient_user_id referral revoke sha256 status
    statuses sticker system time timestamp title type unsupported user_id username value
    video voice wa_id audio billable
    """.split()  # noqa: SIM905 (a block of words can be read)
)
KNOWN_NAMES = GENERAL_NAMES.union(*(display.fields for display in DISPLAYS.values()))
# Of these the values say nothing about a person. The business number is the lease company's.
CLEAR_NAMES = frozenset(
    """
    billable category code display_phone_number expiration_timestamp field forwarded
    frequently_forwarded messaging_product mime_type object phone_number_id pricing_model
    recipient_type status time timestamp type
    """.split()  # noqa: SIM905 (a block of words can be read)
)
# Meta's words are short, its codes and times have ten digits at most. Anything else is not these.
CLEAR_VALUE = re.compile(
    rf"[0-9]{{1,10}}|(?!.*[0-9]{{5}})(?!.*(?:{IDENTITY.pattern}))[A-Za-z0-9_./;:=+ -]{{0,64}}"
)
LEASE_COMPANYS = frozenset({"display_phone_number", "phone_number_id"})
LEASE_VALUE = re.compile(r"[0-9+ ()-]{1,32}")


def is_known(name: str) -> bool:
    """Whether a name of a field may be shown."""
    return name in KNOWN_NAMES


def is_clear(name: str, value: str) -> bool:
    """Whether a string or number may be shown that has this name, or stands in a list of it."""
    if name not in CLEAR_NAMES:
        return False
    form = LEASE_VALUE if name in LEASE_COMPANYS else CLEAR_VALUE
    return form.fullmatch(value) is not None


def excerpt(words: str, length: int) -> str:
    """The beginning of a long text; what no page can hold is replaced."""
    return (
        words[:length].encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
    )
