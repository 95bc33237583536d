"""The chats of the drivers who write, in the stand-in for Firestore."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from google.cloud.firestore import Client

from benchmarks.deliveries import DRIVERS, number_of, user_id_of
from sandbox import samples

COMPANY = "leasecompany/lease-1/enquiries"


@dataclass(frozen=True, kw_only=True)
class Chats:
    """One lease company with an enquiry of each driver."""

    main: Client

    def unread(self) -> int:
        """How many texts have been counted, in all chats."""
        found = [each.to_dict() or {} for each in self.main.collection(COMPANY).stream()]
        return sum(each.get("unReadWhatsappMessageCount", 0) for each in found)

    def arrived(self) -> Mapping[str, float]:
        """When each message was created, in seconds since 1970, by its message id."""
        fields = self.main.collection_group("chatMessages").select(["whatsappMessageId"])
        return {
            str(each.get("whatsappMessageId")): _seconds(each.create_time)
            for each in fields.stream()
        }


def tracked(firestore_host: str) -> Chats:
    """Stores the tracking record and the enquiry of every driver."""
    os.environ["FIRESTORE_EMULATOR_HOST"] = firestore_host  # as Google's client is told
    main, ancillary = Client(project="local"), Client(project="local", database="ancillary")
    del os.environ["FIRESTORE_EMULATOR_HOST"]  # the next stand-ins are others
    for start in range(0, DRIVERS, 250):
        records, enquiries = ancillary.batch(), main.batch()
        for driver in range(start, min(start + 250, DRIVERS)):
            place = f"whatsapp/lease/{samples.LEASE_NUMBER}/record-{driver}"
            records.set(ancillary.document(place), _record(driver))
            enquiries.set(main.document(f"{COMPANY}/e{driver}"), {})
        records.commit()
        enquiries.commit()
    return Chats(main=main)


def _seconds(moment: Any) -> float:
    """Of what comes from a collection group, which is no datetime (findings/)."""
    return float(moment.seconds + moment.nanos / 1e9)


def _record(driver: int) -> dict[str, object]:
    now = datetime.now(UTC)
    return {
        "leaseId": "lease-1",
        "enquiryId": f"e{driver}",
        "driverMobileNumber": number_of(driver),
        "driverUserId": user_id_of(driver),
        "active": True,
        "createdAt": now,
        "updatedAt": now,
    }
