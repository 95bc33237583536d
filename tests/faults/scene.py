"""One small world and everything that can come into it; each time with ids of its own."""

import itertools
from dataclasses import dataclass, replace
from uuid import uuid4

from tests.convergence.streams import Batch, Stream
from tests.convergence.world import (
    Chat,
    Item,
    Named,
    Outbound,
    Photo,
    Reaction,
    Record,
    Status,
    Text,
    World,
)

LEASE_NUMBER = "15550783881"
_serials = itertools.count(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """A stream in a world, and what the sender stores only after the first attempt."""

    stream: Stream
    late: tuple[Outbound, ...]


def scene() -> Scene:
    """Three drivers, four chats, every kind of event, and a status before its message."""
    serial = next(_serials)
    mark = f"{uuid4().hex[:8]}{serial}"
    # Their numbers, which no other scene in the same documents may have.
    ann = Named(number=f"4477009{serial:05d}1", user_id=f"GB.{mark}1", name="Ann")
    bob = Named(user_id=f"GB.{mark}2", name="Bob")
    # Her tracking record does not know her user id yet.
    cara = Named(number=f"4477009{serial:05d}3", user_id=f"GB.{mark}3", name="Cara")
    chats = tuple(Chat(lease_id=f"L{mark}", enquiry_id=f"E{place}") for place in range(4))
    sent = tuple(
        Outbound(
            chat=chat,
            document_id=f"auto{serial}",
            wamid=f"wamid.{mark}.OUT{serial}",
            fields={"source": "leaseCompany", "type": "text", "message": "Hello"},
        )
        for serial, chat in enumerate((*chats, chats[0]))
    )
    world = World(
        records=(
            record(f"{mark}-1", chats[0], ann, second=2),
            record(f"{mark}-2", chats[1], ann, second=1),
            record(f"{mark}-3", chats[2], bob, second=0),
            record(f"{mark}-4", chats[3], replace(cara, user_id=""), second=0),
        ),
        enquiries=dict.fromkeys(chats, 0),
        outbound=sent,
    )
    zoe = Named(number=f"4477008{serial:05d}9", name="Zoe")  # whom no record names
    deliveries = _deliveries(mark, (ann, bob, cara, zoe), sent)
    items = tuple({repr(item): item for batch in deliveries for item in batch}.values())
    return Scene(stream=Stream(world=world, items=items, deliveries=deliveries), late=(sent[-1],))


def record(name: str, chat: Chat, driver: Named, *, second: int) -> Record:
    """An active tracking record."""
    return Record(
        document_id=name,
        lease_number=LEASE_NUMBER,
        chat=chat,
        number=f"+{driver.number}" if driver.number else "",
        user_id=driver.user_id,
        active=True,
        updated_second=second,
        created_second=0,
    )


def _deliveries(
    mark: str, drivers: tuple[Named, Named, Named, Named], sent: tuple[Outbound, ...]
) -> tuple[Batch, ...]:
    ann, bob, cara, zoe = drivers
    first: tuple[Item, ...] = (
        text(f"{mark}.T1", ann, second=1),
        text(f"{mark}.T2", ann, second=2, reply_to=sent[1].wamid),
        reaction(f"{mark}.R1", ann, second=3, target=sent[0], emoji="👍"),
        status(sent[0], ann, "read", second=4),
        status(sent[-1], ann, "delivered", second=4),
        text(f"{mark}.T5", cara, second=4),
        photo(f"{mark}.P", ann),
    )
    second: tuple[Item, ...] = (
        text(f"{mark}.T3", bob, second=5),
        text(f"{mark}.T4", zoe, second=5),
        reaction(f"{mark}.R2", ann, second=6, target=sent[0], emoji=None),
        status(sent[0], ann, "delivered", second=3),
        status(sent[2], bob, "failed", second=3),
        first[0],
    )
    return first, second


def text(wamid: str, driver: Named, *, second: int, reply_to: str = "") -> Text:
    """A text."""
    return Text(
        lease_number=LEASE_NUMBER,
        driver=driver,
        wamid=f"wamid.{wamid}",
        second=second,
        body=f"Text {wamid}",
        reply_to=reply_to,
    )


def reaction(
    wamid: str, driver: Named, *, second: int, target: Outbound, emoji: str | None
) -> Reaction:
    """A reaction or its removal."""
    return Reaction(
        lease_number=LEASE_NUMBER,
        driver=driver,
        wamid=f"wamid.{wamid}",
        second=second,
        target=target.wamid,
        emoji=emoji,
    )


def status(outbound: Outbound, driver: Named, word: str, *, second: int) -> Status:
    """A status."""
    return Status(
        lease_number=LEASE_NUMBER,
        driver=driver,
        wamid=outbound.wamid,
        second=second,
        word=word,
        errors=({"code": 131049, "title": "Not delivered"},) if word == "failed" else (),
    )


def photo(wamid: str, driver: Named) -> Photo:
    """A message that is not processed."""
    return Photo(lease_number=LEASE_NUMBER, driver=driver, wamid=f"wamid.{wamid}", second=0)
