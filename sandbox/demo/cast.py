"""Who plays: two lease companies, their drivers' enquiries, and what customers have written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox import samples
from sandbox.samples import wamid

Fields = dict[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Driver:
    """Somebody who drives a leased vehicle and writes in WhatsApp."""

    name: str
    number: str  # digits
    user_id: str
    shows_number: bool = True  # otherwise Meta names the user id alone


@dataclass(frozen=True, kw_only=True, slots=True)
class Enquiry:
    """One repair of one driver's vehicle: a chat."""

    lease_id: str
    lease_number: str  # digits
    enquiry_id: str
    driver: Driver
    days_old: int = 1
    knows_user_id: bool = False  # whether the tracking record holds the driver's user id already

    @property
    def path(self) -> str:
        """Its document in the main database."""
        return f"leasecompany/{self.lease_id}/enquiries/{self.enquiry_id}"

    @property
    def messages(self) -> str:
        """Its collection of chat messages."""
        return f"{self.path}/whatsapp/messages/chatMessages"

    @property
    def tracking(self) -> str:
        """Its tracking record in the ancillary database."""
        return f"whatsapp/lease/{self.lease_number}/tracking-{self.enquiry_id}"

    def tracking_fields(self, *, now: datetime) -> Fields:
        """The tracking record as ViSN writes it."""
        then = now - timedelta(days=self.days_old)
        known = {"driverUserId": self.driver.user_id} if self.knows_user_id else {}
        return {
            "leaseId": self.lease_id,
            "enquiryId": self.enquiry_id,
            "accountId": "account-7",
            "serviceUnitId": "unit-3",
            "driverMobileNumber": f"+{self.driver.number}",
            "active": True,
            "createdAt": then,
            "updatedAt": then,
            **known,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Outbound:
    """A message that a customer has written in the drawer and the sender has sent."""

    enquiry: Enquiry
    document_id: str  # automatic
    serial: int
    words: str

    @property
    def message_id(self) -> str:
        """Meta's id, which the sender has stored."""
        return wamid(self.enquiry.driver.number, self.serial, outbound=True)

    @property
    def path(self) -> str:
        """Its document."""
        return f"{self.enquiry.messages}/{self.document_id}"

    def fields(self, *, now: datetime) -> Fields:
        """The document as the drawer and the sender have written it."""
        return {
            "whatsappMessageId": self.message_id,
            "source": "customer",
            "type": "text",
            "message": self.words,
            "createdAt": now - timedelta(minutes=30) + timedelta(seconds=self.serial),
            "status": "pending",
        }


SHEENA = Driver(
    name=samples.DRIVER_NAME, number=samples.DRIVER_NUMBER, user_id=samples.DRIVER_USER_ID
)
OMAR = Driver(name="Omar Haddad", number="447700900102", user_id="GB.20817263549100000102")
LENA = Driver(
    name="Lena Brandt",
    number="447700900103",
    user_id="GB.20817263549100000103",
    shows_number=False,
)
STRANGER = Driver(name="Unknown driver", number="447700900199", user_id="GB.2081726354910199")

NORTHWIND = samples.LEASE_NUMBER
SOUTHGATE = "15550100300"

BUMPER = Enquiry(
    lease_id="northwind", lease_number=NORTHWIND, enquiry_id="bumper-101", driver=SHEENA
)
WINDSCREEN = Enquiry(
    lease_id="northwind",
    lease_number=NORTHWIND,
    enquiry_id="windscreen-102",
    driver=OMAR,
    days_old=9,
)
TYRES = Enquiry(
    lease_id="northwind", lease_number=NORTHWIND, enquiry_id="tyres-103", driver=OMAR, days_old=2
)
MIRROR = Enquiry(
    lease_id="northwind",
    lease_number=NORTHWIND,
    enquiry_id="mirror-104",
    driver=LENA,
    knows_user_id=True,
)

FLEET_NAMES = ("Ada", "Bruno", "Chloe", "Dario", "Emma", "Farid", "Grace", "Hugo")
FLEET = tuple(
    Enquiry(
        lease_id="southgate",
        lease_number=SOUTHGATE,
        enquiry_id=f"service-{201 + place}",
        driver=Driver(
            name=name,
            number=f"15550100{401 + place}",
            user_id=f"US.134912086553027{401 + place}",
        ),
    )
    for place, name in enumerate(FLEET_NAMES)
)

BOOKED = Outbound(
    enquiry=BUMPER,
    document_id="drawer00000000000001",
    serial=1,
    words="Your car is booked in for Tuesday at nine.",
)
KEY = Outbound(
    enquiry=BUMPER,
    document_id="drawer00000000000002",
    serial=2,
    words="Please bring the spare key.",
)
VOICE = Outbound(
    enquiry=BUMPER,
    document_id="drawer00000000000003",
    serial=3,
    words="(voice message, 0:12)",
)
COURTESY = Outbound(
    enquiry=BUMPER,
    document_id="drawer00000000000004",
    serial=4,
    words="There is a courtesy car for you.",
)
CONFIRMED = Outbound(
    enquiry=BUMPER,
    document_id="drawer00000000000005",
    serial=5,
    words="The workshop has confirmed.",
)
WHICH_PANE = Outbound(
    enquiry=WINDSCREEN,
    document_id="drawer00000000000006",
    serial=6,
    words="Is it the front or the rear window?",
)
WHICH_TYRES = Outbound(
    enquiry=TYRES,
    document_id="drawer00000000000007",
    serial=7,
    words="Summer or winter tyres?",
)
PHOTO_PLEASE = Outbound(
    enquiry=MIRROR,
    document_id="drawer00000000000008",
    serial=8,
    words="Is it the left mirror?",
)
REMINDERS = tuple(
    Outbound(
        enquiry=enquiry,
        document_id=f"drawer000000000000{11 + place}",
        serial=11 + place,
        words="Your yearly service is due. When would it suit you?",
    )
    for place, enquiry in enumerate(FLEET)
)

DELIVERED_AT_FIRST = (KEY, WHICH_PANE, WHICH_TYRES, PHOTO_PLEASE)
ENQUIRIES = (BUMPER, WINDSCREEN, TYRES, MIRROR, *FLEET)
STORED_AT_FIRST = (BOOKED, KEY, VOICE, COURTESY, WHICH_PANE, WHICH_TYRES, PHOTO_PLEASE, *REMINDERS)


def tracking_records(*, now: datetime) -> Mapping[str, Fields]:
    """The ancillary database before the story begins: path → fields."""
    return {enquiry.tracking: enquiry.tracking_fields(now=now) for enquiry in ENQUIRIES}


def main_documents(*, now: datetime) -> Mapping[str, Fields]:
    """The main database before the story begins: path → fields."""
    enquiries: dict[str, Fields] = {
        each.path: {"unReadWhatsappMessageCount": 0} for each in ENQUIRIES
    }
    return enquiries | {each.path: each.fields(now=now) for each in STORED_AT_FIRST}
