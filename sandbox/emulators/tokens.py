"""Identity tokens in Google's form, signed with keys that live as long as the process."""

import datetime
import hashlib
import threading
import time
from collections.abc import Mapping

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from google.auth import crypt, jwt

ISSUER = "https://emulator.invalid"  # Google's own is for Google's own keys
LIFETIME_SECONDS = 3600
RENEWED_BEFORE_EXPIRY_SECONDS = 600  # a token is handed out again until then, as Google does


class TokenIssuer:
    """Signs tokens (RS256) and shows the certificate that they verify with."""

    def __init__(self, *, name: str = ISSUER) -> None:
        self.name = name
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        certificate = _certificate(key)
        self.key_id = certificate.fingerprint(hashes.SHA256()).hex()[:40]
        self._signer = crypt.RSASigner(key, key_id=self.key_id)
        pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        # The form of https://www.googleapis.com/oauth2/v1/certs: key id → PEM.
        self.certificates = {self.key_id: pem}
        self._lock = threading.Lock()
        self._issued: dict[tuple[str, str], tuple[float, str]] = {}

    def token(self, *, audience: str, email: str) -> str:
        """Returns a valid token of this service account for this audience."""
        now = time.time()
        with self._lock:
            expires, token = self._issued.get((audience, email), (0.0, ""))
            if expires - RENEWED_BEFORE_EXPIRY_SECONDS <= now:
                claims = self.claims(audience=audience, email=email, issued_at=int(now))
                expires, token = now + LIFETIME_SECONDS, self.sign(claims)
                self._issued[audience, email] = expires, token
        return token

    def claims(self, *, audience: str, email: str, issued_at: int) -> dict[str, object]:
        """Returns what a token says, in the order of Google's: times in unix seconds."""
        digest = hashlib.sha256(email.encode()).digest()
        account_id = str(int.from_bytes(digest[:8], "big"))  # Google's are numbers of 21 digits
        return {
            "aud": audience,
            "azp": account_id,
            "email": email,
            "email_verified": True,
            "exp": issued_at + LIFETIME_SECONDS,
            "iat": issued_at,
            "iss": self.name,
            "sub": account_id,
        }

    def sign(self, claims: Mapping[str, object]) -> str:
        """Returns a token that says this, whether it is true or not."""
        return str(jwt.encode(self._signer, dict(claims)).decode())


def _certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    """Returns a self-signed certificate, valid from yesterday for a year."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "emulator.invalid")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    builder = x509.CertificateBuilder(
        subject_name=name,
        issuer_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - day,
        not_valid_after=now + 365 * day,
    )
    return builder.sign(key, hashes.SHA256())
