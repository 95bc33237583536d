"""What the drivers write in the story: who, when, where it belongs, and what it quotes."""

from dataclasses import dataclass
from urllib.parse import quote

from sandbox.demo import cast, scenes
from sandbox.demo.cast import Driver, Enquiry, Outbound

TEXTS_OF_A_BATCH = ("Hello!", "Any day next week suits me.", "In the morning, please.", "Thanks!")


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """One text of the story: who wrote it when, where it belongs, what it quotes."""

    driver: Driver
    enquiry: Enquiry
    serial: int
    at: int
    words: str
    quotes: Outbound | None = None

    @property
    def message_id(self) -> str:
        """Meta's id."""
        return scenes.inbound_id(self.driver, self.serial)

    @property
    def document_id(self) -> str:
        """The id that the contract gives to its document."""
        return quote(self.message_id, safe="=")


GOOD_MORNING = Text(
    driver=cast.SHEENA,
    enquiry=cast.BUMPER,
    serial=101,
    at=0,
    words="Good morning! Is my car still booked?",
)
TUESDAY = Text(
    driver=cast.SHEENA,
    enquiry=cast.BUMPER,
    serial=102,
    at=1,
    words="Tuesday at nine suits me.",
    quotes=cast.BOOKED,
)
NOISE = Text(
    driver=cast.OMAR,
    enquiry=cast.TYRES,  # the newer of their two enquiries
    serial=201,
    at=7,
    words="The car hums on the motorway.",
)
FRONT = Text(
    driver=cast.OMAR,
    enquiry=cast.WINDSCREEN,  # where the quoted message is
    serial=202,
    at=7,
    words="The front one.",
    quotes=cast.WHICH_PANE,
)
LEFT = Text(driver=cast.LENA, enquiry=cast.MIRROR, serial=301, at=8, words="Yes, the left one.")
FLEET_TEXTS = tuple(
    Text(driver=enquiry.driver, enquiry=enquiry, serial=401 + place, at=8, words=words)
    for enquiry in cast.FLEET
    for place, words in enumerate(TEXTS_OF_A_BATCH)
)
TEXTS = (GOOD_MORNING, TUESDAY, NOISE, FRONT, LEFT, *FLEET_TEXTS)
