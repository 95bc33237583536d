"""Google's own addresses on this machine: a proxy that ends TLS and leads to the stand-ins.

gRPC asks the proxy that `https_proxy` names to connect it to `cloudtasks.googleapis.com:443`. This
one answers itself, with a certificate of an authority that only a test believes. So clients run as
they are deployed: with credentials, over TLS, to the names that they know.
"""

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.between import Between, between

CHUNK = 65536


@dataclass(frozen=True, kw_only=True)
class Front:
    """The proxy, as a process is told of it."""

    proxy: Between
    authority: Path  # in PEM

    def environment(self) -> dict[str, str]:
        """The variables with which gRPC goes through it and believes it."""
        return {
            "https_proxy": f"http://{self.proxy.host}",
            "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(self.authority),
        }


@contextmanager
def front(folder: Path, servers: Mapping[str, str]) -> Iterator[Front]:
    """Runs it for a while; `servers` are host:port by the name that stands for them."""
    authority = _certify(folder, tuple(servers))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
    context.set_alpn_protocols(["h2"])
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        threading.Thread(target=_accept, args=(listener, context, servers), daemon=True).start()
        with between(f"127.0.0.1:{listener.getsockname()[1]}") as proxy:
            yield Front(proxy=proxy, authority=authority)
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, context: ssl.SSLContext, servers: Mapping[str, str]) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            serve = threading.Thread(target=_serve, args=(client, context, servers), daemon=True)
            serve.start()


def _serve(client: socket.socket, context: ssl.SSLContext, servers: Mapping[str, str]) -> None:
    with suppress(OSError), client:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        name = head.split(b" ", 2)[1].decode().rsplit(":", 1)[0]
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        host, port = servers[name].rsplit(":", 1)
        with (
            socket.create_connection((host, int(port))) as server,
            context.wrap_socket(client, server_side=True) as secure,
        ):
            up = threading.Thread(target=_pass, args=(secure, server), daemon=True)
            up.start()
            _pass(server, secure)
            up.join()


def _pass(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while said := source.recv(CHUNK):
            target.sendall(said)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _certify(folder: Path, names: tuple[str, ...]) -> Path:
    """Writes a key and its certificate for these names, and returns who is to be believed."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in for Google")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    plain = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(plain)
    (folder / "chain.pem").write_bytes(pem)
    return folder / "chain.pem"
