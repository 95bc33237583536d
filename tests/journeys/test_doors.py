"""Each process opens its own routes only, and each route only to its own callers."""

import time

import pytest
import urllib3

from sandbox.emulators.tokens import TokenIssuer
from sandbox.stack.environment import CALLABLE_PATH, TASK_HANDLER_PATH, WEBHOOK_PATH
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


class Door:
    """An endpoint for a service with an identity token."""

    def __init__(self, world: World, service: str) -> None:
        variables = world.running.environment((service,))
        self._issuer = world.running.emulators.issuer
        self.url = world.running.address(service) + PATHS[service]
        is_callable = service == "repair-serve-callable"
        names = ("CALLABLE_AUDIENCE", "TASK_HANDLER_AUDIENCE")
        self.audience, self.other = (variables[name] for name in names[:: 1 if is_callable else -1])
        self.account = variables["CALLABLE_CALLERS" if is_callable else "TASKS_SERVICE_ACCOUNT"]
        self.body = CALL if is_callable else TASK

    def token(self, *, issuer: TokenIssuer | None = None, **changes: object) -> str:
        """The right token, but for what is changed."""
        now = int(time.time())
        claims = self._issuer.claims(audience=self.audience, email=self.account, issued_at=now)
        return (issuer or self._issuer).sign(claims | changes)

    def knock(self, authorization: str) -> int:
        """Calls with this header and returns the status."""
        return request("POST", self.url, body=self.body, Authorization=authorization)


DOORS = pytest.mark.parametrize("service", ["repair-serve-callable", "queue-services"])


@DOORS
def test_the_right_caller_gets_in(world: World, service: str) -> None:
    door = Door(world, service)
    # Neither knows this delivery: the callable says so, the queue must not try again.
    welcome = {"repair-serve-callable": 404, "queue-services": 200}
    assert door.knock(f"Bearer {door.token()}") == welcome[service]


@DOORS
def test_everybody_else_stays_outside(world: World, service: str) -> None:
    door, hour = Door(world, service), 3600
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
        "the other door's": door.knock(f"Bearer {door.token(aud=door.other)}"),
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
