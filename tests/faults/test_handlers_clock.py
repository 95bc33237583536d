"""A task handler whose clock is seconds off the others': nothing waits for the sweeper."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from sandbox import stack
from sandbox.demo.meta import Meta
from sandbox.demo.platform import connected
from sandbox.stack import Server, Spec
from tests import postgresql
from tests.faults.test_clocks import shifted
from tests.journeys.conftest import NOW, World, status, text
from tests.journeys.ledger import Ledger
from tests.programs import find_postgresql
from tests.sandbox.stack.processes import eventually
from visn_whatsapp.roles import ALL_SERVICES

pytestmark = [pytest.mark.needs("postgresql"), pytest.mark.needs("libfaketime")]


# More is refused by Google's library: it believes tokens up to ten seconds before their time.
@pytest.fixture(scope="module", params=["-5s", "+5s"])
def off(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A world whose handler alone takes the time for another."""
    programs, folder = find_postgresql(), tmp_path_factory.mktemp("handler")
    assert programs is not None
    handler = Server(name="handler", services=("queue-services",), variables=shifted(request.param))
    others = tuple(each for each in ALL_SERVICES if each not in handler.services)
    servers = (Server(name="others", services=others), handler)
    with (
        postgresql.cluster(programs) as url,
        stack.start(Spec(folder=folder, servers=servers, database_url=url)) as running,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("FIRESTORE_EMULATOR_HOST", running.emulators.firestore_host)
        with connected(project=running.spec.emulators.project) as platform:
            meta = Meta(url=running.webhook_url, secret=running.secrets.app_secret)
            yield World(running=running, platform=platform, ledger=Ledger(url=url), meta=meta)
            meta.close()


def test_an_event_that_waits_is_looked_at_when_it_is_due(off: World) -> None:
    enquiry = off.chat()
    message = off.outbound(enquiry, stored=False)
    body = off.delivery(enquiry, statuses=[status(message, "delivered")])
    assert off.post(body) == 200
    assert eventually(lambda: [row.state for row in off.ledger.events(body)] == ["waiting"])
    off.platform.store({message.path: message.fields(now=NOW)})

    assert off.ledger.settled(body) == [("processed", "applied", message.document_id)]
    assert off.ledger.runs(body) == [("done", ""), ("done", "")]


@pytest.mark.parametrize("shift", ["", "-5s", "+5s"])
def test_a_replay_comes_to_its_end_whoever_asks_for_it(off: World, shift: str) -> None:
    enquiry = off.chat()
    tracking = {enquiry.tracking: enquiry.tracking_fields(now=NOW)}
    off.platform.track({enquiry.tracking: {**tracking[enquiry.tracking], "active": False}})
    body = off.delivery(enquiry, messages=[text(enquiry)])
    assert off.post(body) == 200
    [skipped] = off.ledger.settled(body)
    assert skipped[:2] == ("skipped", "no_active_tracking")
    off.platform.track(tracking)

    event = off.ledger.query("SELECT max(id) FROM webhooks_event")[0][0]
    manage(off, shift, "replay", f"--event={event}")

    [applied] = off.ledger.settled(body)
    assert applied[:2] == ("processed", "applied")
    assert off.unread(enquiry) == 1
    manage(off, shift, "catch_up")
    [job] = off.ledger.query("SELECT state FROM eventlog_replayjob ORDER BY asked_at DESC LIMIT 1")
    assert job == ("finished",)


def manage(off: World, shift: str, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env={**off.running.environment(), **shifted(shift)},
        check=True,
        timeout=60,
    )
