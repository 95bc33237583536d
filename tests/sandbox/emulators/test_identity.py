"""The identity endpoint: Google's library gets tokens from it as from Google's metadata server."""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest
import requests
from google.auth.transport.requests import Request
from google.oauth2 import id_token

from sandbox.emulators import Emulators, Fault, FaultKind

FETCH = """
    import json
    from google.auth.transport.requests import Request
    from google.oauth2 import id_token
    request = Request()
    credentials = id_token.fetch_id_token_credentials("https://one.test", request=request)
    credentials.refresh(request)
    print(json.dumps({"email": credentials.service_account_email, "token": credentials.token}))
"""
METADATA = "/computeMetadata/v1/instance/service-accounts/default"
FLAVOR = {"Metadata-Flavor": "Google"}


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """Asks over HTTP."""
    with requests.Session() as session:
        yield session


def test_googles_library_fetches_and_verifies_a_token(
    stand_ins: Emulators, session: requests.Session
) -> None:
    """In a process of its own, for the library reads the variables when it is imported."""
    environment = stand_ins.environment()
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FETCH)],
        env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE,
        check=True,
        timeout=30,
    )
    fetched = json.loads(result.stdout)
    claims = id_token.verify_token(
        fetched["token"],
        Request(session),
        audience="https://one.test",
        certs_url=environment["TOKEN_CERTS_URL"],
    )
    account = "repair-serve-api@local.invalid"
    assert (fetched["email"], claims["email"]) == (account, account)
    assert claims["iss"] == environment["TOKEN_ISSUERS"]


def test_certificates_may_be_kept_for_an_hour(
    stand_ins: Emulators, session: requests.Session
) -> None:
    response = session.get(f"{stand_ins.identity_url}/certs")
    assert "max-age=3600" in response.headers["Cache-Control"]
    assert response.headers["Content-Type"] == "application/json"
    ((key_id, certificate),) = response.json().items()
    assert key_id == stand_ins.issuer.key_id
    assert certificate.startswith("-----BEGIN CERTIFICATE-----\n")


@pytest.mark.parametrize(
    "path",
    [
        f"{METADATA}/",
        f"{METADATA}/identity?audience=x&format=full",
        f"{METADATA}/token",
        "/computeMetadata/v1/project/project-id",
        "/computeMetadata/v1/universe/universe-domain",
    ],
)
def test_metadata_is_not_for_web_pages(
    stand_ins: Emulators, session: requests.Session, path: str
) -> None:
    url = f"{stand_ins.identity_url}{path}"
    assert session.get(url).status_code == 403
    assert session.get(url, headers=FLAVOR).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/none", 404), (f"{METADATA}/identity", 400), (f"{METADATA}/scopes", 404)],
)
def test_other_questions(
    stand_ins: Emulators, session: requests.Session, path: str, status: int
) -> None:
    response = session.get(f"{stand_ins.identity_url}{path}", headers=FLAVOR)
    assert response.status_code == status


def test_certificates_may_be_out_of_reach(stand_ins: Emulators, session: requests.Session) -> None:
    url = f"{stand_ins.identity_url}/certs"
    stand_ins.faults.add(Fault(kind=FaultKind.UNAVAILABLE, service="identity", method="certs"))
    assert [session.get(url).status_code for _ in range(2)] == [503, 200]
    assert stand_ins.counters.read() == {"identity": {"certs": 2}}


@pytest.mark.parametrize("status", [404, 408, 429, 500, 502, 503, 504])
def test_it_refuses_as_it_is_told_to(
    stand_ins: Emulators, session: requests.Session, status: int
) -> None:
    url = f"{stand_ins.identity_url}/certs"
    stand_ins.faults.add(
        Fault(kind=FaultKind.UNAVAILABLE, service="identity", method="certs", status=status)
    )
    assert [session.get(url).status_code for _ in range(2)] == [status, 200]


def test_it_is_silent_and_unreadable_as_it_is_told_to(
    stand_ins: Emulators, session: requests.Session
) -> None:
    url = f"{stand_ins.identity_url}/certs"
    silent = Fault(kind=FaultKind.SILENT, service="identity", method="certs", seconds=0.3)
    stand_ins.faults.add(silent)
    with pytest.raises(requests.ReadTimeout):
        session.get(url, timeout=0.1)
    stand_ins.faults.add(silent)
    with pytest.raises(requests.ConnectionError):
        session.get(url, timeout=10)
    stand_ins.faults.add(Fault(kind=FaultKind.UNREADABLE, service="identity", method="certs"))
    with pytest.raises(requests.JSONDecodeError):
        session.get(url).json()
    assert session.get(url).json() == stand_ins.issuer.certificates


def test_the_account_has_two_names(stand_ins: Emulators, session: requests.Session) -> None:
    root = f"{stand_ins.identity_url}/computeMetadata/v1/instance/service-accounts"
    names = ("default", "repair-serve-api@local.invalid", "other@local.invalid")
    answers = [session.get(f"{root}/{name}/?recursive=true", headers=FLAVOR) for name in names]
    assert [answer.status_code for answer in answers] == [200, 200, 404]
    assert answers[0].json() == answers[1].json()
