"""The doctor before Firestore: what it says of rights, and that nothing is left there."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from listeners.firestore import connection
from listeners.tracking import ChatKey
from operations.doctor import firestore
from operations.doctor.seen import Asked, Health
from sandbox.emulators import Fault, FaultKind
from tests.platform import Platform

QUERIES = 3


@pytest.fixture
def asked(platform: Platform, settings: Settings) -> Iterator[Platform]:
    """Databases that queue-services finds through its settings, each with a name of its own."""
    settings.SERVICES = ("queue-services",)
    settings.GOOGLE_CLOUD_PROJECT = platform.main.project
    settings.FIRESTORE_DATABASE = "(default)"
    settings.FIRESTORE_ANCILLARY_DATABASE = "ancillary"
    connection.close()
    names(platform)  # Google's emulator takes longer over its first queries than a load may
    yield platform
    connection.close()
    platform.emulators.faults.clear()


def seen() -> list[tuple[Health, str]]:
    return [(each.health, each.words) for each in firestore.look(Asked())]


def names(platform: Platform) -> list[str]:
    """The documents of nobody's chats, of enquiries and of the lease number that is asked for."""
    found = [
        *platform.main.collection_group("chatMessages").stream(),
        *platform.main.collection_group("enquiries").stream(),
        *platform.ancillary.collection(f"whatsapp/lease/{firestore.LOOKUP.lease_number}").stream(),
    ]
    return [each.reference.path for each in found]


def test_whoever_may_write_is_told_so_and_nothing_is_written(asked: Platform) -> None:
    assert seen()[QUERIES:] == [
        (
            Health.WELL,
            f"Writing to {name}: allowed, as a write that cannot be is refused for that alone.",
        )
        for name in ("(default)", "ancillary")
    ]
    assert names(asked) == []


@pytest.mark.parametrize("firestore_host", ["ours"], indirect=True)
@pytest.mark.parametrize("database", ["(default)", "ancillary"])
def test_whoever_may_not_write_is_told_so(asked: Platform, database: str) -> None:
    """Our stand-in refuses as Google documents it: before it looks at any document."""
    refusal = Fault(
        kind=FaultKind.PERMISSION_DENIED,
        service="firestore",
        method="Commit",
        containing=f"databases/{database}",
    )
    asked.emulators.faults.add(refusal)
    [denied] = [each for each in firestore.look(Asked()) if each.health != Health.WELL]
    assert denied.health == Health.WRONG
    assert denied.words == f"Writing to {database}: PermissionDenied."
    assert "roles/datastore.user" in denied.remedy
    assert names(asked) == []


def test_whoever_only_reads_is_not_asked_to_write(asked: Platform, settings: Settings) -> None:
    settings.SERVICES = ("admin",)
    assert [health for health, _ in seen()] == [Health.WELL] * QUERIES


@pytest.mark.parametrize("firestore_host", ["ours"], indirect=True)
def test_what_cannot_be_read_is_not_asked_to_be_written(asked: Platform) -> None:
    """A database that is not there would refuse a write as it should."""
    asked.emulators.faults.add(
        Fault(kind=FaultKind.PERMISSION_DENIED, service="firestore", method="RunQuery")
    )
    found = seen()
    assert len(found) == QUERIES
    assert Health.WRONG in {health for health, _ in found}


def test_a_write_that_is_taken_is_told(asked: Platform) -> None:
    """Firestore would have to be another one."""
    asked.track("e1")
    chat = ChatKey(lease_id="lease-1", enquiry_id="e1")
    assert firestore.written(asked.store, chat).health == Health.CANNOT_TELL
