"""What moves: a driver's chat, a lease number; and what came before stays where it was."""

from collections.abc import Iterable
from datetime import timedelta

from sandbox import samples
from sandbox.samples import contact, image, reaction, status, text
from tests.beside.test_runs import replay
from tests.platform import LEASE, Platform
from webhooks.models import Event

APPLIED = ("processed", "applied")
DUPLICATE = ("duplicate", "already_applied")
IGNORED = ("ignored", "unsupported_type")
NO_TRACKING = ("skipped", "no_active_tracking")
NOT_FOUND = ("skipped", "message_not_found")
NEW = "15550100777"


def to_number(
    platform: Platform,
    number: str,
    *items: object,
    statuses: Iterable[object] = (),
    account_id: str = samples.ACCOUNT_ID,
) -> list[tuple[str, str]]:
    """A delivery of this lease number, whose id at Meta and account are others."""
    change = samples.change(
        messages=items,
        statuses=statuses,
        contacts=[contact()],
        lease_number=number,
        phone_number_id="109998887776655",
    )
    payload = samples.envelope(samples.entry(change, account_id=account_id))
    delivery = platform.receive_payload(samples.encode(payload))
    platform.run(delivery)
    return platform.outcomes(delivery)


def closed(platform: Platform, record: int) -> None:
    path = f"whatsapp/lease/{LEASE}/record-{record}"
    platform.ancillary.document(path).update({"active": False})


def opened_again(platform: Platform) -> list[tuple[str, str]]:
    """What was skipped is replayed; returns what came of it."""
    skipped = list(Event.objects.filter(state="skipped").order_by("pk"))
    replay(platform, skipped)
    for delivery in dict.fromkeys(each.delivery_id for each in skipped):
        platform.run(delivery)
    found = Event.objects.filter(pk__in=[each.pk for each in skipped]).order_by("pk")
    return list(found.values_list("state", "reason"))


def test_what_is_about_older_messages_finds_them_after_a_reassignment(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    assert platform.deliver(text(message_id="wamid.T1")) == [APPLIED]
    closed(platform, 1)
    platform.track("e2")
    assert (
        platform.deliver(
            text(message_id="wamid.T2"),
            reaction(message_id="wamid.R1", target_id="wamid.OUT"),
            reaction(message_id="wamid.R2", target_id="wamid.T1"),
            statuses=[status(message_id="wamid.OUT", word="read")],
        )
        == [APPLIED] * 4
    )
    assert platform.chat("e1").keys() == {"wamid.OUT", "wamid.T1"}
    assert platform.chat("e1")["wamid.OUT"]["status"] == "read"
    assert all("reactions" in fields for fields in platform.chat("e1").values())
    assert platform.chat("e2").keys() == {"wamid.T2"}
    assert [platform.unread(each) for each in ("e1", "e2")] == [1, 1]


def test_a_record_that_was_overwritten_leads_to_its_new_enquiry_alone(platform: Platform) -> None:
    """Texts stay where they were; what is about older messages finds them by a record again."""
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    assert platform.deliver(text(message_id="wamid.T1")) == [APPLIED]
    platform.ancillary.document(f"whatsapp/lease/{LEASE}/record-1").update({"enquiryId": "e2"})
    platform.enquiry("e2").set({"unReadWhatsappMessageCount": 0})
    assert platform.deliver(text(message_id="wamid.T1"), image()) == [DUPLICATE, IGNORED]
    assert platform.deliver(text(message_id="wamid.T2")) == [APPLIED]
    late = platform.receive(
        reaction(target_id="wamid.OUT"), statuses=[status(message_id="wamid.OUT")]
    )
    platform.run(late)
    while {state for state, _ in platform.outcomes(late)} == {"waiting"}:
        platform.pass_time(late, timedelta(hours=1))
    assert platform.outcomes(late) == [NOT_FOUND] * 2

    platform.track("e1", active=False)

    assert opened_again(platform) == [APPLIED] * 2
    assert platform.chat("e1")["wamid.OUT"]["status"] == "delivered"
    assert platform.chat("e1").keys() == {"wamid.OUT", "wamid.T1"}
    assert platform.chat("e2").keys() == {"wamid.T2"}


def test_a_number_that_is_moved_to_another_account_stays_the_number(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    assert platform.deliver(text(message_id="wamid.T1")) == [APPLIED]
    again = text(message_id="wamid.T1")
    liked = reaction(target_id="wamid.OUT")
    assert to_number(
        platform, LEASE, again, text(message_id="wamid.T2"), liked, account_id="1099"
    ) == [DUPLICATE, APPLIED, APPLIED]
    assert platform.unread("e1") == 2


def test_a_new_lease_number_needs_records_of_its_own(platform: Platform) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    assert platform.deliver(text(message_id="wamid.T1")) == [APPLIED]
    first = to_number(platform, NEW, text(message_id="wamid.T2"))
    assert first == [NO_TRACKING]

    unread = platform.unread("e1")
    platform.track("e1", lease=NEW)  # the same enquiry; stored anew, and so is its count
    platform.enquiry("e1").set({"unReadWhatsappMessageCount": unread})

    assert opened_again(platform) == [APPLIED]
    assert (
        platform.deliver(  # still of the old one, by its records
            reaction(message_id="wamid.R1", target_id="wamid.T1"),
            statuses=[status(message_id="wamid.OUT", word="read")],
        )
        == [APPLIED] * 2
    )
    liked = reaction(message_id="wamid.R2", target_id="wamid.OUT")
    assert to_number(platform, NEW, liked) == [APPLIED]
    assert platform.chat("e1").keys() == {"wamid.OUT", "wamid.T1", "wamid.T2"}
    assert platform.unread("e1") == 2


def test_the_old_number_s_records_stay_until_nothing_of_it_comes_any_more(
    platform: Platform,
) -> None:
    platform.track("e1")
    platform.sends("e1", "wamid.OUT")
    platform.track("e1", lease=NEW)
    closed(platform, 1)
    read = status(message_id="wamid.OUT", word="read")
    assert platform.deliver(statuses=[read]) == [NO_TRACKING]

    platform.ancillary.document(f"whatsapp/lease/{LEASE}/record-1").update({"active": True})

    assert opened_again(platform) == [APPLIED]
    assert platform.chat("e1")["wamid.OUT"]["status"] == "read"
