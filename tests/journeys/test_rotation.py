"""Secrets are rotated over running processes, by the runbook's steps.

What is refused meanwhile comes again, and nothing is lost or doubled.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import urllib3

from sandbox.demo.meta import Meta
from sandbox.stack.spec import Server, Spec
from tests.journeys.conftest import World, text
from tests.journeys.visitor import Visitor
from tests.journeys.worlds import world_of
from tests.postgresql import USERS, cluster, owner_of
from tests.programs import find_postgresql
from visn_whatsapp.roles import ALL_SERVICES

pytestmark = pytest.mark.needs("postgresql")

APPLIED = ("processed", "applied")
SERVER = "server"
NEW = "5e2d8c1a9f"  # in the place of what was there
PERSON = {"DJANGO_SUPERUSER_USERNAME": "ada", "DJANGO_SUPERUSER_PASSWORD": "correct horse"}


@dataclass(frozen=True, kw_only=True)
class System:
    """All services in one process, as a database user with a password."""

    world: World
    owner: "psycopg.Connection[tuple[object, ...]]"
    url: str  # of the ledger for the services, without the password

    def replaced(self, **variables: str) -> None:
        """The definitions name other versions, and the service is replaced."""
        self.world.running.servers[SERVER].restart(**variables)
        self.world.running.wait_until_ready(SERVER)

    def writes(self) -> bytes:
        """A driver's text, and the chat that it belongs to."""
        chat = self.world.chat()
        return self.world.delivery(chat, messages=[text(chat)])

    def applied_once(self, *bodies: bytes) -> bool:
        """Whether each of these texts is in its chat, counted once."""
        found = [self.world.ledger.settled(body) for body in bodies]
        return [[row[:2] for row in rows] for rows in found] == [[APPLIED]] * len(bodies)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """It asks PostgreSQL for its password, which tests elsewhere do not."""
    programs = find_postgresql()
    assert programs is not None
    folder = tmp_path_factory.mktemp("rotation")
    with cluster(programs) as url, closing(owner_of(url)) as owner:
        owner.execute(USERS.read_text().encode())
        owner.execute(f"ALTER ROLE visn_services PASSWORD '{NEW[::-1]}'".encode())
        ask_for_passwords(owner)
        services = url.replace("postgres@/", "visn_services:{}@/")
        variables = {"DATABASE_URL": services.format(NEW[::-1])}
        server = Server(name=SERVER, services=ALL_SERVICES, variables=variables)
        spec = Spec(folder=folder, servers=(server,), database_url=url, variables=PERSON)
        with world_of(spec) as world:
            world.running.manage("createsuperuser", "--noinput", "--email=ada@visn.example")
            yield System(world=world, owner=owner, url=services)


def ask_for_passwords(owner: "psycopg.Connection[tuple[object, ...]]") -> None:
    [(named,)] = owner.execute("SHOW hba_file").fetchall()
    file = Path(str(named))
    file.write_text(f"local all visn_services scram-sha-256\n{file.read_text()}")
    owner.execute("SELECT pg_reload_conf()")


def test_the_app_secret(system: System) -> None:
    old = system.world.meta
    before, early, both, after = (system.writes() for _ in range(4))
    assert old.post(before).status == 200
    with closing(Meta(url=system.world.running.webhook_url, secret=NEW)) as new:
        assert new.post(early).status == 401  # Meta signs with it already, and sends it again
        secret = system.world.running.secrets.app_secret
        system.replaced(WHATSAPP_APP_SECRET=NEW, WHATSAPP_APP_SECRET_PREVIOUS=secret)
        assert [old.post(both).status, new.post(early).status] == [200, 200]
        system.replaced(WHATSAPP_APP_SECRET_PREVIOUS=NEW)
        assert [old.post(after).status, new.post(after).status] == [401, 200]
    assert system.applied_once(before, early, both, after)
    system.replaced(WHATSAPP_APP_SECRET=secret, WHATSAPP_APP_SECRET_PREVIOUS="")


def test_the_verify_token(system: System) -> None:
    """Deliveries do not ask for it."""
    old = system.world.running.secrets.verify_token
    assert [handshake(system, token) for token in (old, NEW)] == [200, 403]
    system.replaced(WHATSAPP_VERIFY_TOKEN=NEW)
    assert [handshake(system, token) for token in (old, NEW)] == [403, 200]
    body = system.writes()
    assert system.world.post(body) == 200
    assert system.applied_once(body)


def handshake(system: System, token: str) -> int:
    fields = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": token}
    return urllib3.request("GET", system.world.running.webhook_url, fields=fields).status


def test_the_key_of_sessions(system: System) -> None:
    """Whoever is logged in logs in again."""
    visitor = Visitor(address=system.world.running.address("admin"))
    assert visitor.log_in(*PERSON.values()) == 200
    before, after = system.writes(), system.writes()
    assert system.world.post(before) == 200
    system.replaced(SECRET_KEY=NEW * 5)
    assert "/login/" in visitor.get("/admin/").url
    assert visitor.log_in(*PERSON.values()) == 200
    assert system.world.post(after) == 200
    assert system.applied_once(before, after)


def test_the_password_of_the_services(system: System) -> None:
    """Connections that are open stay a while; then 503, until the services are replaced."""
    before, refused = system.writes(), system.writes()
    assert system.world.post(before) == 200
    assert system.applied_once(before)
    system.owner.execute(f"ALTER ROLE visn_services PASSWORD '{NEW}'".encode())
    system.owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'visn_services'"
    )
    assert system.world.post(refused) == 503
    system.replaced(DATABASE_URL=system.url.format(NEW))
    assert system.world.post(refused) == 200
    assert system.applied_once(refused)
    assert system.world.ledger.deliveries(refused) == 1
