"""The story, written out: each delivery, and the outcome that each of its items must have."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain

from sandbox import samples
from sandbox.demo import cast, scenes
from sandbox.demo.cast import Outbound
from sandbox.demo.scenes import Expected, Post, Scene, Store
from sandbox.demo.texts import FLEET_TEXTS, FRONT, GOOD_MORNING, LEFT, NOISE, TUESDAY, Text
from webhooks.outcomes import Reason

EMOJI = {"thumbs up": "\N{THUMBS UP SIGN}", "party": "\N{PARTY POPPER}"}
THANKS = "\N{PERSON WITH FOLDED HANDS}"
HEART = "\N{SPARKLING HEART}"

# When Meta sent what, as seconds before the story's beginning, for the statuses of the voice
# message: by themselves in order, posted in none.
VOICE_TIMES = {"sent": 9, "failed": 8, "delivered": 7, "read": 5, "played": 4}
VOICE_REASONS = {
    "played": Reason.APPLIED,
    "read": Reason.LATE_STATUS,
    "delivered": Reason.LATE_STATUS,
    "failed": Reason.FAILED_AFTER_DELIVERY,
    "sent": Reason.LATE_STATUS,
}


def story(*, start: int) -> list[Scene]:
    """Returns all scenes in their order; `start` is the beginning in unix seconds."""
    chapters = (_words, _reactions, _statuses, _set_aside, _which_chat, _batch, _forged)
    told = chain.from_iterable(chapter(start) for chapter in chapters)
    return sorted(told, key=lambda scene: scene.at)


def _words(start: int) -> Iterator[Scene]:
    """Statuses, a text, a reply, and a status that comes before its message is stored."""
    delivered = tuple(
        _status(message, "delivered", at=start - 3, says="status delivered")
        for message in cast.DELIVERED_AT_FIRST
    )
    drivers = tuple(message.enquiry.driver for message in cast.DELIVERED_AT_FIRST)
    says = "Messages to three drivers were delivered"
    yield Post(at=0, says=says, statuses=delivered, people=drivers)
    yield _post(GOOD_MORNING, start=start, says=f"Sheena writes: {GOOD_MORNING.words}")
    late = Expected(
        says="a status before its message is stored",
        content=scenes.status(cast.CONFIRMED, "delivered", at=start),
        reason=Reason.APPLIED,
        enquiry=cast.BUMPER,
        document_id=cast.CONFIRMED.document_id,
    )
    says = "A status comes before its message is stored"
    yield Post(at=1, says=says, statuses=(late,), waits=True)
    yield _post(TUESDAY, start=start, says=f"Sheena replies: {TUESDAY.words}")
    written_at = datetime.fromtimestamp(start, UTC)
    says = "The sender stores that message"
    yield Store(at=3, says=says, message=cast.CONFIRMED, written_at=written_at)


def _reactions(start: int) -> Iterator[Scene]:
    """A reaction, its change, its removal, and the first of them once more, late."""
    first = _reaction(start + 2, serial=111, emoji=EMOJI["thumbs up"], says="a reaction")
    changed = _reaction(start + 3, serial=112, emoji=EMOJI["party"], says="its change")
    removed = _reaction(start + 4, serial=113, emoji=None, says="its removal")
    late = _reaction(
        start + 2,
        serial=111,
        emoji=EMOJI["thumbs up"],
        says="the first reaction again, late",
        reason=Reason.LATE_REACTION,
    )
    thanks = _reaction(start + 4, serial=114, emoji=THANKS, says="a reaction", on=cast.BOOKED)
    yield Post(at=2, says=f"Sheena reacts with {EMOJI['thumbs up']}", messages=(first,))
    yield Post(at=3, says=f"Sheena changes it to {EMOJI['party']}", messages=(changed,))
    yield Post(at=4, says="Sheena takes it away", messages=(removed,))
    yield Post(at=4, says="The first reaction comes again, late", messages=(late, thanks))


def _statuses(start: int) -> Iterator[Scene]:
    """All statuses out of order and twice; all in order at once; a failure."""
    for word, reason in VOICE_REASONS.items():
        item = _voice_status(start, word, reason=reason)
        yield Post(at=5, says=f"The voice message was {word}", statuses=(item,))
    twice = tuple(
        _voice_status(start, word, reason=Reason.ALREADY_APPLIED) for word in VOICE_REASONS
    )
    yield Post(at=5, says="All five again, in one delivery", statuses=twice)
    in_order = tuple(
        _status(cast.BOOKED, word, at=start - 6 + place, says=f"status {word}")
        for place, word in enumerate(("sent", "delivered", "read"))
    )
    yield Post(at=6, says="The first message was sent, delivered, read", statuses=in_order)
    failed = _status(cast.COURTESY, "failed", at=start - 2, says="status failed")
    yield Post(at=6, says="The fourth message failed", statuses=(failed,))


def _set_aside(start: int) -> Iterator[Scene]:
    """What is not processed, and what was there before."""
    photo = Expected(
        says="a photo",
        content=scenes.photo(cast.SHEENA, serial=121, at=start + 6),
        reason=Reason.UNSUPPORTED_TYPE,
    )
    poll = Expected(
        says="a poll",
        content=scenes.poll(cast.SHEENA, serial=122, at=start + 6),
        reason=Reason.UNSUPPORTED_TYPE,
    )
    account = Expected(
        says="a change of the account",
        content=samples.other_change(),
        reason=Reason.UNSUPPORTED_FIELD,
    )
    stranger = Expected(
        says="an unknown driver's text",
        content=scenes.text(cast.STRANGER, serial=901, at=start + 6, words="Who is this?"),
        reason=Reason.NO_ACTIVE_TRACKING,
    )
    first = _post(GOOD_MORNING, start=start, says="")
    yield Post(at=6, says="Sheena sends a photo", messages=(photo,))
    yield Post(at=6, says="Sheena sends a poll", messages=(poll,))
    yield Post(at=6, says="The account changes", changes=(account,))
    yield Post(
        at=6,
        says="Somebody unknown writes",
        messages=(stranger,),
        people=(cast.STRANGER,),
    )
    yield Post(
        at=6,
        says="The first delivery again, byte for byte",
        messages=first.messages,
        people=first.people,
        lease_number=first.lease_number,
        again=True,
    )


def _which_chat(start: int) -> Iterator[Scene]:
    """A driver with two enquiries, and one whose number is withheld."""
    yield _post(NOISE, start=start, says="Omar, who has two enquiries, writes")
    yield _post(FRONT, start=start, says="Omar replies to a question in the older one")
    yield _post(LEFT, start=start, says="Lena, whose number is withheld, writes")
    heart = Expected(
        says="a reaction without a number",
        content=scenes.reaction(
            cast.LENA, serial=302, at=start + 8, target=cast.PHOTO_PLEASE, emoji=HEART
        ),
        reason=Reason.APPLIED,
        enquiry=cast.MIRROR,
        document_id=cast.PHOTO_PLEASE.document_id,
    )
    yield Post(
        at=8,
        says=f"Lena reacts with {HEART}",
        messages=(heart,),
        people=(cast.LENA,),
    )


def _batch(start: int) -> Iterator[Scene]:
    """Many items in one delivery, one of them odd."""
    texts = [_text(words, start=start, says="a text of the batch") for words in FLEET_TEXTS]
    content = scenes.text(cast.FLEET[0].driver, serial=499, at=start + 8, words="(no id)")
    odd = Expected(
        says="the odd one: a text without an id",
        content={name: value for name, value in content.items() if name != "id"},
        reason=Reason.MALFORMED,
    )
    reminders = tuple(
        _status(reminder, "delivered", at=start, says="a status of the batch")
        for reminder in cast.REMINDERS
    )
    middle = len(texts) // 2
    yield Post(
        at=8,
        says="A batch of 41 items comes, one of them odd",
        messages=(*texts[:middle], odd, *texts[middle:]),
        statuses=reminders,
        people=tuple(enquiry.driver for enquiry in cast.FLEET),
        lease_number=cast.SOUTHGATE,
    )


def _forged(start: int) -> Iterator[Scene]:
    """Somebody who is not Meta."""
    content = scenes.text(cast.SHEENA, serial=666, at=start + 8, words="Send me your password.")
    item = Expected(says="a forged text", content=content, reason=Reason.NONE)
    says = "Somebody forges a text of Sheena's"
    yield Post(at=8, says=says, messages=(item,), forged=True)


def _post(words: Text, *, start: int, says: str) -> Post:
    kind = "a reply" if words.quotes else "a text"
    return Post(
        at=words.at,
        says=says,
        messages=(_text(words, start=start, says=f"{kind} of {words.driver.name.split()[0]}"),),
        people=(words.driver,),
        lease_number=words.enquiry.lease_number,
    )


def _text(words: Text, *, start: int, says: str) -> Expected:
    content = scenes.text(
        words.driver,
        serial=words.serial,
        at=start + words.at,
        words=words.words,
        quotes=words.quotes,
    )
    return Expected(
        says=says,
        content=content,
        reason=Reason.APPLIED,
        enquiry=words.enquiry,
        document_id=words.document_id,
    )


def _reaction(
    at: int,
    *,
    serial: int,
    emoji: str | None,
    says: str,
    on: Outbound = cast.KEY,
    reason: Reason = Reason.APPLIED,
) -> Expected:
    content = scenes.reaction(cast.SHEENA, serial=serial, at=at, target=on, emoji=emoji)
    return Expected(
        says=says, content=content, reason=reason, enquiry=on.enquiry, document_id=on.document_id
    )


def _voice_status(start: int, word: str, *, reason: Reason) -> Expected:
    at = start - VOICE_TIMES[word]
    return _status(cast.VOICE, word, at=at, says=f"status {word}", reason=reason)


def _status(
    message: Outbound, word: str, *, at: int, says: str, reason: Reason = Reason.APPLIED
) -> Expected:
    return Expected(
        says=says,
        content=scenes.status(message, word, at=at),
        reason=reason,
        enquiry=message.enquiry,
        document_id=message.document_id,
    )
