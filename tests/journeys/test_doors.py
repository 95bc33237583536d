"""Each process opens its own routes only, and each route only to its own callers."""

import time
from dataclasses import dataclass

import pytest
import urllib3

from sandbox.emulators.tokens import TokenIssuer
from sandbox.stack.environment import (
    CALLABLE_PATH,
    CHORES_PATH,
    TASK_HANDLER_PATH,
    WEBHOOK_PATH,
)
from tests.journeys.conftest import World, text
from webhooks.authentication import sign

PATHS = {
    "repair-serve-api": WEBHOOK_PATH,
    "repair-serve-callable": CALLABLE_PATH,
    "queue-services": TASK_HANDLER_PATH,
    "admin": "/admin/",
}
CALL = b'{"data":{"delivery":"01990000-0000-7000-8000-000000000000"}}'
TASK = b'{"v":1,"delivery":"01990000-0000-7000-8000-000000000000"}'


def request(method: str, url: str, *, body: bytes = b"", **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = urllib3.request(
        method, url, body=body, headers=named, retries=False, redirect=False, timeout=10
    )
    return answer.status


def test_every_process_answers_404_for_what_others_serve(world: World) -> None:
    statuses = {
        (service, other): (
            request("GET", world.running.address(service) + path),
            request("POST", world.running.address(service) + path),
        )
        for service in PATHS
        for other, path in PATHS.items()
        if other != service
    }
    assert set(statuses.values()) == {(404, 404)}
    assert len(statuses) == 12


def test_chores_are_started_in_queue_services_alone(world: World) -> None:
    statuses = {
        service: request("POST", f"{world.running.address(service)}{CHORES_PATH}/{chore}")
        for service in PATHS
        for chore in ("sweeper", "catch-up")
    }
    assert statuses == dict.fromkeys(PATHS, 404) | {"queue-services": 401}
    address = world.running.address("queue-services")
    odd = ("", "/", "/retention", "/sweeper/", "/Sweeper")
    assert [request("POST", f"{address}{CHORES_PATH}{path}") for path in odd] == [404] * len(odd)
    assert request("GET", f"{address}{CHORES_PATH}/sweeper") == 405


def test_every_process_says_that_it_is_alive_and_ready(world: World) -> None:
    statuses = [
        request("GET", f"{world.running.address(service)}/health/{word}")
        for service in PATHS
        for word in ("live", "ready")
    ]
    assert statuses == [200] * 8


@pytest.mark.parametrize(
    "signature",
    ["", "sha256=", "sha256=" + "0" * 64, "forged", "sha1"],
)
def test_the_webhook_refuses_what_meta_has_not_signed(world: World, signature: str) -> None:
    enquiry = world.chat()
    body = world.delivery(enquiry, messages=[text(enquiry)])
    if signature == "forged":
        signature = sign(body, secret="not Meta's")
    headers = {"X_Hub_Signature_256": signature} if signature != "sha1" else {}
    headers["X_Hub_Signature"] = "sha1=" + "0" * 40

    assert request("POST", world.running.webhook_url, body=body, **headers) == 401

    assert world.ledger.deliveries(body) == 0


@dataclass(frozen=True, kw_only=True)
class Way:
    """A route for services with an identity token, and who may go there."""

    service: str
    path: str
    audience: str  # the variables that name them
    account: str
    welcome: int  # how the right caller is answered
    body: bytes = b""


WAYS = {
    # Neither of the first two knows this delivery: the callable says so, the queue must not try
    # again.
    "callable": Way(
        service="repair-serve-callable",
        path=CALLABLE_PATH,
        audience="CALLABLE_AUDIENCE",
        account="CALLABLE_CALLERS",
        welcome=404,
        body=CALL,
    ),
    "task handler": Way(
        service="queue-services",
        path=TASK_HANDLER_PATH,
        audience="TASK_HANDLER_AUDIENCE",
        account="TASKS_SERVICE_ACCOUNT",
        welcome=200,
        body=TASK,
    ),
    **{
        chore: Way(
            service="queue-services",
            path=f"{CHORES_PATH}/{chore}",
            audience="CHORES_AUDIENCE",
            account="CHORES_CALLERS",
            welcome=200,
        )
        for chore in ("sweeper", "catch-up")
    },
}


class Door:
    """An endpoint for a service with an identity token."""

    def __init__(self, world: World, name: str) -> None:
        way = WAYS[name]
        variables = world.running.environment((way.service,))
        self._issuer = world.running.emulators.issuer
        self.url = world.running.address(way.service) + way.path
        self.audience, self.account = variables[way.audience], variables[way.account]
        self.others = {variables[each.audience] for each in WAYS.values()} - {self.audience}
        self.body, self.welcome = way.body, way.welcome

    def token(self, *, issuer: TokenIssuer | None = None, **changes: object) -> str:
        """The right token, but for what is changed."""
        now = int(time.time())
        claims = self._issuer.claims(audience=self.audience, email=self.account, issued_at=now)
        return (issuer or self._issuer).sign(claims | changes)

    def knock(self, authorization: str) -> int:
        """Calls with this header and returns the status."""
        return request("POST", self.url, body=self.body, Authorization=authorization)


DOORS = pytest.mark.parametrize("name", WAYS)


@DOORS
def test_the_right_caller_gets_in(world: World, name: str) -> None:
    door = Door(world, name)
    assert door.knock(f"Bearer {door.token()}") == door.welcome


@DOORS
def test_everybody_else_stays_outside(world: World, name: str) -> None:
    door, hour = Door(world, name), 3600
    first, second = sorted(door.others)
    now = int(time.time())
    statuses = {
        "nobody": door.knock(""),
        "no token": door.knock("Bearer "),
        "another scheme": door.knock(f"Basic {door.token()}"),
        "no sense": door.knock("Bearer a.b.c"),
        "expired": door.knock(f"Bearer {door.token(exp=now - hour, iat=now - 2 * hour)}"),
        "from the future": door.knock(f"Bearer {door.token(exp=now + 2 * hour, iat=now + hour)}"),
        "another issuer": door.knock(f"Bearer {door.token(iss='https://issuer.example')}"),
        "other keys": door.knock(f"Bearer {door.token(issuer=TokenIssuer())}"),
        "another door's": door.knock(f"Bearer {door.token(aud=first)}"),
        "a third one's": door.knock(f"Bearer {door.token(aud=second)}"),
        "not verified": door.knock(f"Bearer {door.token(email_verified=False)}"),
        "another account": door.knock(f"Bearer {door.token(email='other@local.invalid')}"),
        "cut off": door.knock(f"Bearer {door.token()[:-8]}"),
    }
    permission = {"not verified", "another account"}
    assert statuses == {name: 403 if name in permission else 401 for name in statuses}


@pytest.mark.parametrize("service", PATHS)
@pytest.mark.parametrize(
    "content_type",
    ["a/b; x*=odd'en'b", "a/b; charset=odd", "a/b; x*=utf-8'en'%ff%zz", "; ;", "a/b;" * 2000],
)
def test_content_may_be_called_anything(world: World, service: str, content_type: str) -> None:
    address = world.running.address(service)
    statuses = [
        request(method, address + path, Content_Type=content_type)
        for method in ("GET", "POST")
        for path in (PATHS[service], "/health/live")
    ]
    assert [status for status in statuses if status >= 500] == []


def test_what_meta_has_signed_is_taken_whatever_it_is_called(world: World) -> None:
    enquiry = world.chat()
    body = world.delivery(enquiry, messages=[text(enquiry)])
    headers = {"X_Hub_Signature_256": sign(body, secret=world.running.secrets.app_secret)}

    status = request(
        "POST", world.running.webhook_url, body=body, Content_Type="a/b; x*=odd'en'b", **headers
    )

    assert (status, world.ledger.deliveries(body)) == (200, 1)
