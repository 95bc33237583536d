"""Each service as a process, the stand-ins as another, and a world of chats to write in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

import pytest

from sandbox import samples, stack
from sandbox.demo.cast import Driver, Enquiry, Outbound
from sandbox.demo.meta import Meta
from sandbox.demo.platform import Platform, connected
from sandbox.samples import Json
from sandbox.stack import Spec, Stack
from tests.journeys.ledger import Ledger
from tests.postgresql import cluster
from tests.programs import find_postgresql
from tests.sandbox.stack.processes import eventually

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
_serials = count(1)


@pytest.fixture(
    scope="session",
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgresql"))],
)
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """Four servers with a service each, and their stand-ins, on one ledger."""
    folder = tmp_path_factory.mktemp("journeys")
    programs = find_postgresql()
    if request.param == "sqlite" or programs is None:
        with stack.start(Spec(folder=folder)) as started:
            yield started
        return
    with cluster(programs) as url, stack.start(Spec(folder=folder, database_url=url)) as started:
        yield started


@pytest.fixture(scope="session")
def platform(running: Stack) -> Iterator[Platform]:
    """The rest of ViSN: both databases of the stack."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", running.emulators.firestore_host)
        with connected(project=running.spec.emulators.project) as platform:
            yield platform


@dataclass(frozen=True, kw_only=True)
class World:
    """A stack, and what a journey needs to set out and to look back."""

    running: Stack
    platform: Platform
    ledger: Ledger
    meta: Meta
    lease_number: str = field(default_factory=lambda: f"155501{next(_serials):05d}")

    def chat(self, *, knows_user_id: bool = True) -> Enquiry:
        """Makes an enquiry of a driver of its own, with its tracking record."""
        serial = next(_serials)
        driver = Driver(
            name=f"Driver {serial}", number=f"1555200{serial:05d}", user_id=f"US.9{serial:05d}"
        )
        enquiry = Enquiry(
            lease_id="northwind",
            lease_number=self.lease_number,
            enquiry_id=f"enquiry-{serial}",
            driver=driver,
            knows_user_id=knows_user_id,
        )
        self.platform.store({enquiry.path: {"unReadWhatsappMessageCount": 0}})
        self.platform.track({enquiry.tracking: enquiry.tracking_fields(now=NOW)})
        return enquiry

    def outbound(self, enquiry: Enquiry, *, stored: bool = True) -> Outbound:
        """A message to the driver, whose id the sender has stored, or not yet."""
        serial = next(_serials)
        message = Outbound(
            enquiry=enquiry, document_id=f"drawer{serial:014d}", serial=serial, words="Hello"
        )
        if stored:
            self.platform.store({message.path: message.fields(now=NOW)})
        return message

    def delivery(
        self,
        *enquiries: Enquiry,
        messages: list[Json] | None = None,
        statuses: list[Json] | None = None,
        errors: list[Json] | None = None,
    ) -> bytes:
        """A payload of this world's lease number, with the contacts of these drivers."""
        contacts = [
            samples.contact(number=each.driver.number, user_id=each.driver.user_id, name="")
            for each in enquiries
        ]
        change = samples.change(
            messages=messages or (),
            statuses=statuses or (),
            errors=errors or (),
            contacts=contacts,
            lease_number=self.lease_number,
        )
        return samples.encode(samples.envelope(samples.entry(change)))

    def post(self, body: bytes) -> int:
        """Posts a payload like Meta and returns the status of the answer."""
        return self.meta.post(body).status

    def unread(self, enquiry: Enquiry) -> object:
        """Returns the enquiry's count of unread messages."""
        return self.platform.read(enquiry.path)["unReadWhatsappMessageCount"]

    def firestore_calls(self) -> dict[str, int]:
        """Returns how often each method of Firestore was called since the last `forget`."""
        return self.running.emulators.counters.read().get("firestore", {})

    def end(self) -> None:
        """Lets what it began end: what is open would be met by the faults of the next journey."""
        self.running.emulators.faults.clear()
        assert eventually(lambda: self.ledger.open(self.lease_number) == 0, seconds=60)

    def forget_calls(self) -> None:
        """Begins to count anew."""
        self.running.emulators.counters.clear()


@pytest.fixture
def world(running: Stack, platform: Platform) -> Iterator[World]:
    """A world whose stand-ins work, with a lease number of its own."""
    running.emulators.faults.clear()
    running.emulators.counters.clear()
    meta = Meta(url=running.webhook_url, secret=running.secrets.app_secret)
    ledger = Ledger(url=running.spec.database)
    world = World(running=running, platform=platform, ledger=ledger, meta=meta)
    yield world
    world.end()
    meta.close()


def text(enquiry: Enquiry, *, words: str = "Hello", at: int = AT) -> Json:
    """A new text of the enquiry's driver."""
    return samples.text(
        message_id=samples.wamid(enquiry.driver.number, next(_serials)),
        number=enquiry.driver.number,
        user_id=enquiry.driver.user_id,
        timestamp=at,
        body=words,
    )


def status(message: Outbound, word: str, *, at: int = AT) -> Json:
    """A status of a message."""
    driver = message.enquiry.driver
    return samples.status(
        message_id=message.message_id,
        word=word,
        number=driver.number,
        user_id=driver.user_id,
        timestamp=at,
    )


def reaction(message: Outbound, emoji: str | None, *, at: int = AT) -> Json:
    """A new reaction of the driver to a message, or its removal."""
    driver = message.enquiry.driver
    return samples.reaction(
        message_id=samples.wamid(driver.number, next(_serials)),
        number=driver.number,
        user_id=driver.user_id,
        timestamp=at,
        target_id=message.message_id,
        emoji=emoji,
    )
