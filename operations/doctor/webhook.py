"""The webhook as Meta meets it: the handshake, and a signed delivery of no bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from secrets import token_hex
from typing import Any

from django.conf import settings
from requests import RequestException, Response

from operations.doctor.seen import (
    OWN_CHECK,
    PATIENCE_SECONDS,
    Asked,
    Seen,
    cannot_tell,
    not_looked,
    well,
    wrong,
)
from visn_whatsapp.in_time import session
from webhooks.authentication import SIGNATURE_HEADER, sign

REMEDY = (
    "Look at the address, at the load balancer before it, and at the log of repair-serve-api, and "
    f"{OWN_CHECK}."
)
# A load balancer that asks for a certificate closes the connection of whoever shows none.
SHOW_ONE = (
    "If it asks callers for a certificate (mutual TLS), let it trust an authority of your own "
    "besides Meta's, and show its certificate with --client-certificate."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """What is sent, and how it is refused by a service that has another secret."""

    what: str
    shows: str  # that we have the secret
    secret: str  # in Secret Manager
    refusal: HTTPStatus


HANDSHAKE = Probe(
    what="a handshake",
    shows="our verify token",
    secret="whatsapp-verify-token",  # noqa: S106 - its name
    refusal=HTTPStatus.FORBIDDEN,
)
DELIVERY = Probe(
    what="a signed delivery",
    shows="what is signed with the app's secret",
    secret="whatsapp-app-secret",  # noqa: S106 - its name
    refusal=HTTPStatus.UNAUTHORIZED,
)


def look(asked: Asked) -> Iterator[Seen]:
    """Asks under each version, or at the address that was given."""
    if "repair-serve-api" not in settings.SERVICES:
        yield not_looked("The webhook: only repair-serve-api has its secrets.")
        return
    for url in addresses(asked):
        yield from _asked(url, client_certificate=asked.client_certificate)


def addresses(asked: Asked) -> list[str]:
    """Where Meta has to post: under each version, or at the address that was given."""
    if asked.webhook_url:
        return [asked.webhook_url]
    host = settings.ALLOWED_HOSTS[0].removeprefix(".")
    return [
        f"https://{host}/{version}/webhooks/whatsapp/webhook"
        for version in settings.WEBHOOK_VERSIONS
    ]


def _asked(url: str, *, client_certificate: str) -> Iterator[Seen]:
    how: dict[str, Any] = {"timeout": PATIENCE_SECONDS, "allow_redirects": False}
    challenge = token_hex(8)
    query = {
        "hub.mode": "subscribe",
        "hub.verify_token": settings.WHATSAPP_VERIFY_TOKEN,
        "hub.challenge": challenge,
    }
    signature = {SIGNATURE_HEADER: sign(b"", secret=settings.WHATSAPP_APP_SECRET)}
    try:
        with session() as meta:
            meta.cert = client_certificate or None
            meta.max_redirects = 1  # none is followed, and with 0 an answer that is one is an error
            yield _seen(url, HANDSHAKE, meta.get(url, params=query, **how), told=challenge)
            yield _seen(url, DELIVERY, meta.post(url, data=b"", headers=signature, **how), told="")
    except RequestException as error:
        words = f"{url} does not answer ({type(error).__name__})."
        yield cannot_tell(words, REMEDY if client_certificate else f"{REMEDY} {SHOW_ONE}")


def _seen(url: str, probe: Probe, answer: Response, *, told: str) -> Seen:
    if (answer.status_code, answer.text) == (HTTPStatus.OK, told):
        return well(f"{url} takes {probe.shows}.")
    # Ours is empty; Cloud Run's own, and a firewall's, are pages.
    if answer.status_code == probe.refusal and not answer.content:
        return wrong(
            f"{url} refuses {probe.shows}.",
            f"Let the service name the version of {probe.secret} that is looked with.",
        )
    return wrong(f"{url} answers {answer.status_code} to {probe.what}.", REMEDY)
