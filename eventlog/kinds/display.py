"""What people see of a kind of events: its words, its symbol, and what an item of it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from eventlog.kinds.said import Said


@dataclass(frozen=True, kw_only=True, slots=True)
class Display:
    """All that pages say of one kind."""

    label: str  # introduces Meta's own word: `Status` delivered
    plural: str  # counted in figures: `Statuses`
    symbol: str = ""  # SVG of its icon, in a box of 16 by 16; empty: it has none of its own
    tells_more: bool = True  # whether Meta's own word, Event.name, says more than the label
    icons: Mapping[str, str] = field(default_factory=dict)  # other symbols, by Meta's own word
    icon: str = ""  # the symbol for all other words, where it has none of its own
    occurred: str = "Happened at WhatsApp"  # how its timeline begins; {} is Meta's own word
    template: str = ""  # shows what an item of it says; empty: nothing but its bytes do
    id_label: str = "Message"  # what its own id is of
    target_label: str = "Replies to"  # what it does to the message that it refers to
    # By Meta's own word: of which an outcome means that a message did not reach the driver.
    undelivered: frozenset[str] = frozenset()
    # By Meta's own word: what one says that is not processed; and of all others.
    words: Mapping[str, Said] = field(default_factory=dict)
    own_types: Mapping[str, Said] = field(default_factory=dict)  # of what Meta does not hand over
    unknown: Said | None = None
    word_title: str = ""  # what the filter of its words is called: `Status`
    # Names that Meta gives to what is in it: shown in the masked bytes, without the values.
    fields: frozenset[str] = frozenset()
