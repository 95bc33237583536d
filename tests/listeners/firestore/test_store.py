"""What reading and writing costs in time, whatever Firestore and the way to it do."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from listeners.firestore import chats
from listeners.firestore import store as module
from listeners.firestore.client import FirestoreClient
from listeners.firestore.errors import Refused, Unavailable
from listeners.firestore.queries import Lookup
from listeners.firestore.reading import TRANSIENT
from listeners.firestore.store import Store
from listeners.firestore.writes import Update
from listeners.models import TaskRun
from listeners.services import Handled
from listeners.tracking import ChatKey
from sandbox.emulators import Emulators, Fault, FaultKind
from sandbox.samples import text
from tests.between import Between, between
from tests.platform import DRIVER, LEASE, Platform
from tests.timing import least_seconds
from visn_whatsapp.google.calls import Patience
from webhooks.whatsapp.items import Person

LOOKUP = Lookup(lease_number=LEASE, person=Person(number=DRIVER))
CHAT = ChatKey(lease_id="lease-1", enquiry_id="e1")
OTHER = 10**18  # a version that no document has
QUICK = Patience(transient=TRANSIENT, attempt_seconds=0.4, until_seconds=1.0)


@pytest.fixture(params=["ours"])
def firestore_host(request: pytest.FixtureRequest, stand_ins: Emulators) -> Iterator[str]:
    """Our stand-in alone, since Google's emulator knows no faults."""
    yield stand_ins.firestore_host
    stand_ins.faults.clear()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes all budgets a second."""
    for name in ("LOAD_SECONDS", "COMMIT_SECONDS"):
        monkeypatch.setattr(module, name, 1.0)
    for name in ("LOADING", "COMMITTING"):
        monkeypatch.setattr(module, name, QUICK)
    monkeypatch.setattr(chats, "PAGE_SECONDS", 1.0)
    monkeypatch.setattr(chats, "SHOWING", QUICK)


def fails(platform: Platform, kind: FaultKind, method: str, **options: object) -> None:
    """Lets calls of Firestore go wrong."""
    fault = Fault(kind=kind, service="firestore", method=method, **options)  # type: ignore[arg-type]
    platform.emulators.faults.add(fault)


def struck(platform: Platform) -> int:
    """How many calls have gone wrong."""
    return sum(fired for _, fired in platform.emulators.faults.fired())


@pytest.mark.parametrize("kind", [FaultKind.BREAKS_OFF, FaultKind.BREAKS_OFF_EMPTY])
def test_a_query_that_always_breaks_off_ends_with_its_budget(
    platform: Platform, hurried: None, kind: FaultKind
) -> None:
    """By itself Google's client goes on hundreds of times a second, without end."""
    platform.track("e1")
    fails(platform, kind, "RunQuery", times=100_000)
    delivery = platform.receive(text())
    start = time.monotonic()
    assert platform.run(delivery) == Handled.TRY_AGAIN
    assert time.monotonic() - start < 2.0
    assert struck(platform) < 20
    # Whichever ends it: the last answer that broke off, or the budget in the midst of the next.
    assert TaskRun.objects.get().error in {
        "Unavailable: ServiceUnavailable",
        "Unavailable: DeadlineExceeded",
    }
    assert platform.outcomes(delivery) == [("received", "")]


@pytest.mark.parametrize("kind", [FaultKind.BREAKS_OFF, FaultKind.BREAKS_OFF_EMPTY])
def test_a_query_that_breaks_off_once_is_asked_again(platform: Platform, kind: FaultKind) -> None:
    for enquiry in ("e1", "e2", "e3"):
        platform.track(enquiry)
    fails(platform, kind, "RunQuery")
    records, _ = platform.store.load(lookups=[LOOKUP], message_ids=())
    assert sorted(record.document_id for record in records) == ["record-1", "record-2", "record-3"]


def test_a_page_that_breaks_off_has_its_limit_and_no_more(platform: Platform) -> None:
    platform.track("e1")
    for serial in range(30):
        message = {"whatsappMessageId": f"wamid.{serial}", "createdAt": platform.now}
        platform.messages("e1").document(f"m{serial:02}").set(message)
    fails(platform, FaultKind.BREAKS_OFF, "RunQuery")
    shown = platform.store.chats.newest(CHAT, limit=20)
    assert [place.document_id for place, _ in shown.messages] == [
        f"m{serial:02}" for serial in range(29, 9, -1)
    ]


@pytest.mark.parametrize(
    "kind", [FaultKind.UNAVAILABLE, FaultKind.DEADLINE_EXCEEDED, FaultKind.RESOURCE_EXHAUSTED]
)
@pytest.mark.parametrize("seconds", [0.0, 0.3, 5.0])
def test_budgets_hold_whatever_the_attempts_come_to(
    platform: Platform, hurried: None, kind: FaultKind, seconds: float
) -> None:
    """By itself Google's library gives an attempt all of it again in the last second."""
    platform.track("e1")
    for method in ("RunQuery", "BatchGetDocuments", "Commit"):
        fails(platform, kind, method, times=1000, seconds=seconds)
    write = Update(chat=CHAT, document_id="m1", fields={"status": "read"}, version=OTHER)
    for call in (
        lambda: platform.store.load(lookups=[LOOKUP], message_ids=["wamid.1"]),
        lambda: platform.store.chats.newest(CHAT, limit=5),
        lambda: platform.store.commit([write]),
    ):
        refused = partial(pytest.raises, Unavailable, call)
        assert least_seconds(refused, enough=1.5) < 1.5


@pytest.fixture
def proxied(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Store, Between]]:
    """A store as a process has it, with something between it and Firestore."""
    with between(platform.emulators.firestore_host) as proxy:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", proxy.host)
        project = platform.main.project
        main = FirestoreClient(project=project).connected()
        store = Store(main=main, ancillary=FirestoreClient(project=project, database="ancillary"))
        yield store, proxy
        store.close()


def test_a_connection_that_has_gone_silent_is_replaced_within_an_attempt(
    platform: Platform, proxied: tuple[Store, Between], monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = Patience(transient=TRANSIENT, attempt_seconds=2.0, until_seconds=10.0)
    for name in ("LOADING", "COMMITTING"):
        monkeypatch.setattr(module, name, quick)
    store, proxy = proxied
    platform.track("e1")
    write = Update(chat=CHAT, document_id="m1", fields={"status": "read"}, version=OTHER)

    def use() -> None:
        assert len(store.load(lookups=[LOOKUP], message_ids=["wamid.1"])[0]) == 1
        with pytest.raises(Refused):
            store.commit([write])

    use()
    before = proxy.connections
    proxy.silence()
    with ThreadPoolExecutor(4) as pool:
        for used in [pool.submit(use) for _ in range(4)]:
            used.result()
    assert proxy.connections == before + 2  # one for each database

    start = time.monotonic()
    use()
    assert time.monotonic() - start < quick.attempt_seconds  # of one that would find silence
    assert proxy.connections == before + 2
