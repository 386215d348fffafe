"""A server in front of the search server: with a certificate of its own, busy whenever a test wants it."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

BUSY = {"type": "es_rejected_execution_exception", "reason": "rejected execution of coordinating operation"}


@dataclass
class Front:
    """``refuse`` may answer a request (method, path, body) with a status and a body instead of the server."""

    server: str  # "http://127.0.0.1:9200"
    refuse: Callable[[str, str, bytes], tuple[int, Any] | None] = lambda *_: None
    url: str = ""
    asked: list[tuple[str, str, int]] = field(default_factory=list)  # method, path, lines of the body


@contextmanager
def standing(front: Front, certificate: Path | None = None) -> Iterator[Front]:
    """While the block runs it answers at ``front.url``."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(front)) as httpd:
        httpd.daemon_threads = True
        if certificate is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificate)
            httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
        front.url = f"{'https' if certificate else 'http'}://127.0.0.1:{httpd.server_address[1]}"
        thread = Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield front
        finally:
            httpd.shutdown()
            thread.join()


def _handler(front: Front) -> type[BaseHTTPRequestHandler]:
    pool = urllib3.PoolManager(retries=False)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            front.asked.append((self.command, self.path, body.count(b"\n")))
            refused = front.refuse(self.command, self.path, body)
            if refused is not None:
                self.say(refused[0], "application/vnd.elasticsearch+json", json.dumps(refused[1]).encode())
                return
            told = pool.request(
                self.command,
                front.server + self.path,
                body=body,
                headers={name: value for name, value in self.headers.items() if name != "Host"},
                decode_content=False,
            )
            self.say(told.status, told.headers.get("Content-Type", ""), told.data)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer  # noqa: N815

        def say(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler


def authority(folder: Path) -> tuple[Path, Path]:
    """An authority of our own, and the certificate with its key that it gives to 127.0.0.1."""
    ours, theirs = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "the library's own authority")])
    issuer = _certificate(name, name, ours.public_key(), authority=True).sign(ours, hashes.SHA256())
    host = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    given = _certificate(host, name, theirs.public_key(), authority=False)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    given = given.add_extension(alternative, critical=False)
    key = theirs.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(issuer.public_bytes(pem))
    (folder / "server.pem").write_bytes(key + given.sign(ours, hashes.SHA256()).public_bytes(pem))
    return folder / "ca.pem", folder / "server.pem"


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, authority: bool
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
