"""One location's way through a process of a project to which the kind was added.

It runs as a test in such a copy alone, so its name is none that pytest looks for.
"""

from pathlib import Path

import pytest

from sandbox import samples, stack
from sandbox.demo.meta import Meta
from sandbox.demo.platform import connected
from sandbox.stack import ALL_IN_ONE, Spec
from tests.journeys.conftest import World, text
from tests.journeys.ledger import Ledger
from tests.journeys.test_pooler import NAME, PASSWORD, SUPERUSER
from tests.journeys.visitor import Visitor
from tests.sandbox.stack.processes import eventually

NAMED = "Hacker Cafe"
WORDS = (NAMED, "1 Hacker Way, Menlo Park", "37.483307, -122.148981")
PLACE = {
    "latitude": 37.483307,
    "longitude": -122.148981,
    "name": NAMED,
    "address": "1 Hacker Way, Menlo Park",
}


def test_a_location_becomes_a_message_of_its_chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = Spec(folder=tmp_path, servers=ALL_IN_ONE, variables=SUPERUSER)
    with stack.start(spec) as running:
        running.manage("createsuperuser", "--noinput")
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", running.emulators.firestore_host)
        with connected(project=spec.emulators.project) as platform:
            world = World(
                running=running,
                platform=platform,
                ledger=Ledger(url=spec.database),
                meta=Meta(url=running.webhook_url, secret=running.secrets.app_secret),
            )
            _is_applied(world)
            _is_seen(world)
            world.meta.close()


def _is_applied(world: World) -> None:
    enquiry = world.chat()
    item = text(enquiry) | {"type": "location", "location": PLACE}
    location_id, number = str(item["id"]), enquiry.driver.number
    reply = samples.text(message_id="wamid.REPLY", number=number, reply_to=location_id)
    body = world.delivery(enquiry, messages=[item | {"text": None}, reply])

    assert world.post(body) == 200

    assert [row[:2] for row in world.ledger.settled(body)] == [("processed", "applied")] * 2
    [(target_id,)] = world.ledger.query("SELECT target_id FROM webhooks_event WHERE kind = 'text'")
    assert target_id == location_id
    path = f"{enquiry.messages}/{world.ledger.settled(body)[0].document}"
    document = world.platform.read(path)
    assert (document["type"], document["message"]) == ("location", "\n".join(WORDS))
    assert (document["source"], document["status"]) == ("driver", "received")
    assert world.unread(enquiry) == 2


def _is_seen(world: World) -> None:
    [(event,)] = world.ledger.query("SELECT id FROM webhooks_event WHERE kind = 'location'")
    page = f"/admin/webhooks/event/{event}/change/"
    visitor = Visitor(address=world.running.address("admin"))
    visitor.log_in(NAME, PASSWORD)

    masked = visitor.get(page).text
    assert "The driver sent a location" in masked
    assert 'id="icon-location"' in masked
    assert not any(words in masked for words in WORDS)
    shown = visitor.press(page, f"/admin/reveal/event/{event}/").text
    assert all(words in shown for words in WORDS)
    listed = visitor.get("/admin/webhooks/event/?kind=location").text
    assert "#icon-location" in listed
    assert ">Location</a>" in listed
    world.running.manage("catch_up")
    assert eventually(lambda: "Locations" in visitor.get("/admin/").text)
