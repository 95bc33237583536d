"""What is held of a person is written down for them, and nothing of anybody else."""

import csv
import io
import json
import re
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import pytest

from eventlog.people.exporting import Exported, export
from eventlog.zones.wall import in_utc
from sandbox import samples
from sandbox.emulators import Emulators
from sandbox.samples import DRIVER_NUMBER, DRIVER_USER_ID, TEXT_ID, contact, image, status, text
from tests.eventlog.erasing.people import OTHER, OTHERS_ID, erase, others_text
from tests.platform import Platform
from webhooks.models import Event
from webhooks.whatsapp.items import Person


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> str:
    """Our stand-in alone: nothing here asks Firestore for anything new."""
    return stand_ins.firestore_host


def exported(platform: Platform) -> tuple[Exported, dict[str, str]]:
    file = io.BytesIO()
    done = export(Person(number=DRIVER_NUMBER), file, now=platform.now)
    with ZipFile(file) as archive:
        return done, {name: archive.read(name).decode() for name in archive.namelist()}


def receive_all(platform: Platform) -> None:
    platform.track("their-enquiry")
    delivery = platform.receive(
        text(body="=<b>1</b>"),
        others_text(),
        image(message_id="wamid.I", caption="The left door"),
        statuses=[status()],
        contacts=[contact(), contact(number=OTHER, user_id=OTHERS_ID, name="Bob")],
    )
    platform.run(delivery)
    platform.receive(text(message_id="wamid.NUL", body="a\0b"), contacts=[])
    told = samples.other_change(field="user_preferences", value={"wa_id": DRIVER_NUMBER})
    elses = samples.other_change(field="user_preferences", value={"wa_id": OTHER})
    platform.receive_payload(samples.encode(samples.envelope(samples.entry(told, elses))))
    platform.receive_payload(f'{{"wa_id": "{DRIVER_NUMBER}"}}'.encode())


def test_it_holds_what_is_theirs_in_three_forms(platform: Platform) -> None:
    receive_all(platform)
    done, files = exported(platform)
    assert (done.names, done.events, done.placements, done.without_bytes) == (2, 4, 1, 0)
    assert set(files) == {"person.json", "events.csv", "index.html"}
    told: dict[str, Any] = json.loads(files["person.json"])
    assert [each["words"] for each in told["events"]] == [
        "=<b>1</b>",
        "",
        "",
        "a\N{REPLACEMENT CHARACTER}b",
    ]
    assert told["events"][1]["raw"]["image"]["caption"] == "The left door"
    assert told["events"][0]["message_id"] == TEXT_ID
    assert told["events"][0]["profile_name"] == samples.DRIVER_NAME
    assert told["events"][3]["raw"] is None
    assert [each["raw"] for each in told["unprocessed"]] == [{"wa_id": DRIVER_NUMBER}, None]
    assert [DRIVER_NUMBER, ""] in [[each["number"], each["user_id"]] for each in told["names"]]
    assert told["documents"][0].startswith("leasecompany/lease-1/enquiries/their-enquiry/")
    for content in files.values():
        assert not any(word in content for word in (OTHER, OTHERS_ID, "wamid.O", "Bob"))
    assert DRIVER_USER_ID in files["index.html"]


def test_events_are_in_the_order_in_which_they_came(platform: Platform) -> None:
    """Whichever of the person's names each of them has."""
    for serial, number in enumerate(("", DRIVER_NUMBER, "")):
        platform.receive(text(message_id=f"wamid.{serial}", number=number), contacts=[])
        platform.now += timedelta(minutes=1)
    _, files = exported(platform)
    told = [each["message_id"] for each in json.loads(files["person.json"])["events"]]
    assert told == ["wamid.0", "wamid.1", "wamid.2"]


def test_the_page_tells_times_with_their_zone_and_whose_each_message_is(platform: Platform) -> None:
    platform.track("their-enquiry")
    platform.run(platform.receive(text(), statuses=[status()]))
    page = exported(platform)[1]["index.html"]
    assert re.findall("<h3>(.*)</h3>", page) == [
        "Text, 08 Jun 2025 20:59:43 UTC",
        "Status delivered, 08 Jun 2025 20:59:43 UTC",
    ]
    told = re.findall(r"<p>(?:From .*\. )?(.* 15550783881, received .*?)\. ", page)
    received = [in_utc(each.received_at) for each in Event.objects.order_by("pk")]
    assert told == [
        f"To the lease number 15550783881, received {received[0]}",
        f"About a message of the lease number 15550783881, received {received[1]}",
    ]
    assert f"<p>As of {in_utc(platform.now)}. " in page
    assert ".m." not in page


def test_nothing_in_it_runs(platform: Platform) -> None:
    receive_all(platform)
    _, files = exported(platform)
    rows = list(csv.DictReader(io.StringIO(files["events.csv"].removeprefix("\ufeff"))))
    assert rows[0]["words"] == "'=<b>1</b>"
    assert "=&lt;b&gt;1&lt;/b&gt;" in files["index.html"]
    assert "<b>1" not in files["index.html"]


def test_of_whom_is_erased_there_is_nothing(platform: Platform) -> None:
    receive_all(platform)
    erase(platform)
    done, files = exported(platform)
    assert done == Exported(names=1)
    assert json.loads(files["person.json"])["events"] == []
    assert json.loads(files["person.json"])["unprocessed"] == []
