"""The identity-aware proxy's header, with real keys and a real server of them."""

import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from tests.identity import IdentityProvider
from tests.proxy import AUDIENCE, Proxy, new_key, running
from visn_whatsapp.browser import proxy as proxies
from visn_whatsapp.browser.proxy import Doubt, NotBelieved, Person, groups_of, person
from visn_whatsapp.google import certificates

ANN = "ann@visn.example"


@pytest.fixture(autouse=True)
def proxy(settings: Settings) -> Iterator[Proxy]:
    """The proxy that the settings believe."""
    with running(Proxy()) as proxy:
        settings.IAP_AUDIENCE = AUDIENCE
        settings.IAP_KEYS_URL = proxy.keys_url
        yield proxy


def seen(header: str) -> Person | Doubt:
    """Whom a request with this header is of, or why that cannot be told."""
    try:
        return person(RequestFactory().get("/", headers={"X-Goog-IAP-JWT-Assertion": header}))
    except NotBelieved as error:
        return error.doubt


def test_whom_the_proxy_lets_through_is_known(proxy: Proxy) -> None:
    assert seen(proxy.assertion("Ann@ViSN.example", hd="visn.example", sub="1")) == Person(
        subject="1", email=ANN, domain="visn.example"
    )


@pytest.mark.parametrize("hd", [None, 1, ["visn.example"], "", "elsewhere.example"])
def test_of_an_address_alone_no_organisation_follows(proxy: Proxy, hd: object) -> None:
    someone = seen(proxy.assertion(ANN, hd=hd))
    assert isinstance(someone, Person)
    assert someone.domain == (hd if hd == "elsewhere.example" else "")


def test_a_header_longer_than_any_is_not_believed(proxy: Proxy) -> None:
    assert isinstance(seen(proxy.assertion(ANN, more="x" * 4000)), Person)
    assert seen(proxy.assertion(ANN, more="x" * 8000)) is Doubt.INVALID


def test_without_the_header_nobody_is_known() -> None:
    with pytest.raises(NotBelieved, match="missing"):
        person(RequestFactory().get("/", headers={"X-Goog-Authenticated-User-Email": ANN}))


@pytest.mark.parametrize(
    ("claims", "doubt"),
    [
        ({"iss": "https://accounts.google.com"}, Doubt.ISSUER),
        ({"iss": None}, Doubt.ISSUER),
        ({"aud": AUDIENCE + "1"}, Doubt.AUDIENCE),
        ({"aud": [AUDIENCE]}, Doubt.AUDIENCE),
        ({"aud": None}, Doubt.AUDIENCE),
        ({"sub": None}, Doubt.NOBODY),
        ({"sub": 1}, Doubt.NOBODY),
        ({"email": None}, Doubt.NOBODY),
        ({"email": "ann"}, Doubt.NOBODY),
        ({"exp": None}, Doubt.INVALID),
        ({"exp": "soon"}, Doubt.INVALID),
        ({"iat": None}, Doubt.INVALID),
    ],
)
def test_what_the_proxy_says_otherwise_is_not_believed(
    proxy: Proxy, claims: dict[str, object], doubt: Doubt
) -> None:
    assert seen(proxy.assertion(ANN, **claims)) is doubt


def test_the_clocks_may_differ_by_half_a_minute(proxy: Proxy) -> None:
    now = int(time.time())
    assert isinstance(seen(proxy.assertion(ANN, iat=now + 20)), Person)
    assert isinstance(seen(proxy.assertion(ANN, exp=now - 20)), Person)
    assert seen(proxy.assertion(ANN, iat=now + 60)) is Doubt.INVALID
    assert seen(proxy.assertion(ANN, exp=now - 60)) is Doubt.INVALID


@pytest.mark.parametrize(
    "header", ["x", "a.b.c", "W10.W10.W10", "\xe9.\xe9.\xe9", "a" * 10_000, "e30.e30."]
)
def test_what_is_no_token_is_not_believed(header: str) -> None:
    assert seen(header) is Doubt.INVALID


def test_a_token_of_absurd_nesting_is_not_believed(proxy: Proxy) -> None:
    _, payload, signature = proxy.assertion(ANN).split(".")
    nested = urlsafe_b64encode(b"[" * 5000).decode()
    assert seen(f"{nested}.{payload}.{signature}") is Doubt.INVALID


def test_another_signature_is_not_believed(proxy: Proxy) -> None:
    forged = Proxy(keys={"one": new_key()}).assertion(ANN)
    header, _, signature = proxy.assertion(ANN).split(".")
    _, changed, _ = proxy.assertion("eve@visn.example").split(".")
    assert seen(forged) is Doubt.INVALID
    assert seen(f"{header}.{changed}.{signature}") is Doubt.INVALID
    unsigned = urlsafe_b64encode(b'{"alg":"none","kid":"one"}').decode().rstrip("=")
    assert seen(f"{unsigned}.{changed}.") is Doubt.INVALID


def test_a_services_token_logs_nobody_in(
    identity_provider: IdentityProvider, settings: Settings
) -> None:
    """Not even one that says what the proxy would, and by keys in the place of the proxy's."""
    token = identity_provider.token(
        audience=AUDIENCE, email=ANN, sub="1", iss="https://cloud.google.com/iap"
    )
    assert seen(token) is Doubt.INVALID
    settings.IAP_KEYS_URL = settings.TOKEN_CERTS_URL
    assert seen(token) is Doubt.INVALID


def test_an_hmac_with_the_public_key_is_not_believed(proxy: Proxy) -> None:
    header = urlsafe_b64encode(b'{"alg":"HS256","kid":"one"}').decode().rstrip("=")
    _, payload, signature = proxy.assertion(ANN).split(".")
    assert seen(f"{header}.{payload}.{signature}") is Doubt.INVALID


def test_a_new_key_is_fetched_once_and_the_old_one_goes_on(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "LOOKED_UP_AGAIN_AFTER_SECONDS", 0.0)
    assert isinstance(seen(proxy.assertion(ANN)), Person)
    proxy.keys["two"] = new_key()
    assert isinstance(seen(proxy.signed_with("two", ANN)), Person)
    assert isinstance(seen(proxy.signed_with("one", ANN)), Person)
    assert proxy.fetches == 2


def test_whoever_makes_up_keys_makes_few_fetches(proxy: Proxy) -> None:
    assert isinstance(seen(proxy.assertion(ANN)), Person)
    made_up = Proxy(keys={f"made-up-{count}": new_key() for count in range(5)})
    assert {seen(made_up.signed_with(key, ANN)) for key in made_up.keys} == {Doubt.INVALID}
    assert proxy.fetches == 1


def test_keys_are_kept_whatever_their_address_says(proxy: Proxy) -> None:
    proxy.max_age = "no-store"
    for _ in range(3):
        assert isinstance(seen(proxy.assertion(ANN)), Person)
    assert proxy.fetches == 1


@pytest.mark.parametrize("status", [500, 404])
def test_without_keys_nobody_can_be_told(proxy: Proxy, status: int) -> None:
    proxy.status = status
    assert seen(proxy.assertion(ANN)) is Doubt.NO_KEYS


def test_a_silent_address_of_keys_keeps_nobody_waiting_for_long(settings: Settings) -> None:
    settings.IAP_KEYS_URL = "http://127.0.0.1:1/keys"
    began = time.monotonic()
    assert seen(Proxy().assertion(ANN)) is Doubt.NO_KEYS
    assert time.monotonic() - began < proxies.KEYS_BUDGET_SECONDS + 1


def somebody(email: str, domain: str = "") -> Person:
    return Person(subject="1", email=email, domain=domain)


def test_groups_are_given_to_addresses_and_to_organisations(settings: Settings) -> None:
    settings.IAP_GROUPS = (f"{ANN} = On-call", f"{ANN}=Second line", "@Visn.example=Support")
    assert groups_of(somebody(ANN)) == {"On-call", "Second line"}
    assert groups_of(somebody(ANN, "visn.example")) == {"On-call", "Second line", "Support"}
    assert groups_of(somebody("bob@visn.example", "visn.example")) == {"Support"}


def test_a_private_account_with_an_address_of_the_organisation_has_no_group(
    settings: Settings,
) -> None:
    settings.IAP_GROUPS = ("@visn.example=Support",)
    assert groups_of(somebody("bob@visn.example")) == frozenset()
    assert groups_of(somebody("bob@visn.example", "example.com")) == frozenset()
