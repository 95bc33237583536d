"""A delivery's items as the bytes that Meta would post."""

from collections.abc import Iterable, Sequence

from sandbox import samples
from tests.convergence.world import (
    FIRST_SECOND,
    Changed,
    Item,
    Named,
    Photo,
    Reaction,
    Status,
    Text,
)


def payload(items: Iterable[Item]) -> bytes:
    """One change for each lease number, with its messages, statuses and contacts."""
    changes = [_change(number, own) for number, own in _by_lease_number(items).items()]
    return samples.encode(samples.envelope(samples.entry(*changes)))


def in_order(items: Iterable[Item]) -> list[Item]:
    """The items in the order in which they stand in their payload."""
    apart = _by_lease_number(items).values()
    return [item for own in apart for item in sorted(own, key=lambda i: isinstance(i, Status))]


def _by_lease_number(items: Iterable[Item]) -> dict[str, list[Item]]:
    by_number: dict[str, list[Item]] = {}
    for item in items:
        by_number.setdefault(item.lease_number, []).append(item)
    return by_number


def _change(lease_number: str, items: Sequence[Item]) -> samples.Json:
    messages = [item for item in items if not isinstance(item, Status)]
    return samples.change(
        messages=[_message(item) for item in messages],
        statuses=[_status(item) for item in items if isinstance(item, Status)],
        contacts=[_contact(name) for name in _people(messages)],
        lease_number=lease_number,
        phone_number_id=f"1{lease_number}",
    )


def _people(messages: Iterable[Item]) -> list[Named]:
    """Those who have a contact; Meta gives none with a system message."""
    named = [item.driver for item in messages if not isinstance(item, Changed)]
    return list(dict.fromkeys(driver for driver in named if driver.has_contact))


def _contact(named: Named) -> samples.Json:
    return samples.contact(number=named.number, user_id=named.user_id, name=named.name)


def _message(item: Item) -> samples.Json:
    number, user_id, timestamp = item.driver.number, item.driver.user_id, FIRST_SECOND + item.second
    match item:
        case Text():
            return samples.text(
                message_id=item.wamid,
                number=number,
                user_id=user_id,
                timestamp=timestamp,
                body=item.body,
                reply_to=item.reply_to,
                forwarded=item.forwarded,
            )
        case Reaction():
            message = samples.reaction(
                message_id=item.wamid,
                number=number,
                user_id=user_id,
                timestamp=timestamp,
                target_id=item.target,
                emoji=item.emoji,
            )
            if item.emoji == "null":
                message["reaction"] = {"message_id": item.target, "emoji": None}
            return message
        case Changed():
            return samples.system(
                message_id=item.wamid,
                number=number,
                timestamp=timestamp,
                wa_id=item.now.number,
                user_id=item.now.user_id,
                previous_user_id=user_id,
            )
        case Photo():
            return samples.image(
                message_id=item.wamid, number=number, user_id=user_id, timestamp=timestamp
            )
    raise TypeError(type(item).__name__)


def _status(item: Status) -> samples.Json:
    return samples.status(
        message_id=item.wamid,
        word=item.word,
        number=item.driver.number,
        user_id=item.driver.user_id,
        timestamp=FIRST_SECOND + item.second,
        errors=item.errors,
    )
