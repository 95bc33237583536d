"""Callers of machine endpoints, with real tokens, real keys and a real server of certificates."""

import json
import socket
import time
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from google.auth import crypt, jwt
from pytest_django import Settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from tests.identity import KEY_ID, IdentityProvider
from visn_whatsapp.authentication import (
    CERTIFICATES_BUDGET_SECONDS,
    CallableIdentity,
    Service,
    TaskHandlerIdentity,
)
from visn_whatsapp.google import certificates

AUDIENCE = "https://queue-services.test"
ACCOUNT = "cloud-tasks@test.invalid"


class TaskEndpoint(APIView):
    """Answers who called."""

    authentication_classes = [TaskHandlerIdentity]

    def post(self, request: Request) -> Response:
        """Answers the caller's e-mail."""
        return Response({"email": cast(Service, request.user).email})


class CallableEndpoint(TaskEndpoint):
    """The same for gateways."""

    authentication_classes = [CallableIdentity]


def call(
    authorization: str | None, *, endpoint: type[APIView] = TaskEndpoint, host: str = "testserver"
) -> Response:
    """Posts with this Authorization header."""
    headers = {} if authorization is None else {"HTTP_AUTHORIZATION": authorization}
    request = APIRequestFactory().post("/", HTTP_HOST=host, **headers)
    answer = endpoint.as_view()(request)
    assert isinstance(answer, Response)
    return answer


def bearer(provider: IdentityProvider, **claims: object) -> str:
    """Returns the header of a caller who is allowed in, but for these claims."""
    usual = {"audience": AUDIENCE, "email": ACCOUNT}
    return "Bearer " + provider.token(**(usual | claims))  # type: ignore[arg-type]


def test_the_account_of_the_queue_is_let_in(identity_provider: IdentityProvider) -> None:
    answer = call(bearer(identity_provider))
    assert (answer.status_code, answer.data) == (200, {"email": ACCOUNT})


def test_the_scheme_is_named_in_any_case(identity_provider: IdentityProvider) -> None:
    answer = call(bearer(identity_provider).replace("Bearer", "bearer"))
    assert answer.status_code == 200


def test_each_endpoint_has_its_own_audience_and_accounts(
    identity_provider: IdentityProvider, settings: Settings
) -> None:
    token = bearer(
        identity_provider,
        audience=settings.CALLABLE_AUDIENCE,
        email=settings.CALLABLE_CALLERS[0],
    )
    assert call(token, endpoint=CallableEndpoint).status_code == 200
    assert call(token, endpoint=TaskEndpoint).status_code == 401


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer not-a-token",
        "Bearer a.b.c",
        "Bearer \xe9.\xe9.\xe9",
        "Bearer " + "a" * 100_000,
        "Bearer W10.W10.W10",
    ],
)
def test_whoever_has_no_token_gets_401(
    identity_provider: IdentityProvider, authorization: str | None
) -> None:
    answer = call(authorization)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


ODD_MOMENTS = [
    float("nan"), float("inf"), float("-inf"), 1e300, 10**400, -1, "4102444800", True, [4102444800],
    {}, "soon",
]  # fmt: skip


@pytest.mark.parametrize("claim", ["exp", "iat"])
@pytest.mark.parametrize("moment", [*ODD_MOMENTS[:1], *ODD_MOMENTS[6:7], *ODD_MOMENTS[8:]])
def test_a_signed_token_whose_times_are_no_times_gets_401(
    identity_provider: IdentityProvider, claim: str, moment: object
) -> None:
    assert call(bearer(identity_provider, **{claim: moment})).status_code == 401


@pytest.mark.parametrize("moment", ODD_MOMENTS)
def test_a_signed_token_that_never_expires_gets_401(
    identity_provider: IdentityProvider, moment: object
) -> None:
    assert call(bearer(identity_provider, exp=moment)).status_code == 401


@pytest.mark.parametrize("position", [0, 1])
def test_a_token_of_absurd_nesting_gets_401(
    identity_provider: IdentityProvider, position: int
) -> None:
    parts = bearer(identity_provider).split(".")
    parts[position] = urlsafe_b64encode(b"[" * 5000).decode()
    prefix = "Bearer " if position == 0 else ""
    assert call(prefix + ".".join(parts)).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"audience": "https://repair-serve-callable.test"},
        {"audience": ""},
        {"aud": None},
        {"aud": [AUDIENCE]},
        {"iss": "https://accounts.example.com"},
        {"iss": None},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"iat": int(time.time()) + 3600, "exp": int(time.time()) + 7200},
    ],
)
def test_a_token_that_does_not_hold_gets_401(
    identity_provider: IdentityProvider, claims: dict[str, object]
) -> None:
    assert call(bearer(identity_provider, **claims)).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "somebody@gmail.com"},
        {"email": ACCOUNT.upper()},
        {"email": None},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
    ],
)
def test_a_valid_token_of_another_account_gets_403(
    identity_provider: IdentityProvider, claims: dict[str, object]
) -> None:
    assert call(bearer(identity_provider, **claims)).status_code == 403


def test_the_clocks_may_differ_a_little(identity_provider: IdentityProvider) -> None:
    now = int(time.time())
    assert call(bearer(identity_provider, iat=now + 5)).status_code == 200
    assert call(bearer(identity_provider, exp=now - 5)).status_code == 200


def test_a_token_signed_with_another_key_gets_401(identity_provider: IdentityProvider) -> None:
    forger = IdentityProvider(key=rsa.generate_private_key(public_exponent=65537, key_size=2048))
    assert call(bearer(forger)).status_code == 401


def test_a_token_with_changed_claims_gets_401(identity_provider: IdentityProvider) -> None:
    header, _, signature = bearer(identity_provider).split(".")
    _, payload, _ = bearer(identity_provider, sub="changed").split(".")
    assert call(f"{header}.{payload}.{signature}").status_code == 401


def test_a_token_that_cloud_run_has_checked_is_told_apart(
    identity_provider: IdentityProvider, caplog: pytest.LogCaptureFixture
) -> None:
    header, payload, _ = bearer(identity_provider).split(".")
    assert call(f"{header}.{payload}.SIGNATURE_REMOVED_BY_GOOGLE").status_code == 401
    assert [vars(record)["reason"] for record in caplog.records] == ["signature_removed"]


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES256"])
def test_only_googles_algorithm_is_believed(
    identity_provider: IdentityProvider, algorithm: str
) -> None:
    header = urlsafe_b64encode(json.dumps({"alg": algorithm, "kid": KEY_ID}).encode()).decode()
    _, payload, signature = bearer(identity_provider).split(".")
    assert call(f"Bearer {header.rstrip('=')}.{payload}.{signature}").status_code == 401


def test_a_token_signed_on_an_elliptic_curve_gets_401(identity_provider: IdentityProvider) -> None:
    signer = crypt.ES256Signer(ec.generate_private_key(ec.SECP256R1()), key_id=KEY_ID)
    token = jwt.encode(signer, {"aud": AUDIENCE}).decode()
    assert call(f"Bearer {token}").status_code == 401


@pytest.mark.parametrize("setting", ["TASK_HANDLER_AUDIENCE", "TASKS_SERVICE_ACCOUNT"])
def test_what_is_not_configured_lets_nobody_in(
    identity_provider: IdentityProvider, settings: Settings, setting: str
) -> None:
    setattr(settings, setting, "")
    assert call(bearer(identity_provider)).status_code in {401, 403}
    assert call(bearer(identity_provider, audience="", email="")).status_code in {401, 403}


def test_the_host_header_is_no_audience(identity_provider: IdentityProvider) -> None:
    token = bearer(identity_provider, audience="http://localhost/")
    assert call(token, host="localhost").status_code == 401


def test_certificates_are_fetched_once(identity_provider: IdentityProvider) -> None:
    for number in range(3):
        assert call(bearer(identity_provider, sub=str(number))).status_code == 200
    assert call(bearer(identity_provider, audience="https://elsewhere.test")).status_code == 401
    assert identity_provider.fetches == 1


def test_a_token_seen_before_still_expires(identity_provider: IdentityProvider) -> None:
    soon = time.time() - 9  # the clocks may differ by ten seconds
    token = bearer(identity_provider, exp=soon)
    assert call(token).status_code == 200
    time.sleep(1.1)
    assert call(token).status_code == 401


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets failures be tried again at once."""
    monkeypatch.setattr("visn_whatsapp.google.kept.FAILURE_LASTS_SECONDS", 0.0)


def test_without_certificates_the_answer_is_503_until_they_come_back(
    identity_provider: IdentityProvider, forgetful: None
) -> None:
    identity_provider.status = 500
    token = bearer(identity_provider)
    assert call(token).status_code == 503
    identity_provider.status = 200
    assert call(token).status_code == 200
    identity_provider.status = 500
    assert call(bearer(identity_provider, sub="another")).status_code == 200


def test_a_server_of_certificates_that_is_gone_answers_503(
    identity_provider: IdentityProvider, settings: Settings
) -> None:
    settings.TOKEN_CERTS_URL = "http://127.0.0.1:9/certs"
    assert call(bearer(identity_provider)).status_code == 503


def test_that_there_are_no_certificates_is_remembered_for_a_moment(
    identity_provider: IdentityProvider,
) -> None:
    identity_provider.status = 500
    assert [call(bearer(identity_provider)).status_code for _ in range(3)] == [503] * 3
    assert identity_provider.fetches == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"test-key": 1}'])
def test_certificates_that_cannot_be_read_are_none(
    identity_provider: IdentityProvider, body: bytes
) -> None:
    identity_provider.document = body
    assert call(bearer(identity_provider)).status_code == 503


def test_a_silent_server_of_certificates_holds_nobody_up(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        settings.TOKEN_CERTS_URL = f"http://127.0.0.1:{silent.getsockname()[1]}/certs"
        token = bearer(IdentityProvider())
        start = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            answers = [pool.submit(call, token) for _ in range(8)]
            assert {answer.result().status_code for answer in answers} == {503}
        assert time.monotonic() - start < 8.0
        silent.accept()[0].close()
        silent.setblocking(False)
        start = time.monotonic()
        assert call(token).status_code == 503
        assert time.monotonic() - start < CERTIFICATES_BUDGET_SECONDS
        with pytest.raises(BlockingIOError):  # it is not asked again
            silent.accept()


def test_an_unknown_key_is_looked_up_again_once(
    identity_provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    header, payload, signature = bearer(identity_provider).split(".")
    unknown = urlsafe_b64encode(b'{"alg":"RS256","kid":"another"}').decode().rstrip("=")
    other = f"Bearer {unknown}.{payload}.{signature}"
    assert call(f"{header}.{payload}.{signature}").status_code == 200
    assert [call(other).status_code for _ in range(3)] == [401] * 3
    assert identity_provider.fetches == 1  # they were asked for a moment ago
    monkeypatch.setattr(certificates, "LOOKED_UP_AGAIN_AFTER_SECONDS", 0.0)
    assert call(other).status_code == 401
    assert identity_provider.fetches == 2
