"""The webhook as Meta meets it: the handshake, and a signed delivery of no bytes."""

from collections.abc import Iterator
from http import HTTPStatus
from secrets import token_hex

from django.conf import settings
from requests import RequestException

from operations.doctor.seen import Asked, Seen, cannot_tell, not_looked, well, wrong
from visn_whatsapp.in_time import session
from webhooks.authentication import SIGNATURE_HEADER, sign

CALL_SECONDS = 15.0  # a service that has no instance has to start one

REMEDY = "Look at the address, at the load balancer before it, and at the log of repair-serve-api."


def look(asked: Asked) -> Iterator[Seen]:
    """Asks under each version, or at the address that was given."""
    if "repair-serve-api" not in settings.SERVICES:
        yield not_looked("The webhook: only repair-serve-api has its secrets.")
        return
    for url in _addresses(asked):
        yield _handshake(url)
        yield _delivery(url)


def _addresses(asked: Asked) -> list[str]:
    if asked.webhook_url:
        return [asked.webhook_url]
    host = settings.ALLOWED_HOSTS[0].removeprefix(".")
    return [
        f"https://{host}/{version}/webhooks/whatsapp/webhook"
        for version in settings.WEBHOOK_VERSIONS
    ]


def _handshake(url: str) -> Seen:
    challenge = token_hex(8)
    query = {
        "hub.mode": "subscribe",
        "hub.verify_token": settings.WHATSAPP_VERIFY_TOKEN,
        "hub.challenge": challenge,
    }
    try:
        with session() as meta:
            answer = meta.get(url, params=query, timeout=CALL_SECONDS)
    except RequestException as error:
        return cannot_tell(f"{url} does not answer ({type(error).__name__}).", REMEDY)
    if (answer.status_code, answer.text) == (HTTPStatus.OK, challenge):
        return well(f"{url} answers Meta's handshake.")
    if answer.status_code == HTTPStatus.FORBIDDEN:
        return wrong(
            f"{url} refuses our verify token.",
            "Let the service name the version of whatsapp-verify-token that is looked with.",
        )
    return wrong(f"{url} answers {answer.status_code} to a handshake.", REMEDY)


def _delivery(url: str) -> Seen:
    headers = {SIGNATURE_HEADER: sign(b"", secret=settings.WHATSAPP_APP_SECRET)}
    try:
        with session() as meta:
            answer = meta.post(url, data=b"", headers=headers, timeout=CALL_SECONDS)
    except RequestException as error:
        return cannot_tell(f"{url} does not answer ({type(error).__name__}).", REMEDY)
    if answer.status_code == HTTPStatus.OK:
        return well(f"{url} takes what is signed with the app's secret.")
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        return wrong(
            f"{url} refuses what is signed with the app's secret.",
            "Let the service name the version of whatsapp-app-secret that is looked with.",
        )
    return wrong(f"{url} answers {answer.status_code} to a signed delivery.", REMEDY)
