"""Identity tokens: what Google's own library verifies and reads in them."""

import time
from typing import Any

import pytest
import requests
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request
from google.cloud.tasks_v2 import CloudTasksClient, HttpRequest, OidcToken, Task
from google.oauth2 import id_token

from sandbox.emulators import Emulators
from sandbox.emulators.tokens import TokenIssuer
from tests.sandbox.emulators.tasks.conftest import Handler

ACCOUNT = "cloud-tasks@test.invalid"


def verified(stand_ins: Emulators, token: str, audience: str) -> dict[str, Any]:
    url = stand_ins.environment()["TOKEN_CERTS_URL"]
    with requests.Session() as session:
        request = Request(session)
        return dict(id_token.verify_token(token, request, audience=audience, certs_url=url))


def bearer(handler: Handler) -> str:
    (request,) = handler.wait(1)
    scheme, token = request.headers["authorization"].split(" ")
    assert scheme == "Bearer"
    return token


def send(client: CloudTasksClient, queue: str, url: str, **token: str) -> None:
    oidc = OidcToken(service_account_email=ACCOUNT, **token)
    client.create_task(parent=queue, task=Task(http_request=HttpRequest(url=url, oidc_token=oidc)))


def test_a_task_carries_a_token_that_verifies(
    client: CloudTasksClient, queue: str, handler: Handler, stand_ins: Emulators
) -> None:
    send(client, queue, handler.url, audience="https://queue-services.test")
    claims = verified(stand_ins, bearer(handler), "https://queue-services.test")
    assert claims["iss"] == "https://emulator.invalid"
    assert (claims["email"], claims["email_verified"]) == (ACCOUNT, True)
    assert claims["sub"] == claims["azp"]
    assert claims["exp"] == claims["iat"] + 3600
    assert abs(claims["iat"] - time.time()) < 60


def test_the_audience_is_the_url_unless_given(
    client: CloudTasksClient, queue: str, handler: Handler, stand_ins: Emulators
) -> None:
    send(client, queue, handler.url)
    assert verified(stand_ins, bearer(handler), handler.url)["aud"] == handler.url


def test_a_token_for_somebody_else_does_not_verify(stand_ins: Emulators) -> None:
    token = stand_ins.issuer.token(audience="https://one.test", email=ACCOUNT)
    with pytest.raises(GoogleAuthError):
        verified(stand_ins, token, "https://other.test")


def test_a_token_of_another_issuers_keys_does_not_verify(stand_ins: Emulators) -> None:
    token = TokenIssuer().token(audience="https://one.test", email=ACCOUNT)
    with pytest.raises(GoogleAuthError):
        verified(stand_ins, token, "https://one.test")


def test_a_token_that_has_expired_does_not_verify(stand_ins: Emulators) -> None:
    issuer = stand_ins.issuer
    claims = issuer.claims(
        audience="https://one.test", email=ACCOUNT, issued_at=int(time.time()) - 4000
    )
    with pytest.raises(GoogleAuthError):
        verified(stand_ins, issuer.sign(claims), "https://one.test")


def test_a_task_without_an_account_carries_no_token(
    client: CloudTasksClient, queue: str, handler: Handler
) -> None:
    client.create_task(parent=queue, task=Task(http_request=HttpRequest(url=handler.url)))
    (request,) = handler.wait(1)
    assert "authorization" not in request.headers
