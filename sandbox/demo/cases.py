"""The sample payloads by name, one item each, with ids and times as they are asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox import samples
from sandbox.samples import FAILURE, Json
from webhooks.whatsapp.kinds.status import Status


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What varies from one item to the next."""

    message_id: str  # of a message or reaction; a status is about `target_id`
    timestamp: int  # unix seconds
    number: str = samples.DRIVER_NUMBER  # of the driver, digits; empty: withheld
    user_id: str = samples.DRIVER_USER_ID
    name: str = samples.DRIVER_NAME
    lease_number: str = samples.LEASE_NUMBER
    target_id: str = samples.OUTBOUND_ID  # the message that is reacted to, quoted, or reported on
    words: str = "Does it come in another color?"


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One named sample."""

    meaning: str
    messages: Callable[[Draft], list[Json]] = lambda _: []
    statuses: Callable[[Draft], list[Json]] = lambda _: []
    field: str = ""  # of a change other than messages

    def change(self, draft: Draft) -> Json:
        """Returns the change of an entry that holds this one item."""
        if self.field:
            return samples.other_change(field=self.field)
        contact = samples.contact(number=draft.number, user_id=draft.user_id, name=draft.name)
        return samples.change(
            messages=self.messages(draft),
            statuses=self.statuses(draft),
            contacts=[contact],
            lease_number=draft.lease_number,
        )


def _text(draft: Draft, *, reply_to: str = "", forwarded: bool = False) -> list[Json]:
    text = samples.text(
        message_id=draft.message_id,
        number=draft.number,
        user_id=draft.user_id,
        timestamp=draft.timestamp,
        body=draft.words,
        reply_to=reply_to,
        forwarded=forwarded,
    )
    return [text]


def _reaction(draft: Draft, *, emoji: str | None) -> list[Json]:
    reaction = samples.reaction(
        message_id=draft.message_id,
        number=draft.number,
        user_id=draft.user_id,
        timestamp=draft.timestamp,
        target_id=draft.target_id,
        emoji=emoji,
    )
    return [reaction]


def _image(draft: Draft) -> list[Json]:
    image = samples.image(
        message_id=draft.message_id,
        number=draft.number,
        user_id=draft.user_id,
        timestamp=draft.timestamp,
        caption=draft.words,
    )
    return [image]


def _unsupported(draft: Draft) -> list[Json]:
    poll = samples.unsupported(
        message_id=draft.message_id,
        number=draft.number,
        user_id=draft.user_id,
        timestamp=draft.timestamp,
    )
    return [poll]


def _status(draft: Draft, word: str) -> list[Json]:
    status = samples.status(
        message_id=draft.target_id,
        word=word,
        number=draft.number,
        user_id=draft.user_id,
        timestamp=draft.timestamp,
        errors=[FAILURE] if word == Status.FAILED.word else [],
    )
    return [status]


def _without_id(draft: Draft) -> list[Json]:
    return [{name: value for name, value in _text(draft)[0].items() if name != "id"}]


def _status_case(word: str) -> Case:
    return Case(meaning=f"a status: {word}", statuses=lambda draft: _status(draft, word))


CASES: Mapping[str, Case] = {
    "text": Case(meaning="a text of the driver", messages=_text),
    "reply": Case(
        meaning="a text that quotes --message",
        messages=lambda draft: _text(draft, reply_to=draft.target_id),
    ),
    "forwarded": Case(
        meaning="a forwarded text", messages=lambda draft: _text(draft, forwarded=True)
    ),
    "reaction": Case(
        meaning="a thumbs up on --message",
        messages=lambda draft: _reaction(draft, emoji="\N{THUMBS UP SIGN}"),
    ),
    "removal": Case(
        meaning="the reaction on --message is taken away",
        messages=lambda draft: _reaction(draft, emoji=None),
    ),
    **{status.word: _status_case(status.word) for status in Status},
    "deleted": _status_case("deleted"),
    "image": Case(meaning="a photo, which is ignored", messages=_image),
    "unsupported": Case(meaning="a poll, which WhatsApp does not hand over", messages=_unsupported),
    "odd": Case(meaning="a text without an id, which is malformed", messages=_without_id),
    "other": Case(meaning="a change of another field, which is ignored", field="account_update"),
}
