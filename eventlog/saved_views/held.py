"""What a saved view holds of a list's filters, and what it refuses to hold."""

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from eventlog.models.saved_views import QUERY_LENGTH
from eventlog.questions.filters import EventFilter, query_string, referred_events
from eventlog.questions.same import Same
from webhooks.whatsapp.numbers import canonical


class NotHeld(ValueError):
    """The filters are none that can be saved; says why, in a sentence for people."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """Filters by what they mean, free of personal data."""

    query: str = ""  # as an address says it, without what it names by an event
    lease_number: str = ""  # digits
    lease_id: str = ""

    @property
    def key(self) -> object:
        """What is equal for filters that mean the same, in whatever order they were chosen."""
        number = canonical(self.lease_number) if self.lease_number else ""
        return frozenset(parse_qsl(self.query)), number, self.lease_id


def held_of(wanted: EventFilter) -> Held:
    """What a view holds of a list of events. Raises NotHeld; reads the events that it names.

    Whoever is erased shall stand in no view, and a view that is shared shall lead to nobody. The
    lease number and the lease company are no persons: they are kept as themselves, since the event
    that names them in an address is deleted some day.
    """
    _refuse_what_leads_to_a_person(wanted)
    referred, chosen = referred_events(wanted), dict(wanted.same)
    number, company = (
        referred.get(chosen.get(same, 0)) for same in (Same.LEASE_NUMBER, Same.COMPANY)
    )
    held = Held(
        query=query_string(replace(wanted, same=())),
        lease_number=number.lease_number if number else "",
        lease_id=company.lease_id if company else "",
    )
    if len(chosen) > sum(map(bool, (held.lease_number, held.lease_id))):
        raise NotHeld("The event by which this list is narrowed is not in the log any more.")
    if len(held.query) > QUERY_LENGTH:
        raise NotHeld("These are more filters than a saved view holds.")
    return held


def _refuse_what_leads_to_a_person(wanted: EventFilter) -> None:
    named = [same.label for same, _ in wanted.same if same not in (Same.LEASE_NUMBER, Same.COMPANY)]
    if named or wanted.delivery:
        one = named[0] if named else "delivery"
        raise NotHeld(
            f"A saved view leads to no single person, and this list is narrowed to one {one}. "
            "Take that away to save the rest."
        )
