"""Google's Identity-Aware Proxy: keys of its own, served over HTTP, and what it signs with them."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from google.auth import crypt, jwt

from tests.answering import publishing

AUDIENCE = "/projects/123456789012/global/backendServices/4567890123456789012"
HEADER = "X-Goog-IAP-JWT-Assertion"


def new_key() -> ec.EllipticCurvePrivateKey:
    """Makes a key pair such as the proxy signs with."""
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(kw_only=True)
class Proxy:
    """Signs who somebody is, and publishes the keys that this is verified with."""

    keys: dict[str, ec.EllipticCurvePrivateKey] = field(default_factory=lambda: {"one": new_key()})
    keys_url: str = ""
    status: int = 200  # what the keys' address answers
    max_age: str = "public, max-age=3600"
    fetches: int = 0  # how often it was asked

    def headers(self, email: str, /, **claims: object) -> dict[str, str]:
        """Returns what the proxy adds to a request of somebody."""
        return {HEADER: self.assertion(email, **claims)}

    def assertion(self, email: str, /, **claims: object) -> str:
        """Returns a signed header; `claims` replace or add to the usual ones, None removes one."""
        return self.signed_with(next(reversed(self.keys)), email, **claims)

    def signed_with(self, key: str, email: str, /, **claims: object) -> str:
        """The same with one of the keys."""
        now = int(time.time())
        usual: dict[str, object] = {
            "iss": "https://cloud.google.com/iap",
            "aud": AUDIENCE,
            "sub": f"accounts.google.com:{email}",
            "email": email,
            "hd": email.rpartition("@")[2],
            "iat": now,
            "exp": now + 600,
        }
        payload = {name: value for name, value in (usual | claims).items() if value is not None}
        signer = crypt.EsSigner(self.keys[key], key_id=key)
        return bytes(jwt.encode(signer, payload)).decode()

    def published(self) -> bytes:
        """Returns the published document: key id → public key."""
        form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        keys = {name: key.public_key().public_bytes(*form) for name, key in self.keys.items()}
        return json.dumps({name: pem.decode() for name, pem in keys.items()}).encode()


@contextmanager
def running(proxy: Proxy) -> Iterator[Proxy]:
    """Serves the proxy's keys on a free port of this machine."""

    def published() -> tuple[int, str, bytes]:
        proxy.fetches += 1
        return proxy.status, proxy.max_age, proxy.published()

    with publishing(published) as proxy.keys_url:
        yield proxy
