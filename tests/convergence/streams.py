"""Hypothesis makes worlds, sets of events, and the ways in which Meta may deliver them."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from random import Random

from hypothesis import strategies as st

from sandbox import samples
from tests.convergence.world import (
    AFTERWARDS,
    Changed,
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
    digits,
    moment,
    spelled,
    tells,
)

Trait = tuple[Chat, str, bool, int, int, int]
Batch = tuple[Item, ...]  # the items of one delivery

LEASE_NUMBERS = (("15550783881",), ("5541999990001", "554199990001"))  # each in its spellings
CHATS = tuple(
    Chat(lease_id=lease, enquiry_id=enquiry)
    for lease, enquiry in (("L1", "E1"), ("L1", "E2"), ("L2", "E1"), ("L2", "E.3"))
)
SECONDS = st.integers(min_value=0, max_value=3)  # few, so that ties are common
# Of a tracking record: chat, plus, active, updatedAt, createdAt, and how its id begins.
TRAITS: st.SearchStrategy[Trait] = st.sampled_from(
    list(product(CHATS, ("", "+"), (True, True, False), range(3), range(2), range(2)))
)
EMOJIS = st.sampled_from(["👍", "❤️", "😮", None, "", "null"])
BODIES = st.sampled_from(["On my way", "", "Ça va / ok?", "Line\nline", "x" * 4000])
ERRORS: st.SearchStrategy[tuple[Mapping[str, object], ...]] = st.sampled_from(
    [(), (samples.FAILURE,), ({"code": 1}, {"code": 2}), ({"code": 10},)]
)
NOWHERE = "wamid.NOWHERE"
# Of replies to replies to replies, the last may find its minute over while the others still wait.
DEEPEST = 3
MOST_ITEMS = 10

Kind = Callable[[int, World, Sequence[Item]], st.SearchStrategy[Item]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Driver:
    """A driver: what their tracking records hold, and how Meta may name them."""

    number: str
    user_id: str
    names: tuple[Named, ...]
    # What each of their tracking records holds, where it is not both: number and user id.
    held: tuple[tuple[str, str], ...] = ()


DRIVERS = (
    Driver(
        number="447700900101",
        user_id="GB.101",
        names=(
            Named(number="447700900101", user_id="GB.101", name="Ann"),
            Named(number="447700900101"),
            Named(user_id="GB.101", name="Ann"),
        ),
    ),
    # Their records lack the user id until an event tells it.
    Driver(
        number="447700900102",
        user_id="",
        names=(
            Named(number="447700900102", user_id="GB.102", name="Bob"),
            Named(number="447700900102", name="Bob"),
        ),
    ),
    Driver(
        number="",
        user_id="GB.103",
        names=(
            Named(user_id="GB.103", name="Cy"),
            Named(number="447700900103", user_id="GB.103", name="Cy"),
        ),
    ),
    # Known by all names, in all spellings. One record tells the number, or none does: what the
    # others learn meanwhile makes no difference then. Never named by number alone, since the
    # contacts beside a status, which depend on the grouping, would tell the user id.
    Driver(
        number="5511987650104",
        user_id="BR.104",
        names=(
            Named(number="5511987650104", user_id="BR.104", name="Di"),
            Named(number="551187650104", user_id="BR.104", name="Di"),
            Named(user_id="BR.104", name="Di"),
        ),
        held=(("551187650104", "BR.104"), ("5511987650104", ""), ("", "BR.104")),
    ),
)
# Has another number and user id from some second on, which their tracking records do not know.
BEFORE = Named(number="447700900105", user_id="GB.105", name="Eve")
AFTER = Named(number="447700900106", user_id="GB.106", name="Eve")
EVE = Driver(
    number=BEFORE.number,
    user_id=BEFORE.user_id,
    names=(
        BEFORE,
        Named(user_id=BEFORE.user_id, name="Eve"),
        AFTER,
        Named(user_id=AFTER.user_id, name="Eve"),
        Named(number=AFTER.number, name="Eve"),
    ),
)
# In each of their chats one record has the number alone and another, the better one, the user id;
# so it makes no difference when the first learns it. Nor do contacts tell what an item withholds.
FLO = Driver(
    number="447700900107",
    user_id="",
    names=(
        Named(number="447700900107", has_contact=False),
        Named(user_id="GB.107", has_contact=False),
        Named(number="447700900107", user_id="GB.107", has_contact=False),
    ),
)
# Her records lack the user id by which alone Meta may name her: whether one is found then depends
# on what came before. So she is in no stream but her own (`of_user_ids`).
ADA = Driver(
    number="447700900108",
    user_id="GB.108",
    names=(
        Named(number="447700900108", user_id="GB.108", has_contact=False),
        Named(user_id="GB.108", has_contact=False),
        Named(user_id="GB.108", has_contact=False),
        Named(number="447700900108", has_contact=False),
    ),
    held=(("447700900108", ""), ("447700900108", ""), ("", "GB.108")),
)
# What WhatsApp says later than all of that, and does not count for it: whose the names are then.
LATER = 4
NAMED_LATER = (
    Named(number="447700900197", user_id="GB.101"),
    Named(number="447700900198", user_id=BEFORE.user_id),
    Named(number=BEFORE.number, user_id="GB.198"),
)
# Who writes after that, by names that were said to be somebody else's, and tells nothing of them.
SINCE = Driver(number="", user_id="", names=(Named(user_id="GB.101", name="Ann"), *EVE.names[1:]))
STRANGER = Named(number="447700900199", user_id="GB.199", name="Zoe")
EVERYBODY = (*DRIVERS, EVE, FLO, Driver(number="", user_id="", names=(STRANGER,)))


class Chance(Random):
    """Chooses evenly, unlike Hypothesis, which likes small numbers; and can be repeated."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.first_seed = seed

    def __repr__(self) -> str:
        return f"Chance({self.first_seed})"


CHANCES = st.integers(min_value=0, max_value=10**9).map(Chance)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stream:
    """A world, and what comes into it, already in some grouping, order and repetition."""

    world: World
    items: tuple[Item, ...]
    deliveries: tuple[Batch, ...]
    afterwards: tuple[Batch, ...] = ()  # of the items those that come once all others are settled
    told_first: bool = False  # all that joins two names comes in the first of the deliveries


@st.composite
def streams(draw: st.DrawFn, *, mostly_texts: bool = False, aliases: bool = False) -> Stream:
    """A stream whose every item is delivered at least once; with `aliases` some people change."""
    world = draw(worlds())
    kinds = [text, text, text, text, reaction, status] if mostly_texts else [*KINDS]
    if aliases:
        of_change = [changed, of_eve, of_eve, of_eve, named_later]
        kinds = draw(st.sampled_from([[*kinds, *of_change, of_flo], of_change, [of_flo]]))
    items = draw(items_for(world, kinds))
    if not aliases:
        return Stream(world=world, items=items, deliveries=draw(deliveries_of(items)))
    stream = draw(told(world, items))
    count = draw(st.integers(0, 3))
    later = tuple(draw(since(MOST_ITEMS + serial, world, ())) for serial in range(count))
    afterwards = draw(deliveries_of(later)) if later else ()
    return replace(stream, items=(*items, *later), afterwards=afterwards)


@st.composite
def of_several_names(draw: st.DrawFn) -> Stream:
    """People who react to one message by several names, each of which has a record in its chat."""
    kinds = draw(st.sampled_from([[of_flo], [of_eve, changed], [of_flo, of_eve, changed]]))
    world = draw(worlds())
    lease_numbers = draw(st.sampled_from(LEASE_NUMBERS))
    traits = st.tuples(st.just(CHATS[0]), st.just(""), st.just(True), *[st.integers(0, 1)] * 3)
    held = [(BEFORE.number, BEFORE.user_id), (AFTER.number, AFTER.user_id)]
    of_eve_alone = draw(records_of(lease_numbers, held, 0, st.tuples(traits, traits)))
    world = replace(
        world,
        records=(
            replace(of_eve_alone[0], created_second=0),
            of_eve_alone[1],
            *draw(records_of_flo(lease_numbers, 2, st.tuples(traits))),
        ),
        enquiries={**world.enquiries, CHATS[0]: 0},
        outbound=(replace(draw(outbound(0)), chat=CHATS[0]),),
    )
    several = st.integers(4, MOST_ITEMS).flatmap(
        lambda count: st.tuples(*(draw(st.sampled_from(kinds))(n, world, ()) for n in range(count)))
    )
    return draw(told(world, draw(several)))


@st.composite
def of_user_ids(draw: st.DrawFn) -> Stream:
    """Somebody whose user id is learned, and who is looked for by it."""
    world = draw(worlds())
    traits = st.lists(TRAITS, min_size=1, max_size=3)
    own = [
        draw(records_of(lease_spellings, draw(st.permutations(ADA.held)), 90 + 3 * place, traits))
        for place, lease_spellings in enumerate(LEASE_NUMBERS)
    ]
    world = replace(world, records=tuple(itertools.chain(*own)))
    several = st.integers(2, MOST_ITEMS).flatmap(
        lambda count: st.tuples(*(of_ada(n, world, ()) for n in range(count)))
    )
    items = draw(several)
    return Stream(world=world, items=items, deliveries=draw(deliveries_of(items)))


@st.composite
def told(draw: st.DrawFn, world: World, items: tuple[Item, ...]) -> Stream:
    """These items, of which some come first or not: those that tell of two names that are one's."""
    deliveries = draw(deliveries_of(items))
    first = tuple(filter(tells, items)) if draw(st.booleans()) else ()
    return Stream(
        world=world,
        items=items,
        deliveries=(first, *deliveries) if first else deliveries,
        told_first=bool(first),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Tracking records of a few drivers, enquiries and outbound messages."""
    missing = draw(st.sets(st.sampled_from(CHATS), max_size=1) | st.just(set()))
    counts = st.sampled_from([None, 0, 3])
    return World(
        records=tuple(draw(records())),
        enquiries={chat: draw(counts) for chat in CHATS if chat not in missing},
        outbound=tuple(draw(outbound(serial)) for serial in range(draw(st.integers(0, 4)))),
    )


@st.composite
def records(draw: st.DrawFn) -> list[Record]:
    """Up to three tracking records for each lease number and driver, and those of new names.

    A chat of somebody by several names has one lease number, as any chat has: names are joined for
    a lease number, so that of two numbers' events on one message nobody could tell.
    """
    made: list[Record] = []
    serials = itertools.count(step=3)  # at most three of each
    taken: dict[str, set[Chat]] = {EVE.number: set(), FLO.number: set()}

    def elsewhere(number: str, own: Sequence[Record]) -> list[Record]:
        free = [each for each in own if each.chat not in taken[number]]
        taken[number] |= {each.chat for each in free}
        return free

    for lease_spellings, driver in product(LEASE_NUMBERS, (*DRIVERS, EVE)):
        held = driver.held or ((driver.number, driver.user_id),)
        names = [held[place % len(held)] for place in range(3)]
        own = draw(records_of(lease_spellings, names, next(serials), st.lists(TRAITS, max_size=3)))
        if driver is EVE:
            own = elsewhere(EVE.number, own)
            own = draw(with_new_name(own)) if draw(st.booleans()) else own
        made += own
    for lease_spellings in LEASE_NUMBERS:
        flo = draw(records_of_flo(lease_spellings, next(serials), st.lists(TRAITS, max_size=2)))
        made += elsewhere(FLO.number, flo)
    assert len({(each.lease_number, each.document_id) for each in made}) == len(made)
    return made


@st.composite
def records_of_flo(
    draw: st.DrawFn,
    lease_spellings: Sequence[str],
    serial: int,
    traits: st.SearchStrategy[Sequence[Trait]],
) -> list[Record]:
    """Of each of Flo's chats a record with the user id, and another with the number."""
    number, user_id, _ = FLO.names
    held = [("", user_id.user_id)] * 2
    better = draw(records_of(lease_spellings, held, serial, traits))
    return [
        *(replace(each, updated_second=each.updated_second + 1) for each in better),
        *(
            replace(
                each,
                document_id=f"{each.document_id}-n",
                lease_number=draw(st.sampled_from(lease_spellings)),
                number=draw(st.sampled_from(["", "+"])) + number.number,
                user_id="",
                updated_second=0,
            )
            for each in better
        ),
    ]


@st.composite
def records_of(
    draw: st.DrawFn,
    lease_spellings: Sequence[str],
    names: Sequence[tuple[str, str]],
    serial: int,
    traits: st.SearchStrategy[Sequence[Trait]],
) -> list[Record]:
    """At most one tracking record of a lease number for each of these numbers and user ids."""
    return [
        Record(
            document_id=f"r{begin}-{serial + place}",
            lease_number=draw(st.sampled_from(lease_spellings)),
            chat=chat,
            number=plus + number if number else "",
            user_id=user_id,
            active=active,
            updated_second=updated,
            created_second=created,
        )
        for place, ((number, user_id), (chat, plus, active, updated, created, begin)) in enumerate(
            zip(names, draw(traits), strict=False)
        )
    ]


@st.composite
def with_new_name(draw: st.DrawFn, old: Sequence[Record]) -> list[Record]:
    """Beside Eve's records some have her new name; the old ones are older than any change."""
    new = [
        replace(
            each,
            document_id=f"{each.document_id}-new",
            number=AFTER.number,
            user_id=AFTER.user_id,
            active=draw(st.sampled_from([True, True, False])),
            updated_second=draw(st.integers(0, 2)),
        )
        for each in old
        if draw(st.booleans())
    ]
    return [*(replace(each, created_second=0) for each in old), *new]


@st.composite
def outbound(draw: st.DrawFn, serial: int) -> Outbound:
    """A message of a customer, as far as drawer and sender have brought it."""
    fields: dict[str, object] = {"source": "leaseCompany", "type": "text", "message": "Hello"}
    status = draw(st.sampled_from([None, "pending", "sent", "delivered"]))
    if status is not None:
        fields["status"] = status
    if draw(st.booleans()):
        fields["statusTimestamps"] = {
            draw(st.sampled_from(["sent", "delivered"])): moment(draw(SECONDS))
        }
    return Outbound(
        chat=draw(st.sampled_from(CHATS)),
        document_id=f"auto{serial}",
        wamid=samples.wamid("447700900101", serial, outbound=True),
        twin=samples.wamid("GB.101", serial, outbound=True),
        fields=fields,
    )


@st.composite
def items_for(draw: st.DrawFn, world: World, kinds: Sequence[Kind]) -> tuple[Item, ...]:
    """The set of events: each item once."""
    items: list[Item] = []
    for serial in range(draw(st.integers(1, MOST_ITEMS))):
        kind = draw(st.sampled_from(kinds))
        items.append(draw(kind(serial, world, items)))
    return tuple(items)


@st.composite
def whose(draw: st.DrawFn) -> tuple[str, Named]:
    """A lease number, and a driver as Meta names them."""
    driver = draw(st.sampled_from([*DRIVERS, *DRIVERS, *DRIVERS, EVERYBODY[-1]]))
    lease_spellings = draw(st.sampled_from(LEASE_NUMBERS))
    return draw(st.sampled_from(list(product(lease_spellings, driver.names))))


def is_same(one: Named, other: Named) -> bool:
    """Whether two names are of the same driver."""
    return any(one in driver.names and other in driver.names for driver in EVERYBODY)


@st.composite
def text(draw: st.DrawFn, serial: int, world: World, before: Sequence[Item]) -> Item:
    """A text, a forward, or a reply to a message that the driver can see."""
    lease_number, driver = draw(whose())
    texts = {item.wamid: item for item in before if isinstance(item, Text)}
    seen = [
        item.wamid
        for item in texts.values()
        if item.lease_number in spelled(lease_number)
        and is_same(item.driver, driver)
        and depth(item, texts) < DEEPEST
    ]
    quotable = ["", NOWHERE, *(each.wamid for each in world.outbound), *seen, *seen]
    reply_to = draw(st.sampled_from(quotable))
    return Text(
        lease_number=lease_number,
        driver=driver,
        wamid=draw(wamids(serial)),
        second=draw(SECONDS),
        body=draw(BODIES),
        reply_to=reply_to,
        forwarded=not reply_to and draw(st.booleans()),
    )


def depth(text: Text, texts: Mapping[str, Text]) -> int:
    """How many texts stand one behind the other in what this one quotes, itself included."""
    quoted = texts.get(text.reply_to)
    return 1 + (depth(quoted, texts) if quoted else 0)


def wamids(serial: int) -> st.SearchStrategy[str]:
    """Ids of an inbound message, some of them to be quoted before they can name a document."""
    return st.sampled_from(
        [samples.wamid("447700900101", serial), f"wamid.a/b+{serial}==", f"ABGG{serial}-_é"]
    )


def _targets(world: World, before: Sequence[Item]) -> list[str]:
    sent = [outbound.wamid for outbound in world.outbound]
    texts = [item.wamid for item in before if isinstance(item, Text)]
    # One of them often, so that ties and changes of mind are common.
    return [*sent[:1] * 4, *sent, *texts, NOWHERE]


@st.composite
def reaction(draw: st.DrawFn, serial: int, world: World, before: Sequence[Item]) -> Item:
    """A reaction, its change or its removal."""
    lease_number, driver = draw(whose())
    # Often enough for both: an id of the first message that is stored, and one that is not.
    twins = [outbound.twin for outbound in world.outbound[:1]] * 2
    return Reaction(
        lease_number=lease_number,
        driver=driver,
        wamid=f"wamid.R{serial}",
        second=draw(SECONDS),
        target=draw(st.sampled_from([*_targets(world, before), *twins])),
        emoji=draw(EMOJIS),
    )


@st.composite
def status(draw: st.DrawFn, serial: int, world: World, before: Sequence[Item]) -> Item:
    """A status, mostly of an outbound message."""
    lease_number, driver = draw(whose())
    word = draw(st.sampled_from(["sent", "delivered", "read", "played", "failed", "failed"]))
    return Status(
        lease_number=lease_number,
        driver=replace(driver, name=""),
        wamid=draw(st.sampled_from(_targets(world, before))),
        second=draw(SECONDS),
        word=word,
        errors=draw(ERRORS) if word == "failed" else (),
    )


@st.composite
def similar(draw: st.DrawFn, serial: int, world: World, before: Sequence[Item]) -> Item:
    """Another word about what a reaction or a status was about, often in the same second."""
    known = [item for item in before if isinstance(item, Reaction | Status)]
    if not known:
        return draw(status(serial, world, before))
    item = draw(st.sampled_from(known))
    second = draw(st.sampled_from([item.second, 0, 3]))
    if isinstance(item, Reaction):
        return replace(item, wamid=f"wamid.R{serial}", second=second, emoji=draw(EMOJIS))
    word = draw(st.sampled_from([item.word, "failed", "read"]))
    errors = draw(ERRORS) if word == "failed" else ()
    return replace(item, second=second, word=word, errors=errors)


@st.composite
def photo(draw: st.DrawFn, serial: int, world: World, before: Sequence[Item]) -> Item:
    """A message that is not processed."""
    lease_number, driver = draw(whose())
    return Photo(lease_number=lease_number, driver=driver, wamid=f"wamid.P{serial}", second=0)


@st.composite
def changed(draw: st.DrawFn, serial: int, world: World, before: Sequence[Item]) -> Item:
    """What WhatsApp says of Eve, and of her alone."""
    return Changed(
        lease_number=draw(st.sampled_from(draw(st.sampled_from(LEASE_NUMBERS)))),
        driver=BEFORE,
        wamid=f"wamid.C{serial}",
        second=draw(st.sampled_from([1, 2, 3])),
        now=AFTER,
    )


@st.composite
def of_eve(draw: st.DrawFn, serial: int, world: World, before: Sequence[Item]) -> Item:
    """A text that quotes none of a driver, or a word about a message by the id that is stored.

    What came before the change was told waits for the sweeper, and a reply does not wait so long.
    """
    item = draw(draw(st.sampled_from([text, reaction, status]))(serial, world, ()))
    return draw(by(EVE, item, world))


@st.composite
def named_later(draw: st.DrawFn, serial: int, world: World, before: Sequence[Item]) -> Item:
    """A status that names somebody otherwise than all that is from before it.

    A message would have a contact, which completes the names beside it.
    """
    item = draw(status(serial, world, ()))
    second = draw(st.sampled_from([LATER, LATER + 1]))
    return replace(item, driver=draw(st.sampled_from(NAMED_LATER)), second=second)


@st.composite
def since(draw: st.DrawFn, serial: int, world: World, before: Sequence[Item]) -> Item:
    """Something of those whose names may be somebody else's by now."""
    item = draw(draw(st.sampled_from([text, status]))(serial, world, ()))
    second = draw(st.sampled_from([AFTERWARDS, AFTERWARDS + 1]))
    return replace(draw(by(SINCE, item, world)), second=second)


@st.composite
def of_flo(draw: st.DrawFn, serial: int, world: World, before: Sequence[Item]) -> Item:
    """Mostly a reaction of Flo, by one of the names or both; or what tells both beside it."""
    kind = draw(st.sampled_from([reaction, reaction, reaction, text, status, photo]))
    return draw(by(FLO, draw(kind(serial, world, ())), world))


@st.composite
def of_ada(draw: st.DrawFn, serial: int, world: World, before: Sequence[Item]) -> Item:
    """Something of Ada, by one of her names or both."""
    kind = draw(st.sampled_from([text, text, reaction, status, photo]))
    return draw(by(ADA, draw(kind(serial, world, before)), world))


@st.composite
def by(draw: st.DrawFn, driver: Driver, item: Item, world: World) -> Item:
    """The same of another driver, a reaction mostly to one message in one of their chats."""
    name = draw(st.sampled_from(driver.names))
    lease_number = draw(st.sampled_from(draw(st.sampled_from(LEASE_NUMBERS))))
    target = draw(st.sampled_from(_targets(world, ())))
    seen = [
        (record.lease_number, outbound.wamid)
        for record in world.records
        for outbound in world.outbound
        if digits(record.number) == driver.number and record.active and outbound.chat == record.chat
    ]
    if seen and draw(st.sampled_from([True, True, True, False])):
        lease_number, target = draw(st.sampled_from([*seen[:1] * 3, *seen]))
        lease_number = draw(st.sampled_from(sorted(spelled(lease_number))))
    item = replace(item, driver=name, lease_number=lease_number)
    if isinstance(item, Reaction):
        return replace(item, target=target)
    return replace(item, driver=replace(name, name="")) if isinstance(item, Status) else item


KINDS: tuple[Kind, ...] = (
    text,
    text,
    text,
    reaction,
    reaction,
    status,
    status,
    similar,
    similar,
    similar,
    photo,
)


@st.composite
def deliveries_of(draw: st.DrawFn, items: Sequence[Item]) -> tuple[Batch, ...]:
    """The items in any order, grouped into deliveries, some of them and of these repeated."""
    again = draw(st.lists(st.sampled_from(items), max_size=len(items)))
    order = draw(st.permutations([*items, *again]))
    batches: list[Batch] = []
    while order:
        size = draw(st.sampled_from([1, 2, 3, len(order)]))
        batches.append(tuple(order[:size]))
        order = order[size:]
    repeated = draw(st.lists(st.sampled_from(batches), max_size=2))
    return tuple(draw(st.permutations([*batches, *repeated])))
