"""Takes a person out of some deliveries, in one transaction: rows, bytes, placements and marks."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from eventlog.emptying import empty
from eventlog.erasing.tombstones import Tombstone, add
from eventlog.models import ReplayedEvent
from eventlog.people.documents import Document, documents_of
from eventlog.people.names import person_of
from listeners import erased
from listeners.models import Placement
from webhooks import transitions
from webhooks.alias import Alias
from webhooks.matching import match
from webhooks.models import Delivery, Event
from webhooks.whatsapp.blanking import Unblankable, blank
from webhooks.whatsapp.names import Names
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read

NOWHERE: Mapping[UUID, Collection[int]] = {}


@dataclass(kw_only=True, slots=True)
class Taken:
    """What a person was taken out of."""

    events: int = 0
    deliveries: int = 0
    emptied: int = 0
    placements: int = 0
    aliases: int = 0
    documents: set[Document] = field(default_factory=set)

    def add(self, other: "Taken") -> None:
        """Adds what another step has done."""
        self.events += other.events
        self.deliveries += other.deliveries
        self.emptied += other.emptied
        self.placements += other.placements
        self.aliases += other.aliases
        self.documents |= other.documents


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """What is taken out of one delivery."""

    delivery: Delivery
    theirs: Sequence[Event]
    body: bytes | None  # from now on
    others: Sequence[Event]  # whose bytes go with theirs; none where the bytes stay

    @property
    def emptied(self) -> bool:
        """Whether its bytes are taken from it."""
        return self.delivery.body is not None and self.body is None

    @property
    def changes(self) -> bool:
        """Whether anything is taken out."""
        return bool(self.theirs) or self.emptied


def take_out(
    deliveries: Collection[UUID],
    *,
    names: Names,
    erasure: UUID,
    now: datetime,
    positions: Mapping[UUID, Collection[int]] = NOWHERE,
    whole: bool = False,
) -> Taken:
    """Takes a person out of these deliveries: the events that name them, and those at `positions`.

    Bytes in which their place cannot be told for sure are emptied, or all that are to go `whole`,
    and what was to be read from them is settled. Locks deliveries, placements and events, as
    everybody does in this order. Raises Django's database errors.
    """
    with transaction.atomic():
        rows = Delivery.objects.filter(pk__in=deliveries).select_for_update(no_key=True)
        locked = list(rows.order_by("pk"))
        keys = list(Event.objects.filter(delivery__in=deliveries).values_list("pk", flat=True))
        held = Placement.objects.filter(event__in=keys).select_for_update()
        list(held.order_by("pk").values_list("pk"))
        of_delivery: dict[UUID, list[Event]] = defaultdict(list)
        for row in Event.objects.filter(pk__in=keys).select_for_update(no_key=True).order_by("pk"):
            of_delivery[row.delivery_id].append(row)
        parts = [
            _part(
                each,
                of_delivery[each.pk],
                names=names,
                positions=positions.get(each.pk, ()),
                whole=whole,
            )
            for each in locked
        ]
        taken = Taken()
        for part in parts:
            if part.changes:
                taken.add(_write(part, erasure=erasure, now=now))
    return taken


def _part(
    delivery: Delivery,
    rows: Sequence[Event],
    *,
    names: Names,
    positions: Collection[int],
    whole: bool,
) -> _Part:
    theirs = [row for row in rows if row.position in positions or names.name(person_of(row))]
    names = Names.of([*map(person_of, theirs)]).joined(names)
    blanked = (None, ()) if whole else _blanked(delivery, rows, theirs, names=names)
    body, places = blanked
    theirs = [row for row in rows if row in theirs or row.position in places]
    gone = body is None and delivery.body is not None
    others = [row for row in rows if row not in theirs] if gone else []
    return _Part(delivery=delivery, theirs=theirs, body=body, others=others)


def _blanked(
    delivery: Delivery, rows: Sequence[Event], theirs: Sequence[Event], *, names: Names
) -> tuple[bytes | None, Collection[int]]:
    """The bytes without the person, and the positions of the rows whose items were blanked."""
    if delivery.body is None:
        return None, ()
    body = bytes(delivery.body)
    pairs = match(read(parse(body)), rows)
    rows_at = {item.position: row for item, row in pairs if item is not None and row is not None}
    # What was blanked for somebody before is blank once more, whoever it seems to be of by now.
    blanks = {at for at, row in rows_at.items() if row.erased_at is not None}
    places = {at for at, row in rows_at.items() if row in theirs}
    try:
        done = blank(body, names=names, positions=places | blanks)
    except Unblankable:
        done = None
    if done is None or len(places) < len(theirs):  # an event has no item in the bytes
        # Bytes that tell nothing of the person are nobody's to empty.
        return (None, ()) if theirs or names.are_in(body.decode("latin-1")) else (body, ())
    new = (done.positions - blanks) & rows_at.keys()
    return done.body, [rows_at[at].position for at in new]


def _write(part: _Part, *, erasure: UUID, now: datetime) -> Taken:
    theirs, delivery = [row.pk for row in part.theirs], part.delivery
    placements = Placement.objects.filter(event__in=theirs)
    told = Alias.objects.filter(
        delivery=delivery.pk, position__in=[row.position for row in part.theirs]
    )
    marks = {erased.mark(row) for row in part.theirs} - {""}
    taken = Taken(
        events=sum(row.erased_at is None for row in part.theirs),
        deliveries=1,
        emptied=part.emptied,
        documents=documents_of(part.theirs),
        placements=placements.delete()[0],
        aliases=told.delete()[0],
    )
    if part.emptied:
        empty([delivery.pk], now=now)
    elif part.body is not None:
        Delivery.objects.filter(pk=delivery.pk).update(body=part.body)
    foreseen = ReplayedEvent.objects.filter(event__in=theirs)
    foreseen.update(lease_id_foreseen="", enquiry_id_foreseen="")
    transitions.erase(theirs, now=now)
    transitions.settle_erased([row.pk for row in part.others], now=now)
    erased.remember(marks, erasure=erasure, until=now + erased.KEPT)
    add(
        Tombstone(
            delivery=delivery.pk,
            digest=delivery.digest,
            positions=frozenset(row.position for row in part.theirs),
            emptied=part.emptied,
            marks=frozenset(marks),
        ),
        erasure=erasure,
        now=now,
    )
    return taken
