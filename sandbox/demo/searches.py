"""What there is to look for in the event log once the story is told, and the page that it opens."""

from dataclasses import dataclass

from sandbox.demo import cast
from sandbox.demo.texts import GOOD_MORNING


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """Words for the box at the head of each page."""

    words: str
    opens: str  # a list of events, or the story of one


SEARCHES = (
    Search(words=f"+{cast.OMAR.number}", opens="list: all of Omar’s events, by their number"),
    Search(words=cast.LENA.number[-6:], opens="list: Lena’s, by the last six digits"),
    Search(words=cast.BUMPER.enquiry_id, opens="list: an enquiry’s; each leads to its chat"),
    Search(words=cast.BUMPER.lease_id, opens="list: a lease company’s"),
    Search(
        words=cast.STRANGER.number,
        opens="list: what an unknown driver sent, and why it was skipped",
    ),
    Search(words=GOOD_MORNING.message_id, opens="story: one message, from Meta to the chat"),
)
