"""A little traffic after the story, so that there is something to watch."""

import itertools
import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from sandbox.demo import cast, scenes
from sandbox.demo.cast import Enquiry, Outbound
from sandbox.demo.platform import Platform
from sandbox.demo.player import Player
from sandbox.demo.scenes import Expected, Post, Scene, Store
from sandbox.samples import Json
from webhooks.outcomes import Reason

PAUSE_SECONDS = (4.0, 12.0)  # between two happenings
STATUS_PAUSE_SECONDS = 1.5
CHATS = (cast.BUMPER, cast.MIRROR, *cast.FLEET)
QUESTIONS = ("Is ten o'clock all right?", "Your car is ready.", "Did you get the keys?")
ANSWERS = ("Yes, thank you.", "Can I call you later?", "I am on my way.", "Where do I park?")
EMOJI = ("\N{THUMBS UP SIGN}", "\N{PARTY POPPER}", "\N{SMILING FACE WITH SUNGLASSES}")


class Traffic:
    """Drivers and customers who write now and then."""

    def __init__(self, *, player: Player, platform: Platform, chance: random.Random) -> None:
        self._player = player
        self._platform = platform
        self._chance = chance
        self._serial = itertools.count(1001)
        self._last: dict[str, Outbound] = {}  # of each enquiry

    def go_on(self) -> None:
        """Goes on until the process is told to end."""
        happenings: dict[Callable[[Enquiry], Iterator[Scene]], int] = {
            self._driver_writes: 6,
            self._customer_writes: 4,
            self._driver_reacts: 2,
            self._photo: 1,
            self._stranger: 1,
        }
        while True:
            time.sleep(self._chance.uniform(*PAUSE_SECONDS))
            enquiry = self._chance.choice(CHATS)
            happening = self._chance.choices([*happenings], weights=[*happenings.values()])[0]
            for scene in happening(enquiry):
                self._player.take(scene)

    def _driver_writes(self, enquiry: Enquiry) -> Iterator[Scene]:
        driver, words = enquiry.driver, self._chance.choice(ANSWERS)
        content = scenes.text(driver, serial=next(self._serial), at=_now(), words=words)
        yield _post(enquiry, f"{_name(enquiry)} writes: {words}", messages=[content])

    def _customer_writes(self, enquiry: Enquiry) -> Iterator[Scene]:
        """The drawer is open, so nothing is unread; the message goes out and its statuses come."""
        self._platform.store({enquiry.path: {"unReadWhatsappMessageCount": 0}})
        serial, words = next(self._serial), self._chance.choice(QUESTIONS)
        message = Outbound(
            enquiry=enquiry, document_id=f"drawer{serial:014d}", serial=serial, words=words
        )
        self._last[enquiry.path] = message
        says = f"The customer reads, and writes to {_name(enquiry)}"
        yield Store(at=0, says=says, message=message, written_at=datetime.now(UTC))
        for word in ("sent", "delivered", "read"):
            time.sleep(STATUS_PAUSE_SECONDS)
            content = scenes.status(message, word, at=_now())
            yield _post(enquiry, f"The message to {_name(enquiry)} was {word}", statuses=[content])

    def _driver_reacts(self, enquiry: Enquiry) -> Iterator[Scene]:
        message, emoji = self._last.get(enquiry.path), self._chance.choice(EMOJI)
        if message is None:
            return
        content = scenes.reaction(
            enquiry.driver, serial=next(self._serial), at=_now(), target=message, emoji=emoji
        )
        yield _post(enquiry, f"{_name(enquiry)} reacts with {emoji}", messages=[content])

    def _photo(self, enquiry: Enquiry) -> Iterator[Scene]:
        content = scenes.photo(enquiry.driver, serial=next(self._serial), at=_now())
        yield _post(enquiry, f"{_name(enquiry)} sends a photo", messages=[content])

    def _stranger(self, _: Enquiry) -> Iterator[Scene]:
        content = scenes.text(
            cast.STRANGER, serial=next(self._serial), at=_now(), words="Is this the garage?"
        )
        yield _post(cast.BUMPER, "Somebody unknown writes", messages=[content])


def _post(
    enquiry: Enquiry, says: str, *, messages: Sequence[Json] = (), statuses: Sequence[Json] = ()
) -> Post:
    return Post(
        at=0,
        says=says,
        messages=tuple(_item(says, content) for content in messages),
        statuses=tuple(_item(says, content) for content in statuses),
        people=(enquiry.driver,),
        lease_number=enquiry.lease_number,
    )


def _item(says: str, content: Json) -> Expected:
    return Expected(says=says, content=content, reason=Reason.APPLIED)


def _name(enquiry: Enquiry) -> str:
    return enquiry.driver.name.split()[0]


def _now() -> int:
    return int(time.time())
