"""Conversations at random, and the deliveries in which Meta tells of them: mixed, and repeated."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from random import Random

from tests.convergence.streams import Batch
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
    moment,
)

LEASE_NUMBERS = tuple(f"1555078388{digit}" for digit in range(10))
WORDS = ("sent", "delivered", "read", "played", "failed")
EMOJIS = ("👍", "❤️", "😂", None, "", "null")
BODIES = ("On my way", "Ça va?", "🚚", "Line\nline", "x" * 3000)
# Deliveries are mostly small and sometimes large.
SIZES = (1, 1, 1, 2, 3, 5, 10, 100)
MOST_REPEATS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """A small world of its own, and all that is said in it."""

    world: World
    items: tuple[Item, ...]
    late: tuple[Outbound, ...]  # whose ids the sender stores after Meta's first words about them


def conversation(serial: int, random: Random) -> Conversation:
    """Two drivers, their enquiries, what they are told and what they say."""
    lease_number = random.choice(LEASE_NUMBERS)
    # One shows their number, with or without their user id; the other is known by user id alone.
    ann = Named(number=f"44770{serial:07d}", user_id=f"GB.{serial}A", name=f"Ann {serial}")
    bob = Named(user_id=f"GB.{serial}B", name=f"Bob {serial}")
    chats = [Chat(lease_id=f"L{serial}", enquiry_id=f"E{each}") for each in range(3)]
    knows_user_ids = random.random() < 0.5
    records = [
        Record(
            document_id=f"{serial}-{place}",
            lease_number=lease_number,
            chat=chat,
            number=random.choice(["", "+"]) + driver.number if driver.number else "",
            user_id=driver.user_id if not driver.number or knows_user_ids else "",
            active=place != 1 or random.random() < 0.5,
            updated_second=place,
            created_second=0,
        )
        for place, (chat, driver) in enumerate(zip(chats, (ann, ann, bob), strict=True))
    ]
    # At least one message to each driver: what is said of none would wait for an hour and a half.
    homes = [chats[0], chats[2], random.choice(chats), random.choice(chats)]
    sent = [outbound(serial, place, chat) for place, chat in enumerate(homes)]
    maker = Maker(serial=serial, lease_number=lease_number, random=random)
    items = maker.items((ann, replace(ann, user_id="", name=""), bob), sent)
    return Conversation(
        world=World(
            records=tuple(records), enquiries=dict.fromkeys(chats, 0), outbound=tuple(sent)
        ),
        items=items,
        late=tuple(each for each in sent if random.random() < 0.2 and not _quoted(each, items)),
    )


def outbound(serial: int, place: int, chat: Chat) -> Outbound:
    """A message of a customer."""
    return Outbound(
        chat=chat,
        document_id=f"auto{place}",
        wamid=f"wamid.{serial}.OUT{place}",
        fields={"source": "leaseCompany", "message": "Hello", "createdAt": moment(0)},
    )


def _quoted(sent: Outbound, items: Iterable[Item]) -> bool:
    return any(isinstance(item, Text) and item.reply_to == sent.wamid for item in items)


@dataclass(frozen=True, kw_only=True, slots=True)
class Maker:
    """Makes the items of a conversation."""

    serial: int
    lease_number: str
    random: Random

    def items(self, names: tuple[Named, ...], sent: list[Outbound]) -> tuple[Item, ...]:
        """Between ten and thirty of every kind."""
        stranger = Named(number=f"44780{self.serial:07d}", name="Zoe")
        makers = (self._text, self._reaction, self._reaction, self._status, self._status)
        made = [
            self.random.choice(makers)(place, self.random.choice(names), sent)
            for place in range(self.random.randrange(10, 30))
        ]
        made.append(self._text(100, stranger, []))
        made.append(
            Photo(
                lease_number=self.lease_number,
                driver=names[0],
                wamid=f"wamid.{self.serial}.P",
                second=0,
            )
        )
        return tuple({repr(item): item for item in made}.values())

    def _second(self) -> int:
        return self.random.randrange(6)

    def _text(self, place: int, driver: Named, sent: list[Outbound]) -> Item:
        quotes = bool(sent) and self.random.random() < 0.3
        return Text(
            lease_number=self.lease_number,
            driver=driver,
            wamid=f"wamid.{self.serial}.T{place}",
            second=self._second(),
            body=self.random.choice(BODIES),
            reply_to=self.random.choice(sent).wamid if quotes else "",
        )

    def _reaction(self, place: int, driver: Named, sent: list[Outbound]) -> Item:
        return Reaction(
            lease_number=self.lease_number,
            driver=driver,
            wamid=f"wamid.{self.serial}.R{place}",
            second=self._second(),
            target=self._of(driver, sent).wamid,
            emoji=self.random.choice(EMOJIS),
        )

    def _status(self, place: int, driver: Named, sent: list[Outbound]) -> Item:
        word = self.random.choice(WORDS)
        return Status(
            lease_number=self.lease_number,
            driver=replace(driver, name=""),
            wamid=self._of(driver, sent).wamid,
            second=self._second(),
            word=word,
            errors=({"code": 131049, "title": str(place)},) if word == "failed" else (),
        )

    def _of(self, driver: Named, sent: list[Outbound]) -> Outbound:
        """A message in one of the driver's chats."""
        enquiries = ("E0", "E1") if driver.number else ("E2",)
        return self.random.choice([each for each in sent if each.chat.enquiry_id in enquiries])


def deliveries(conversations: Iterable[Conversation], random: Random) -> list[Batch]:
    """Every item at least once, in any order and grouping, some again and in other groups."""
    items = [item for each in conversations for item in each.items]
    items += random.choices(items, k=len(items) // 4)
    random.shuffle(items)
    batches: list[Batch] = []
    while items:
        size = random.choice(SIZES)
        batches.append(tuple(items[:size]))
        items = items[size:]
    return batches + random.choices(batches, k=random.randrange(MOST_REPEATS))
