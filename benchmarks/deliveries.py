"""Deliveries of Meta's, signed, never the same twice."""

import hashlib
import hmac
import itertools
from collections.abc import Iterator

from benchmarks.callers import request
from benchmarks.subjects import SECRET
from sandbox import samples

WEBHOOK = "/v1/webhooks/whatsapp/webhook"
DRIVERS = 500

_serials = itertools.count()


def number_of(driver: int) -> str:
    """The number of one of DRIVERS."""
    return f"1650{5551000 + driver}"


def user_id_of(driver: int) -> str:
    """WhatsApp's id of the same."""
    return f"US.{13491208655302741000 + driver}"


def message_ids() -> Iterator[tuple[int, str]]:
    """Message ids that nobody has had yet, and which driver writes each: one after the other."""
    for serial in _serials:
        driver = serial % DRIVERS
        yield driver, samples.wamid(number_of(driver), serial)


def texts(items: int, *, characters: int = 30) -> bytes:
    """A delivery of so many texts of so many characters, each of the next driver."""
    return delivery([*itertools.islice(message_ids(), items)], characters=characters)


def delivery(named: list[tuple[int, str]], *, characters: int = 30) -> bytes:
    """A delivery of texts with these message ids."""
    messages = [
        samples.text(
            message_id=message_id,
            number=number_of(driver),
            user_id=user_id_of(driver),
            body="Does it come in another color?".ljust(characters, "."),
        )
        for driver, message_id in named
    ]
    contacts = [
        samples.contact(number=number_of(driver), user_id=user_id_of(driver))
        for driver in sorted({driver for driver, _ in named})
    ]
    change = samples.change(messages=messages, contacts=contacts)
    return samples.encode(samples.envelope(samples.entry(change)))


def signature(body: bytes) -> str:
    """What Meta would say in the header."""
    return f"sha256={hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}"


def signed(body: bytes) -> bytes:
    """The post of a delivery."""
    return request(WEBHOOK, body, X_Hub_Signature_256=signature(body))


def posts(number: int, *, items: int = 1, characters: int = 30) -> Iterator[bytes]:
    """So many posts, made when they are asked for."""
    return (signed(texts(items, characters=characters)) for _ in range(number))
