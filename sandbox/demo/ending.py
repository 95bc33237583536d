"""What the databases must hold once the story is over, written out document by document."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sandbox.demo import cast
from sandbox.demo.cast import Fields, Outbound
from sandbox.demo.story import HEART, THANKS, VOICE_TIMES
from sandbox.demo.texts import TEXTS, Text
from sandbox.samples import FAILURE, wamid


def unread_counts() -> Mapping[str, int]:
    """Path of the enquiry → texts that nobody has read."""
    return {
        "leasecompany/northwind/enquiries/bumper-101": 2,
        "leasecompany/northwind/enquiries/windscreen-102": 1,
        "leasecompany/northwind/enquiries/tyres-103": 1,
        "leasecompany/northwind/enquiries/mirror-104": 1,
        **{f"leasecompany/southgate/enquiries/service-{number}": 4 for number in range(201, 209)},
    }


def learned_user_ids() -> Mapping[str, str]:
    """Path of the tracking record → the driver's user id, whether we added it or ViSN had it."""
    omar = "GB.20817263549100000102"
    return {
        "whatsapp/lease/15550783881/tracking-bumper-101": "US.13491208655302741918",
        "whatsapp/lease/15550783881/tracking-windscreen-102": omar,
        "whatsapp/lease/15550783881/tracking-tyres-103": omar,
        "whatsapp/lease/15550783881/tracking-mirror-104": "GB.20817263549100000103",
        **{
            f"whatsapp/lease/15550100300/tracking-service-{200 + number}": (
                f"US.134912086553027{400 + number}"
            )
            for number in range(1, 9)
        },
    }


def chat_messages(*, start: int, now: datetime) -> Mapping[str, Fields]:
    """Every chat message: path → fields, but for `receivedAt` of what we have written."""
    inbound = {
        f"{text.enquiry.messages}/{text.document_id}": _inbound(text, start) for text in TEXTS
    }
    return inbound | {
        message.path: message.fields(now=now) | changes
        for message, changes in _outbound(start=start)
    }


def _inbound(text: Text, start: int) -> Fields:
    fields: Fields = {
        "whatsappMessageId": text.message_id,
        "source": "driver",
        "type": "text",
        "message": text.words,
        "from": text.driver.number,
        "fromUserId": text.driver.user_id,
        "profileName": text.driver.name,
        "to": text.enquiry.lease_number,
        "createdAt": _time(start + text.at),
        "status": "received",
    }
    if not text.driver.shows_number:
        del fields["from"]
    return fields | ({"replyTo": text.quotes.message_id} if text.quotes else {})


def _outbound(*, start: int) -> list[tuple[Outbound, Fields]]:
    """What became of each message that a customer has written."""
    return [
        (
            cast.BOOKED,
            {
                "status": "read",
                "statusTimestamps": {
                    "sent": _time(start - 6),
                    "delivered": _time(start - 5),
                    "read": _time(start - 4),
                },
                **_reacted(THANKS, person="16505551234", serial=114, at=start + 4),
            },
        ),
        (
            cast.KEY,
            {
                **_delivered(start - 3),
                "reactions": [],
                "reactionClock": {"16505551234": _mark("16505551234", 113, start + 4, True)},
            },
        ),
        (
            cast.VOICE,
            {
                "status": "played",
                "statusTimestamps": {
                    word: _time(start - seconds) for word, seconds in VOICE_TIMES.items()
                },
                "errors": [FAILURE],
            },
        ),
        (
            cast.COURTESY,
            {
                "status": "failed",
                "statusTimestamps": {"failed": _time(start - 2)},
                "errors": [FAILURE],
            },
        ),
        (cast.CONFIRMED, _delivered(start)),
        (cast.WHICH_PANE, _delivered(start - 3)),
        (cast.WHICH_TYRES, _delivered(start - 3)),
        (
            cast.PHOTO_PLEASE,
            # The person is the tracking record's, though Meta has withheld the number.
            _delivered(start - 3)
            | _reacted(HEART, person="447700900103", serial=302, at=start + 8),
        ),
        *((reminder, _delivered(start)) for reminder in cast.REMINDERS),
    ]


def _delivered(at: int) -> Fields:
    return {"status": "delivered", "statusTimestamps": {"delivered": _time(at)}}


def _reacted(emoji: str, *, person: str, serial: int, at: int) -> Fields:
    reaction = {
        "emoji": emoji,
        "from": person,
        "whatsappMessageId": wamid(person, serial),
        "reactedAt": _time(at),
    }
    return {
        "reactions": [reaction],
        "reactionClock": {person: _mark(person, serial, at, removed=False)},
    }


def _mark(person: str, serial: int, at: int, removed: bool) -> Fields:
    return {"at": _time(at), "id": wamid(person, serial), "removed": removed}


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
