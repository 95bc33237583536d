"""An issuer of identity tokens with keys of its own, served over HTTP as Google serves its keys."""

import datetime
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from google.auth import crypt, jwt

from tests.answering import publishing

ISSUER = "https://accounts.google.com"
KEY_ID = "test-key"


@cache
def private_key() -> rsa.RSAPrivateKey:
    """Makes the key pair of this process, such as Google signs with."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(kw_only=True)
class IdentityProvider:
    """Issues tokens, and publishes the certificate that they are verified with."""

    key: rsa.RSAPrivateKey = field(default_factory=private_key)
    certificates_url: str = ""
    status: int = 200  # what the certificate's address answers
    document: bytes | None = None  # what it answers instead of the certificate
    fetches: int = 0  # how often it was asked

    def token(self, *, audience: str, email: str, **claims: object) -> str:
        """Returns a signed token; `claims` replace or add to the usual ones, None removes one."""
        now = int(time.time())
        usual: dict[str, object] = {
            "iss": ISSUER,
            "aud": audience,
            "email": email,
            "email_verified": True,
            "iat": now,
            "exp": now + 3600,
        }
        payload = {name: value for name, value in (usual | claims).items() if value is not None}
        return self.sign(payload)

    def sign(self, payload: dict[str, object]) -> str:
        """Returns a token that says exactly this."""
        signer = crypt.RSASigner(self.key, key_id=KEY_ID)
        return bytes(jwt.encode(signer, payload)).decode()

    def certificates(self) -> bytes:
        """Returns the published document: key id → certificate."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "identity provider")])
        now = datetime.datetime.now(tz=datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .sign(self.key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        return json.dumps({KEY_ID: pem}).encode()


@contextmanager
def running(provider: IdentityProvider) -> Iterator[IdentityProvider]:
    """Serves the provider's certificates on a free port of this machine."""
    certificate = provider.certificates()

    def published() -> tuple[int, str, bytes]:
        provider.fetches += 1
        document = certificate if provider.document is None else provider.document
        return provider.status, "public, max-age=3600", document

    with publishing(published) as provider.certificates_url:
        yield provider
